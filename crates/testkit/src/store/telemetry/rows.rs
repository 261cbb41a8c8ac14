//! A batch as rows.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use devos_contracts::RepositoryId;
use devos_contracts::query::{LogEntry, MetricPointAt, SeriesInfo, SpanDetail, SpanId, SpanReference, TraceId};
use devos_contracts::telemetry::{LogRecord, Metric, MetricPoint, Resource, Span, SpanLink, TelemetryBatch};
use devos_ports::store::BatchOrigin;
use uuid::Uuid;

use super::super::state::Series;
use super::tie;

/// What is stored of a batch.
pub(in super::super) struct Rows {
    pub(in super::super) logs: Vec<LogEntry>,
    pub(in super::super) spans: Vec<(TraceId, SpanDetail)>,
    pub(in super::super) series: Vec<Series>,
    pub(in super::super) points: Vec<MetricPointAt>,
}

impl Rows {
    /// Without the rows that the tables' checks refuse.
    pub(in super::super) fn of(
        origin: &BatchOrigin,
        batch: &TelemetryBatch,
        projects: &[Option<RepositoryId>],
    ) -> Self {
        let logs = batch.logs.iter().filter(|log| (0..=24).contains(&log.severity_number));
        let spans = batch.spans.iter().filter(|span| span.duration_ns >= 0);
        let resource = |index: usize| batch.resources.get(index).cloned().unwrap_or_default();
        let project = |index: usize| projects.get(index).copied().flatten();
        let mut series = Vec::new();
        let mut points = Vec::new();
        for point in &batch.points {
            let Some(metric) = batch.metrics.get(point.metric) else { continue };
            let found = of_point(metric, point, resource(metric.resource));
            if let Some(value) = point.value.clone() {
                let at = stored(origin, point.timestamp);
                points.push(MetricPointAt { series: found.info.id, start: point.start, at, value });
            }
            series.push(found);
        }
        Self {
            logs: logs.map(|log| of_log(origin, log, resource(log.resource), project(log.resource))).collect(),
            spans: spans.map(|span| of_span(origin, span, resource(span.resource))).collect(),
            series,
            points,
        }
    }
}

/// A sender's time, held to around the receipt, in microseconds.
fn stored(origin: &BatchOrigin, sent: Option<DateTime<Utc>>) -> DateTime<Utc> {
    let received = origin.received_at;
    let (first, last) = (received - TimeDelta::days(30), received + TimeDelta::hours(1));
    sent.unwrap_or(received).clamp(first, last).trunc_subsecs(6)
}

fn of_log(origin: &BatchOrigin, log: &LogRecord, resource: Resource, repository: Option<RepositoryId>) -> LogEntry {
    LogEntry {
        at: stored(origin, log.timestamp),
        severity_number: log.severity_number,
        severity_text: log.severity_text.clone(),
        body: log.body.clone(),
        service: resource.service_name().map(str::to_owned),
        attributes: log.attributes.clone(),
        resource: resource.attributes,
        trace_id: log.trace_id.map(TraceId),
        span_id: log.span_id.map(SpanId),
        scope_name: log.scope.name.clone(),
        event_name: log.event_name.clone(),
        repository,
    }
}

fn of_span(origin: &BatchOrigin, span: &Span, resource: Resource) -> (TraceId, SpanDetail) {
    let link = |link: &SpanLink| SpanReference {
        trace_id: TraceId(link.trace_id),
        span_id: SpanId(link.span_id),
        attributes: link.attributes.clone(),
    };
    let detail = SpanDetail {
        span_id: SpanId(span.span_id),
        parent_span_id: span.parent_span_id.map(SpanId),
        name: span.name.clone(),
        kind: span.kind,
        service: resource.service_name().map(str::to_owned),
        start: stored(origin, span.start),
        duration_ns: span.duration_ns,
        status: span.status,
        status_message: span.status_message.clone(),
        attributes: span.attributes.clone(),
        resource: resource.attributes,
        events: span.events.clone(),
        links: span.links.iter().map(link).collect(),
        scope_name: span.scope.name.clone(),
    };
    (TraceId(span.trace_id), detail)
}

fn of_point(metric: &Metric, point: &MetricPoint, resource: Resource) -> Series {
    let common = Metric { resource: 0, description: String::new(), ..metric.clone() };
    let id = tie(&(&common, &point.attributes, &resource));
    let info = SeriesInfo {
        id: Uuid::from_u64_pair(id.cast_unsigned(), id.cast_unsigned()),
        service: resource.service_name().map(str::to_owned),
        unit: metric.unit.clone(),
        kind: metric.kind,
        temporality: metric.temporality,
        monotonic: metric.monotonic,
        attributes: point.attributes.clone(),
        resource: resource.attributes,
    };
    Series { name: metric.name.clone(), description: metric.description.clone(), info }
}
