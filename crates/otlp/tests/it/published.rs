//! The protocol's own examples: what we read of them, in either encoding.

use devos_contracts::telemetry::{TelemetryBatch, TelemetrySignal};
use devos_otlp::{Encoding, decode};
use opentelemetry_proto::tonic::collector::{
    logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest,
};
use prost::Message;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::{SPAN_ID, TRACE_ID, corpus};

/// The example's batch, read from JSON and from the protobuf that the generated types make of the same JSON.
fn read<P: Message + DeserializeOwned>(name: &str, signal: TelemetrySignal) -> TelemetryBatch {
    let text = corpus(&format!("otlp/published/{name}.json"));
    let protobuf = serde_json::from_slice::<P>(&text).unwrap().encode_to_vec();
    let batch = decode(signal, &text, Encoding::Json).unwrap();
    assert_eq!(batch, decode(signal, &protobuf, Encoding::Protobuf).unwrap());
    assert_eq!(batch.resources.len(), 1);
    assert_eq!(batch.resources[0].service_name(), Some("my.service"));
    assert!(batch.refused.is_empty());
    batch
}

#[test]
fn trace() {
    let batch = read::<ExportTraceServiceRequest>("trace", TelemetrySignal::Traces);
    let [span] = batch.spans.as_slice() else { panic!("{batch:?}") };
    assert_eq!((span.trace_id, span.span_id, span.duration_ns), (TRACE_ID, SPAN_ID, 1_000_000_000));
    assert_eq!((span.name.as_str(), span.scope.name.as_str()), ("I'm a server span", "my.library"));
}

#[test]
fn logs() {
    let batch = read::<ExportLogsServiceRequest>("logs", TelemetrySignal::Logs);
    let [log] = batch.logs.as_slice() else { panic!("{batch:?}") };
    assert_eq!((log.body.as_str(), log.trace_id, log.severity_number), ("Example log record", Some(TRACE_ID), 10));
    assert_eq!(log.attributes["map.attribute"], json!({ "some.map.key": "some value" }));
}

#[test]
fn events() {
    let batch = read::<ExportLogsServiceRequest>("events", TelemetrySignal::Logs);
    let [log] = batch.logs.as_slice() else { panic!("{batch:?}") };
    assert_eq!(log.event_name, "browser.page_view");
    assert!(log.body.contains(r#""title":"Free Online GUID Generator""#), "{}", log.body);
}

#[test]
fn metrics() {
    let batch = read::<ExportMetricsServiceRequest>("metrics", TelemetrySignal::Metrics);
    let metric = |name: &str, description: &str, kind: &str, temporality: &str, monotonic: bool| {
        json!({
            "resource": 0,
            "scope": { "name": "my.library", "version": "1.0.0" },
            "name": name, "description": description, "unit": "1",
            "kind": kind, "temporality": temporality, "monotonic": monotonic,
        })
    };
    let metrics = [
        metric("my.counter", "I am a Counter", "sum", "delta", true),
        metric("my.gauge", "I am a Gauge", "gauge", "unspecified", false),
        metric("my.histogram", "I am a Histogram", "histogram", "delta", false),
        metric("my.exponential.histogram", "I am an Exponential Histogram", "exponential_histogram", "delta", false),
    ];
    assert_eq!(serde_json::to_value(&batch.metrics).unwrap(), json!(metrics));
    let values: Vec<_> = batch.points.iter().map(|point| serde_json::to_value(&point.value).unwrap()).collect();
    let expected = json!([
        { "kind": "number", "value": 5.0 },
        { "kind": "number", "value": 10.0 },
        {
            "kind": "histogram", "count": 2, "sum": 2.0, "min": 0.0, "max": 2.0,
            "bounds": [1.0], "buckets": [1, 1],
        },
        {
            "kind": "exponential_histogram", "count": 3, "sum": 10.0, "min": 0.0, "max": 5.0, "scale": 0,
            "zero_count": 1, "zero_threshold": 0.0,
            "positive": { "offset": 1, "counts": [0, 2] }, "negative": { "offset": 0, "counts": [] },
        },
    ]);
    assert_eq!(json!(values), expected);
    assert_eq!(batch.points.iter().map(|point| point.metric).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(batch.points[0].attributes["my.counter.attr"], "some value");
    assert_eq!((batch.points[0].start, batch.points[1].start), (batch.points[0].timestamp, None));
}
