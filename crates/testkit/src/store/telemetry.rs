//! Stored telemetry, to read.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use devos_contracts::query::{
    DroppedRecords, Filter, LogBucket, LogEntry, MetricInfo, MetricPointAt, RowKey, SeriesInfo, SeriesStep,
    ServiceSeen, SpanDetail, TestHistory, TimeRange, TraceId, TraceSummary,
};
use devos_contracts::telemetry::{PointValue, SpanKind, SpanStatus};
use devos_ports::store::telemetry::{COUNTED_SPANS, TRACE_REACH};
use devos_ports::store::{RowSearch, StoreResult, TelemetryTx, TestSearch};
use uuid::Uuid;

use self::chosen::{chooses, log_value, series_value, span_value};
pub(super) use self::rows::Rows;
use super::state::TenantData;
use super::tx::MemTx;

mod chosen;
mod histories;
mod rows;

fn holds(range: TimeRange, at: DateTime<Utc>) -> bool {
    range.from <= at && at < range.to
}

fn at_most<T>(mut items: Vec<T>, limit: i64) -> Vec<T> {
    items.truncate(usize::try_from(limit).unwrap_or(0));
    items
}

/// A number that only equal rows share.
pub(super) fn tie(row: &impl Debug) -> i64 {
    let mut hasher = DefaultHasher::new();
    format!("{row:?}").hash(&mut hasher);
    hasher.finish().cast_signed()
}

/// A page of rows.
fn page<T>(mut rows: Vec<(RowKey, T)>, search: &RowSearch) -> Vec<(RowKey, T)> {
    rows.retain(|(key, _)| search.after.is_none_or(|after| *key <= after.key));
    rows.sort_by_key(|(key, _)| Reverse(*key));
    let shown = search.after.map_or(0, |after| after.shown as usize);
    at_most(rows.split_off(shown.min(rows.len())), search.limit)
}

fn step_of(at: DateTime<Utc>, start: DateTime<Utc>, step: TimeDelta) -> DateTime<Utc> {
    let step = step.num_microseconds().unwrap_or(i64::MAX).max(1);
    let since = (at - start).num_microseconds().unwrap_or_default();
    start + TimeDelta::microseconds(since.div_euclid(step) * step)
}

/// What a cumulative point has counted.
fn total(value: &PointValue) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "PostgreSQL compares them as doubles too")]
    match value {
        PointValue::Number { value } => *value,
        PointValue::Histogram(histogram) => histogram.count as f64,
        PointValue::ExponentialHistogram(histogram) => histogram.count as f64,
        PointValue::Summary(summary) => summary.count as f64,
    }
}

fn summary(data: &TenantData, trace: TraceId, span: &SpanDetail) -> TraceSummary {
    let near = |other: &SpanDetail| span.start - TRACE_REACH <= other.start && other.start < span.start + TRACE_REACH;
    let whole = || data.spans.iter().filter(|(id, other)| *id == trace && near(other)).map(|(_, other)| other);
    let root = whole().filter(|other| other.parent_span_id.is_none()).min_by_key(|other| (other.start, other.span_id));
    let count = |spans: usize| i64::try_from(spans).unwrap_or(i64::MAX).min(COUNTED_SPANS);
    TraceSummary {
        trace_id: trace,
        span_id: span.span_id,
        name: span.name.clone(),
        service: span.service.clone(),
        kind: span.kind,
        status: span.status,
        start: span.start,
        duration_ns: span.duration_ns,
        root_name: root.map(|root| root.name.clone()),
        root_service: root.and_then(|root| root.service.clone()),
        spans: count(whole().count()),
        errors: count(whole().filter(|other| other.status == SpanStatus::Error).count()),
    }
}

#[async_trait]
impl TelemetryTx for MemTx {
    async fn logs(&mut self, search: &RowSearch) -> StoreResult<Vec<(RowKey, LogEntry)>> {
        let mut logs = self.data().logs;
        logs.retain(|log| holds(search.range, log.at) && chooses(&search.filter, |field| log_value(log, field)));
        let keyed = logs.into_iter().map(|log| (RowKey { at: log.at, tie: tie(&log) }, log)).collect();
        Ok(page(keyed, search))
    }

