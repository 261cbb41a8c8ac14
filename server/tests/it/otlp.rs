//! OTLP over HTTP, and what becomes of it.

mod export;
mod metrics;
mod refusal;
mod storm;

use std::io::Write;

use devos_contracts::scope::TokenScope;
use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue as Any, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use reqwest::Method;

use crate::answer::Answer;
use crate::cloud::{Cloud, Credentials, now};

pub const PROTOBUF: &str = "application/x-protobuf";
pub const JSON: &str = "application/json";

/// An attribute with a text.
pub fn attribute(key: &str, value: &str) -> KeyValue {
    let value = Any { value: Some(AnyValue::StringValue(value.to_owned())) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

fn resource(service: &str) -> Resource {
    Resource { attributes: vec![attribute("service.name", service)], ..Resource::default() }
}

/// Now, in nanoseconds.
pub fn nanoseconds() -> u64 {
    now().timestamp_nanos_opt().unwrap().unsigned_abs()
}

/// A log record of a service.
pub fn log(severity: i32, body: &str) -> LogRecord {
    LogRecord {
        time_unix_nano: nanoseconds(),
        severity_number: severity,
        body: Some(Any { value: Some(AnyValue::StringValue(body.to_owned())) }),
        ..LogRecord::default()
    }
}

/// A request of log records.
pub fn logs(service: &str, log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs { resource: Some(resource(service)), scope_logs, ..ResourceLogs::default() }],
    }
}

/// A span with an id; zero is no valid one.
pub fn span(id: u8) -> Span {
    Span {
        trace_id: vec![7; 16],
        span_id: vec![id; 8],
        name: "GET /cart".to_owned(),
        start_time_unix_nano: nanoseconds(),
        end_time_unix_nano: nanoseconds() + 1_000_000,
        ..Span::default()
    }
}

/// A request of spans.
pub fn spans(service: &str, spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource(service)),
            scope_spans,
            ..ResourceSpans::default()
        }],
    }
}

/// A gauge's points; one without a value is no valid one.
pub fn points(service: &str, values: &[Option<f64>]) -> ExportMetricsServiceRequest {
    let point = |value: &Option<f64>| NumberDataPoint {
        time_unix_nano: nanoseconds(),
        value: value.map(Value::AsDouble),
        ..NumberDataPoint::default()
    };
    let data = Some(Data::Gauge(Gauge { data_points: values.iter().map(point).collect() }));
    let metrics = vec![Metric { name: "cart.items".to_owned(), data, ..Metric::default() }];
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(resource(service)),
            scope_metrics,
            ..ResourceMetrics::default()
        }],
    }
}

/// The bytes as a zstd frame.
pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 0).unwrap()
}

/// The bytes as a gzip file.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Sends a body.
async fn send(cloud: &Cloud, who: &Credentials, path: &str, kind: &str, body: Vec<u8>) -> Answer {
    let request = who.sign(cloud.request(Method::POST, path)).header("content-type", kind);
    Answer::to(request.body(body)).await
}

/// Sends a body that is compressed.
async fn send_packed(
    cloud: &Cloud,
    who: &Credentials,
    path: &str,
    kind: &str,
    (coding, body): (&str, Vec<u8>),
) -> Answer {
    let request = who.sign(cloud.request(Method::POST, path)).header("content-type", kind);
    Answer::to(request.header("content-encoding", coding).body(body)).await
}

/// How many rows telemetry has left: log records, spans, batches, and resources.
pub async fn counts(cloud: &Cloud) -> [i64; 4] {
    let sql = "SELECT (SELECT count(*) FROM log_records) AS logs, (SELECT count(*) FROM spans) AS spans,
        (SELECT count(*) FROM ingest_batches) AS batches, (SELECT count(*) FROM resources) AS resources";
    let row = cloud.rows(sql, &[]).await.remove(0);
    ["logs", "spans", "batches", "resources"].map(|name| row[name].as_i64().unwrap())
}

/// How many data points are stored.
pub async fn stored_points(cloud: &Cloud) -> i64 {
    cloud.rows("SELECT count(*) AS points FROM metric_points", &[]).await[0]["points"].as_i64().unwrap()
}

/// A server, and a token that may send to it.
async fn start() -> (Cloud, Credentials) {
    let cloud = Cloud::start().await;
    let token = cloud.token(&[TokenScope::Ingest]).await;
    (cloud, token)
}
