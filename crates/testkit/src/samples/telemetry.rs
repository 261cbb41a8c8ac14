//! Telemetry as decoded.

use chrono::{DateTime, TimeDelta, Utc};
use devos_contracts::telemetry::{
    Attributes, Exemplar, Histogram, InstrumentationScope, LogRecord, Metric, MetricKind, MetricPoint, PointValue,
    Resource, Span, SpanEvent, SpanKind, SpanLink, SpanStatus, TelemetryBatch, Temporality,
};
use serde_json::{Value, json};

/// A batch of so many logs and spans of one service, within a minute before `received`.
pub fn telemetry(service: &str, logs: usize, spans: usize, received: DateTime<Utc>) -> TelemetryBatch {
    let attributes = |fields: Value| fields.as_object().cloned().unwrap_or_default();
    let when = |index: usize| Some(received - TimeDelta::milliseconds(i64::try_from(index % 60_000).unwrap_or(0)));
    let scope = InstrumentationScope { name: "shop".to_owned(), version: "1.0".to_owned() };
    let log = |index: usize| LogRecord {
        resource: 0,
        timestamp: when(index),
        severity_number: 9,
        severity_text: "INFO".to_owned(),
        body: format!("served order {index}"),
        attributes: attributes(json!({ "http.route": "/orders/{id}", "order": index })),
        trace_id: Some([7; 16]),
        span_id: None,
        scope: scope.clone(),
        event_name: String::new(),
    };
    let span = |index: usize| Span {
        resource: 0,
        trace_id: [7; 16],
        span_id: (index as u64 + 1).to_be_bytes(),
        parent_span_id: None,
        name: "GET /orders/{id}".to_owned(),
        kind: SpanKind::Server,
        start: when(index),
        duration_ns: 1_500_000,
        status: SpanStatus::Ok,
        status_message: String::new(),
        attributes: attributes(json!({ "http.response.status_code": 200 })),
        events: vec![SpanEvent {
            timestamp: when(index),
            name: "cache.miss".to_owned(),
            attributes: Attributes::new(),
        }],
        links: vec![SpanLink { trace_id: [9; 16], span_id: [9; 8], attributes: Attributes::new() }],
        scope: scope.clone(),
    };
    TelemetryBatch {
        resources: vec![Resource { attributes: attributes(json!({ "service.name": service })) }],
        logs: (0..logs).map(log).collect(),
        spans: (0..spans).map(span).collect(),
        ..TelemetryBatch::default()
    }
}

/// A batch of so many points of one service's counter, by route, and one histogram of its latency.
pub fn measurements(service: &str, points: usize, received: DateTime<Utc>) -> TelemetryBatch {
    let attributes = |fields: Value| fields.as_object().cloned().unwrap_or_default();
    let metric = |name: &str, unit: &str, kind| Metric {
        resource: 0,
        scope: InstrumentationScope { name: "shop".to_owned(), version: "1.0".to_owned() },
        name: name.to_owned(),
        description: "of the shop".to_owned(),
        unit: unit.to_owned(),
        kind,
        temporality: Temporality::Cumulative,
        monotonic: kind == MetricKind::Sum,
    };
    let served = |index: usize| MetricPoint {
        metric: 0,
        attributes: attributes(json!({ "http.route": format!("/orders/{}", index % 10) })),
        start: Some(received - TimeDelta::hours(1)),
        timestamp: Some(received - TimeDelta::milliseconds(i64::try_from(index % 60_000).unwrap_or(0))),
        value: Some(PointValue::Number { value: f64::from(u32::try_from(index).unwrap_or(u32::MAX)) }),
        exemplars: Vec::new(),
    };
    let latency = MetricPoint {
        metric: 1,
        value: Some(PointValue::Histogram(Histogram {
            count: 3,
            sum: Some(0.7),
            min: Some(0.1),
            max: Some(0.5),
            bounds: vec![0.25],
            buckets: vec![2, 1],
        })),
        exemplars: vec![Exemplar {
            timestamp: Some(received),
            value: 0.5,
            attributes: Attributes::new(),
            trace_id: Some([7; 16]),
            span_id: Some([7; 8]),
        }],
        ..served(0)
    };
    TelemetryBatch {
        resources: vec![Resource { attributes: attributes(json!({ "service.name": service })) }],
        metrics: vec![
            metric("http.server.requests", "{request}", MetricKind::Sum),
            metric("http.server.request.duration", "s", MetricKind::Histogram),
        ],
        points: (0..points).map(served).chain([latency]).collect(),
        ..TelemetryBatch::default()
    }
}