    async fn log_counts(&mut self, range: TimeRange, filter: &Filter, step: TimeDelta) -> StoreResult<Vec<LogBucket>> {
        let mut buckets: BTreeMap<DateTime<Utc>, LogBucket> = BTreeMap::new();
        let logs = self.data().logs;
        let chosen = logs.iter().filter(|log| holds(range, log.at) && chooses(filter, |field| log_value(log, field)));
        for log in chosen {
            let at = step_of(log.at, range.from, step);
            let empty = LogBucket { at, error: 0, warn: 0, info: 0, debug: 0 };
            let bucket = buckets.entry(at).or_insert(empty);
            *match log.severity_number {
                17.. => &mut bucket.error,
                13..=16 => &mut bucket.warn,
                1..=8 => &mut bucket.debug,
                _ => &mut bucket.info,
            } += 1;
        }
        Ok(buckets.into_values().collect())
    }

    async fn logs_of_trace(&mut self, trace: TraceId, range: TimeRange, limit: i64) -> StoreResult<Vec<LogEntry>> {
        let mut logs = self.data().logs;
        logs.retain(|log| log.trace_id == Some(trace) && holds(range, log.at));
        logs.sort_by_key(|log| (log.at, tie(log)));
        Ok(at_most(logs, limit))
    }

    async fn traces(&mut self, search: &RowSearch) -> StoreResult<Vec<(RowKey, TraceSummary)>> {
        let data = self.data();
        let entry = |span: &SpanDetail| {
            span.parent_span_id.is_none() || matches!(span.kind, SpanKind::Server | SpanKind::Consumer)
        };
        let chosen = |trace: &TraceId, span: &SpanDetail| {
            holds(search.range, span.start) && chooses(&search.filter, |field| span_value(*trace, span, field))
        };
        let keyed = data
            .spans
            .iter()
            .filter(|(trace, span)| entry(span) && chosen(trace, span))
            .map(|(trace, span)| (RowKey { at: span.start, tie: tie(&(trace, span)) }, (*trace, span)))
            .collect();
        let rows = page(keyed, search).into_iter();
        Ok(rows.map(|(key, (trace, span))| (key, summary(&data, trace, span))).collect())
    }

    async fn spans_of_trace(&mut self, trace: TraceId, range: TimeRange, limit: i64) -> StoreResult<Vec<SpanDetail>> {
        let spans = self.data().spans.into_iter();
        let mut spans: Vec<_> =
            spans.filter(|(id, span)| *id == trace && holds(range, span.start)).map(|(_, span)| span).collect();
        spans.sort_by_key(|span| (span.start, span.span_id));
        Ok(at_most(spans, limit))
    }

    async fn services_seen(&mut self, range: TimeRange, limit: i64) -> StoreResult<Vec<ServiceSeen>> {
        let data = self.data();
        // The nameless come last.
        let mut seen: BTreeMap<(bool, Option<String>), ServiceSeen> = BTreeMap::new();
        let mut note = |service: &Option<String>, at: DateTime<Utc>, figures: [i64; 4]| {
            let empty = ServiceSeen {
                service: service.clone(),
                logs: 0,
                error_logs: 0,
                spans: 0,
                error_spans: 0,
                last_seen: at,
            };
            let found = seen.entry((service.is_none(), service.clone())).or_insert(empty);
            found.logs += figures[0];
            found.error_logs += figures[1];
            found.spans += figures[2];
            found.error_spans += figures[3];
            found.last_seen = found.last_seen.max(at);
        };
        for log in data.logs.iter().filter(|log| holds(range, log.at)) {
            note(&log.service, log.at, [1, i64::from(log.severity_number >= 17), 0, 0]);
        }
        for (_, span) in data.spans.iter().filter(|(_, span)| holds(range, span.start)) {
            note(&span.service, span.start, [0, 0, 1, i64::from(span.status == SpanStatus::Error)]);
        }
        Ok(at_most(seen.into_values().collect(), limit))
    }

    async fn dropped(&mut self, range: TimeRange) -> StoreResult<Vec<DroppedRecords>> {
        let mut drops = self.data().drops;
        drops.retain(|dropped| dropped.hour > range.from - TimeDelta::hours(1) && dropped.hour < range.to);
        let word = |value: &dyn Debug| format!("{value:?}");
        drops.sort_by_key(|dropped| (Reverse(dropped.hour), word(&dropped.signal), word(&dropped.reason)));
        Ok(drops)
    }

