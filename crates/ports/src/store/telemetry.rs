//! Stored telemetry of one tenant, to read.

use async_trait::async_trait;
use chrono::TimeDelta;
use devos_contracts::RepositoryId;
use devos_contracts::query::{
    DroppedRecords, Filter, LogBucket, LogEntry, MetricInfo, MetricPointAt, RowCursor, RowKey, SeriesInfo, SeriesStep,
    ServiceSeen, SpanDetail, TestHistory, TimeRange, TraceId, TraceSummary,
};
use uuid::Uuid;

use super::StoreResult;

/// Newest results that a test's history holds.
pub const HISTORY_RESULTS: usize = 20;

/// Spans of a trace that a summary counts at most.
pub const COUNTED_SPANS: i64 = 10_000;

/// How far from a span a summary looks for others of its trace.
pub const TRACE_REACH: TimeDelta = TimeDelta::hours(1);

/// Stored telemetry of one tenant. A search that takes too long fails with [`super::StoreError::TooSlow`].
#[async_trait]
pub trait TelemetryTx {
    /// Log records, newest first.
    async fn logs(&mut self, search: &RowSearch) -> StoreResult<Vec<(RowKey, LogEntry)>>;

    /// Log records by class of severity in buckets of `step` that begin with the range; empty buckets are left out.
    async fn log_counts(&mut self, range: TimeRange, filter: &Filter, step: TimeDelta) -> StoreResult<Vec<LogBucket>>;

    /// Log records that name a trace, oldest first.
    async fn logs_of_trace(&mut self, trace: TraceId, range: TimeRange, limit: i64) -> StoreResult<Vec<LogEntry>>;

    /// Spans that begin a trace or enter a service (roots, servers, consumers), newest first, with figures of their
    /// traces.
    async fn traces(&mut self, search: &RowSearch) -> StoreResult<Vec<(RowKey, TraceSummary)>>;

    /// The spans of a trace, by their start.
    async fn spans_of_trace(&mut self, trace: TraceId, range: TimeRange, limit: i64) -> StoreResult<Vec<SpanDetail>>;

    /// Services that sent logs or spans, by name, the nameless last, at most `limit`.
    async fn services_seen(&mut self, range: TimeRange, limit: i64) -> StoreResult<Vec<ServiceSeen>>;

    /// The drop ledger of the hours that the range touches, newest first.
    async fn dropped(&mut self, range: TimeRange) -> StoreResult<Vec<DroppedRecords>>;

    /// Metrics whose name contains `text` in any case, by name.
    async fn metrics(&mut self, text: Option<&str>, limit: i64) -> StoreResult<Vec<MetricInfo>>;

    /// The series of a metric.
    async fn series(&mut self, name: &str, filter: &Filter, limit: i64) -> StoreResult<Vec<SeriesInfo>>;

    /// What numbers the series had in each step; steps begin at multiples of `step` since 1970. Points that are not a
    /// number are left out.
    async fn series_steps(
        &mut self,
        series: &[Uuid],
        range: TimeRange,
        step: TimeDelta,
        limit: i64,
    ) -> StoreResult<Vec<SeriesStep>>;

    /// Points of the series, by series and time. With `thin` only the first one, the last of each such step, and the
    /// last before each restart: together they tell how a cumulative series grew.
    async fn series_points(
        &mut self,
        series: &[Uuid],
        range: TimeRange,
        thin: Option<TimeDelta>,
        limit: i64,
    ) -> StoreResult<Vec<MetricPointAt>>;

    /// Tests of a repository with their results within the range, by name.
    async fn test_histories(&mut self, search: &TestSearch) -> StoreResult<Vec<TestHistory>>;
}

/// Which rows to read.
#[derive(Debug, Clone, PartialEq)]
pub struct RowSearch {
    /// From when until when.
    pub range: TimeRange,
    /// Only those that it chooses.
    pub filter: Filter,
    /// Only those after the end of the page before.
    pub after: Option<RowCursor>,
    /// At most so many.
    pub limit: i64,
}

/// Which tests to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestSearch {
    /// Whose.
    pub repository: RepositoryId,
    /// Results uploaded from when until when.
    pub range: TimeRange,
    /// Only flaky ones, or only others.
    pub flaky: Option<bool>,
    /// Only those whose id contains this, in any case.
    pub text: Option<String>,
    /// Only those after this one in the order of their ids' bytes.
    pub after: Option<String>,
    /// At most so many.
    pub limit: i64,
}
