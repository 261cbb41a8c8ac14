//! Stored telemetry, to read.
//!
//! Every statement names a time range, so that days outside of it are not touched, and a limit; row-level security
//! adds the tenant. Filters are bound as arrays into fixed statements.

use async_trait::async_trait;
use chrono::TimeDelta;
use devos_contracts::query::{
    DroppedRecords, Filter, LogBucket, LogEntry, MetricInfo, MetricPointAt, RowKey, SeriesInfo, SeriesStep,
    ServiceSeen, SpanDetail, TestHistory, TimeRange, TraceId, TraceSummary,
};
use devos_ports::StoreError;
use devos_ports::store::{RowSearch, StoreResult, TelemetryTx, TestSearch};
use uuid::Uuid;

use super::PgTx;
use crate::error::failed;
use crate::statements::{APP, sql};

mod filter;
pub(crate) mod histories;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod sources;
pub(crate) mod traces;

sql! { APP;
    // Searches differ too much in their ranges and filters to share a plan, and are over before compiling pays.
    LIMIT_SEARCH = "SELECT set_config('statement_timeout', '5s', true), set_config('jit', 'off', true),
        set_config('plan_cache_mode', 'force_custom_plan', true)";
}

impl PgTx {
    /// Prepares the transaction for a search.
    async fn limit_search(&mut self) -> StoreResult<()> {
        sqlx::query(LIMIT_SEARCH).execute(&mut *self.db).await.map_err(failed)?;
        Ok(())
    }
}

/// An error of a search; the time limit's is told apart.
fn search_failed(error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    if code.as_deref() == Some("57014") { StoreError::TooSlow } else { failed(error) }
}

/// Microseconds, as `interval '1 microsecond'` is multiplied with.
fn micros(step: TimeDelta) -> i64 {
    step.num_microseconds().unwrap_or(i64::MAX).max(1)
}

#[async_trait]
impl TelemetryTx for PgTx {
    async fn logs(&mut self, search: &RowSearch) -> StoreResult<Vec<(RowKey, LogEntry)>> {
        self.search_logs(search).await
    }

    async fn log_counts(&mut self, range: TimeRange, filter: &Filter, step: TimeDelta) -> StoreResult<Vec<LogBucket>> {
        self.count_logs(range, filter, step).await
    }

    async fn logs_of_trace(&mut self, trace: TraceId, range: TimeRange, limit: i64) -> StoreResult<Vec<LogEntry>> {
        self.read_logs_of_trace(trace, range, limit).await
    }

    async fn traces(&mut self, search: &RowSearch) -> StoreResult<Vec<(RowKey, TraceSummary)>> {
        self.search_traces(search).await
    }

    async fn spans_of_trace(&mut self, trace: TraceId, range: TimeRange, limit: i64) -> StoreResult<Vec<SpanDetail>> {
        self.read_spans_of_trace(trace, range, limit).await
    }

    async fn services_seen(&mut self, range: TimeRange, limit: i64) -> StoreResult<Vec<ServiceSeen>> {
        self.read_services(range, limit).await
    }

    async fn dropped(&mut self, range: TimeRange) -> StoreResult<Vec<DroppedRecords>> {
        self.read_drops(range).await
    }

    async fn metrics(&mut self, text: Option<&str>, limit: i64) -> StoreResult<Vec<MetricInfo>> {
        self.list_metrics(text, limit).await
    }

    async fn series(&mut self, name: &str, filter: &Filter, limit: i64) -> StoreResult<Vec<SeriesInfo>> {
        self.list_series(name, filter, limit).await
    }

    async fn series_steps(
        &mut self,
        series: &[Uuid],
        range: TimeRange,
        step: TimeDelta,
        limit: i64,
    ) -> StoreResult<Vec<SeriesStep>> {
        self.read_steps(series, range, step, limit).await
    }

    async fn series_points(
        &mut self,
        series: &[Uuid],
        range: TimeRange,
        thin: Option<TimeDelta>,
        limit: i64,
    ) -> StoreResult<Vec<MetricPointAt>> {
        self.read_points(series, range, thin, limit).await
    }

    async fn test_histories(&mut self, search: &TestSearch) -> StoreResult<Vec<TestHistory>> {
        self.read_test_histories(search).await
    }
}
