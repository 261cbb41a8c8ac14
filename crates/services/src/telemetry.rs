//! Stored telemetry and test results, as people search them.

use std::sync::Arc;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use devos_contracts::api::Page;
use devos_contracts::query::{
    DroppedRecords, LogBucket, LogEntry, LogHistogram, ServiceSeen, SpanDetail, Target, TestHistory, TimeRange,
    TraceDetail, TraceId, TraceSummary,
};
use devos_contracts::{RepositoryId, Scope};
use devos_logic::access::{self, Action};
use devos_logic::{filter, trace};
use devos_ports::store::TestSearch;
use devos_ports::{Clock, Store};

use self::window::RowWindow;
use crate::{ServiceError, ServiceResult, cursor};

mod measured;
mod window;

pub use measured::MetricQuery;

/// The longest time that a search may cover.
const MAX_RANGE: TimeDelta = TimeDelta::days(31);
/// What a search covers when no time is asked for.
const DEFAULT_RANGE: TimeDelta = TimeDelta::hours(1);
/// What a list of tests covers when no time is asked for: they run less often than telemetry comes.
const DEFAULT_TEST_RANGE: TimeDelta = TimeDelta::days(7);
/// Buckets of a histogram when no number is asked for, and the most.
const BUCKETS: (u32, u32) = (60, 500);
/// The most spans of a trace that are shown.
const MAX_SPANS: usize = 10_000;
/// The most logs of a trace that are shown.
const MAX_TRACE_LOGS: usize = 1000;
/// The most services that are listed.
const MAX_SERVICES: i64 = 1000;
/// How far from the hint a trace is looked for.
const HINT_REACH: TimeDelta = TimeDelta::days(1);

/// Searches telemetry and test results.
pub struct Telemetry {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

/// The time that a search covers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Between {
    /// Its first moment; an hour before the end when absent.
    pub from: Option<DateTime<Utc>>,
    /// The moment after its last; now when absent.
    pub to: Option<DateTime<Utc>>,
}

/// A search for rows.
#[derive(Debug, Clone, Default)]
pub struct RowQuery {
    /// When.
    pub between: Between,
    /// The filter's text.
    pub filter: Option<String>,
    /// Where the page starts.
    pub cursor: Option<String>,
    /// Its length.
    pub limit: Option<u32>,
}

/// A search for tests.
#[derive(Debug, Clone)]
pub struct TestQuery {
    /// Whose.
    pub repository: RepositoryId,
    /// When their results were uploaded; the last seven days when absent.
    pub between: Between,
    /// Only flaky ones, or only others.
    pub flaky: Option<bool>,
    /// Only those that contain this.
    pub text: Option<String>,
    /// Where the page starts.
    pub cursor: Option<String>,
    /// Its length.
    pub limit: Option<u32>,
}

impl Telemetry {
    /// Telemetry over its ports.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// A page of log records, newest first.
    pub async fn logs(&self, scope: &Scope, query: &RowQuery) -> ServiceResult<Page<LogEntry>> {
        access::check(scope, Action::Read)?;
        let window = RowWindow::new(query.cursor.as_deref(), query.limit)?;
        let search =
            window.search(self.range(query.between, DEFAULT_RANGE)?, parse(query.filter.as_deref(), Target::Logs)?);
        let rows = self.store.begin(scope).await?.logs(&search).await?;
        Ok(window.page(rows))
    }

    /// Log records by time and class of severity, empty buckets too.
    pub async fn log_histogram(
        &self,
        scope: &Scope,
        between: Between,
        filter: Option<&str>,
        buckets: Option<u32>,
    ) -> ServiceResult<LogHistogram> {
        access::check(scope, Action::Read)?;
        let filter = parse(filter, Target::Logs)?;
        let range = self.range(between, DEFAULT_RANGE)?;
        let step = step_of(range, buckets.unwrap_or(BUCKETS.0).clamp(1, BUCKETS.1));
        let found = self.store.begin(scope).await?.log_counts(range, &filter, step).await?;
        let buckets = fill(range, step, &found);
        Ok(LogHistogram { from: range.from, to: range.to, step_ms: step.num_milliseconds(), buckets })
    }