    async fn metrics(&mut self, text: Option<&str>, limit: i64) -> StoreResult<Vec<MetricInfo>> {
        let text = text.map(str::to_lowercase);
        let mut known: BTreeMap<(String, String), (MetricInfo, BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
        for series in self.data().series {
            if text.as_ref().is_some_and(|text| !series.name.to_lowercase().contains(text)) {
                continue;
            }
            let info = MetricInfo {
                name: series.name.clone(),
                description: series.description.clone(),
                unit: series.info.unit.clone(),
                kind: series.info.kind,
                services: Vec::new(),
                labels: Vec::new(),
                series: 0,
            };
            let key = (series.name, format!("{:?}", series.info.kind));
            let (info, services, labels) = known.entry(key).or_insert((info, BTreeSet::new(), BTreeSet::new()));
            info.series += 1;
            services.extend(series.info.service);
            labels.extend(series.info.attributes.keys().cloned());
        }
        let finish = |(info, services, labels): (MetricInfo, BTreeSet<String>, BTreeSet<String>)| MetricInfo {
            services: services.into_iter().collect(),
            labels: labels.into_iter().collect(),
            ..info
        };
        Ok(at_most(known.into_values().map(finish).collect(), limit))
    }

    async fn series(&mut self, name: &str, filter: &Filter, limit: i64) -> StoreResult<Vec<SeriesInfo>> {
        let series = self.data().series.into_iter().filter(|series| series.name == name).map(|series| series.info);
        let mut chosen: Vec<_> = series.filter(|info| chooses(filter, |field| series_value(info, field))).collect();
        chosen.sort_by_key(|info| info.id);
        Ok(at_most(chosen, limit))
    }

    async fn series_steps(
        &mut self,
        series: &[Uuid],
        range: TimeRange,
        step: TimeDelta,
        limit: i64,
    ) -> StoreResult<Vec<SeriesStep>> {
        let mut steps: BTreeMap<(Uuid, DateTime<Utc>), SeriesStep> = BTreeMap::new();
        for point in self.data().points {
            let PointValue::Number { value } = point.value else { continue };
            if value.is_nan() || !holds(range, point.at) || !series.contains(&point.series) {
                continue;
            }
            let at = step_of(point.at, DateTime::UNIX_EPOCH, step);
            let empty =
                SeriesStep { series: point.series, at, count: 0, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY };
            let found = steps.entry((point.series, at)).or_insert(empty);
            found.count += 1;
            found.sum += value;
            found.min = found.min.min(value);
            found.max = found.max.max(value);
        }
        Ok(at_most(steps.into_values().collect(), limit))
    }

    async fn series_points(
        &mut self,
        series: &[Uuid],
        range: TimeRange,
        thin: Option<TimeDelta>,
        limit: i64,
    ) -> StoreResult<Vec<MetricPointAt>> {
        let mut points = self.data().points;
        points
            .retain(|point| series.contains(&point.series) && holds(range, point.at) && !total(&point.value).is_nan());
        points.sort_by_key(|point| (point.series, point.at));
        let needed = |point: &MetricPointAt, next: Option<&MetricPointAt>| {
            let (Some(step), Some(next)) = (thin, next.filter(|next| next.series == point.series)) else {
                return true;
            };
            total(&next.value) < total(&point.value)
                || next.start.is_some_and(|start| start >= point.at)
                || step_of(point.at, DateTime::UNIX_EPOCH, step) != step_of(next.at, DateTime::UNIX_EPOCH, step)
        };
        let kept: Vec<_> = points
            .iter()
            .enumerate()
            .filter(|(index, point)| {
                let first = index.checked_sub(1).is_none_or(|before| points[before].series != point.series);
                first || needed(point, points.get(index + 1))
            })
            .map(|(_, point)| point.clone())
            .collect();
        Ok(at_most(kept, limit))
    }

    async fn test_histories(&mut self, search: &TestSearch) -> StoreResult<Vec<TestHistory>> {
        Ok(histories::read(&self.data(), search))
    }
}