    /// A page of traces, newest first: one row for each root or entry that matches.
    pub async fn traces(&self, scope: &Scope, query: &RowQuery) -> ServiceResult<Page<TraceSummary>> {
        access::check(scope, Action::Read)?;
        let window = RowWindow::new(query.cursor.as_deref(), query.limit)?;
        let filter = parse(query.filter.as_deref(), Target::Spans)?;
        let search = window.search(self.range(query.between, DEFAULT_RANGE)?, filter);
        let rows = self.store.begin(scope).await?.traces(&search).await?;
        Ok(window.page(rows))
    }

    /// A whole trace with its logs; `at` is a time that it is known to be near, which saves looking elsewhere.
    pub async fn trace(&self, scope: &Scope, id: TraceId, at: Option<DateTime<Utc>>) -> ServiceResult<TraceDetail> {
        access::check(scope, Action::Read)?;
        let range = match at.map(within_reason).transpose()? {
            Some(at) => TimeRange { from: at - HINT_REACH, to: at + HINT_REACH },
            // What a clock that is ahead sent lies after now.
            None => TimeRange { from: DateTime::UNIX_EPOCH, to: self.clock.now() + TimeDelta::days(1) },
        };
        let mut tx = self.store.begin(scope).await?;
        let mut spans = tx.spans_of_trace(id, range, one_more(MAX_SPANS)).await?;
        let mut logs = tx.logs_of_trace(id, range, one_more(MAX_TRACE_LOGS)).await?;
        if spans.is_empty() && logs.is_empty() {
            return Err(ServiceError::NotFound("the trace"));
        }
        let truncated = spans.len() > MAX_SPANS || logs.len() > MAX_TRACE_LOGS;
        spans.truncate(MAX_SPANS);
        logs.truncate(MAX_TRACE_LOGS);
        let mut services: Vec<_> = spans.iter().filter_map(|span| span.service.clone()).collect();
        services.sort();
        services.dedup();
        let start = spans.iter().map(|span| span.start).min();
        let duration_ns = start.map_or(0, |start| duration(start, &spans));
        Ok(TraceDetail { trace_id: id, start, duration_ns, services, spans: trace::arrange(spans), logs, truncated })
    }

    /// Services that sent logs or spans, by name.
    pub async fn services(&self, scope: &Scope, between: Between) -> ServiceResult<Page<ServiceSeen>> {
        access::check(scope, Action::Read)?;
        let range = self.range(between, DEFAULT_RANGE)?;
        let items = self.store.begin(scope).await?.services_seen(range, MAX_SERVICES).await?;
        Ok(Page { items, next_cursor: None })
    }

    /// The drop ledger by hour, newest first.
    pub async fn drops(&self, scope: &Scope, between: Between) -> ServiceResult<Page<DroppedRecords>> {
        access::check(scope, Action::Read)?;
        let range = self.range(between, DEFAULT_RANGE)?;
        let items = self.store.begin(scope).await?.dropped(range).await?;
        Ok(Page { items, next_cursor: None })
    }

    /// A page of a repository's tests, by name.
    pub async fn tests(&self, scope: &Scope, query: TestQuery) -> ServiceResult<Page<TestHistory>> {
        access::check(scope, Action::Read)?;
        // A test's name is its place in the list.
        let window = cursor::window(None, query.limit)?;
        let search = TestSearch {
            repository: query.repository,
            range: self.range(query.between, DEFAULT_TEST_RANGE)?,
            flaky: query.flaky,
            text: query.text.filter(|text| !text.trim().is_empty()),
            after: query.cursor,
            limit: window.rows(),
        };
        let mut items = self.store.begin(scope).await?.test_histories(&search).await?;
        let more = items.len() > window.limit;
        items.truncate(window.limit);
        let next_cursor = items.last().filter(|_| more).map(|last| last.test.clone());
        Ok(Page { items, next_cursor })
    }

    fn range(&self, between: Between, default: TimeDelta) -> ServiceResult<TimeRange> {
        let to = within_reason(between.to.unwrap_or_else(|| self.clock.now()))?;
        let from = within_reason(between.from.unwrap_or(to - default))?;
        if from >= to {
            return Err(ServiceError::Invalid("the time range ends before it begins".into()));
        }
        if to - from > MAX_RANGE {
            return Err(ServiceError::Invalid(format!("a search covers at most {} days", MAX_RANGE.num_days())));
        }
        Ok(TimeRange { from, to })
    }
}

fn parse(text: Option<&str>, target: Target) -> ServiceResult<devos_contracts::query::Filter> {
    filter::parse(text.unwrap_or_default(), target).map_err(|error| ServiceError::Invalid(error.to_string()))
}

/// A time that can be calculated with, and that PostgreSQL knows.
fn within_reason(at: DateTime<Utc>) -> ServiceResult<DateTime<Utc>> {
    if (1900..=9999).contains(&at.year()) {
        return Ok(at);
    }
    Err(ServiceError::Invalid("a time is between the years 1900 and 9999".into()))
}

fn one_more(most: usize) -> i64 {
    i64::try_from(most + 1).unwrap_or(i64::MAX)
}

/// Whole milliseconds, so that so many of them cover the range.
fn step_of(range: TimeRange, buckets: u32) -> TimeDelta {
    let micros = (range.to - range.from).num_microseconds().unwrap_or(i64::MAX).max(1);
    TimeDelta::milliseconds(((micros - 1) / (1000 * i64::from(buckets)) + 1).max(1))
}

/// Every bucket of the range, with what was found in it.
fn fill(range: TimeRange, step: TimeDelta, found: &[LogBucket]) -> Vec<LogBucket> {
    let starts = std::iter::successors(Some(range.from), |at| Some(*at + step)).take_while(|at| *at < range.to);
    let mut found = found.iter().copied().peekable();
    let empty = |at| LogBucket { at, error: 0, warn: 0, info: 0, debug: 0 };
    // PostgreSQL keeps microseconds, so that a bucket is known by what it holds rather than by its very start.
    starts
        .map(|at| found.next_if(|bucket| bucket.at < at + step).map_or(empty(at), |bucket| LogBucket { at, ..bucket }))
        .collect()
}

/// From the start to the end of the last span, in nanoseconds.
fn duration(start: DateTime<Utc>, spans: &[SpanDetail]) -> i64 {
    let end =
        |span: &SpanDetail| (span.start - start).num_nanoseconds().unwrap_or(i64::MAX).saturating_add(span.duration_ns);
    spans.iter().map(end).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(micros).unwrap()
    }

    #[test]
    fn steps_cover_the_range() {
        let range = |micros| TimeRange { from: at(0), to: at(micros) };
        assert_eq!(step_of(range(3_600_000_000), 60), TimeDelta::minutes(1));
        assert_eq!(step_of(range(1), 60), TimeDelta::milliseconds(1));
        assert_eq!(step_of(range(10_001), 10), TimeDelta::milliseconds(2));
        assert_eq!(step_of(range(10_000), 10), TimeDelta::milliseconds(1));
    }

    #[test]
    fn empty_buckets_are_filled_in() {
        let bucket = |micros, error| LogBucket { at: at(micros), error, warn: 0, info: 0, debug: 0 };
        let range = TimeRange { from: at(500), to: at(3_600) };
        let filled = fill(range, TimeDelta::milliseconds(1), &[bucket(1500, 7), bucket(3500, 9)]);
        assert_eq!(filled, [bucket(500, 0), bucket(1500, 7), bucket(2500, 0), bucket(3500, 9)]);
    }
}
