//! What is sent: one service's telemetry as an SDK would batch it.

use std::time::{SystemTime, UNIX_EPOCH};

use devos_contracts::Redacted;
use devos_contracts::telemetry::TelemetryBatch;
use devos_logic::redact;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telemetry {
    /// Spans with twelve attributes.
    Spans,
    /// Log records with four.
    Logs,
    /// Points of a counter with a hundred series.
    MetricPoints,
}

impl Telemetry {
    /// Where it is stored.
    pub fn table(self) -> &'static str {
        match self {
            Self::Spans => "spans",
            Self::Logs => "log_records",
            Self::MetricPoints => "metric_points",
        }
    }

    /// Where it is sent.
    pub fn path(self) -> &'static str {
        match self {
            Self::Spans => "/v1/traces",
            Self::Logs => "/v1/logs",
            Self::MetricPoints => "/v1/metrics",
        }
    }
}

/// Different batches that are sent in turn: with one alone, every batch would name the same traces, and all writers
/// would meet on the same pages of their index.
const VARIANTS: u64 = 64;

/// What is sent, in turn.
pub struct Payload {
    /// What it is.
    pub telemetry: Telemetry,
    /// Records in a batch.
    pub rows: usize,
    variants: Vec<Variant>,
}

/// One batch in the forms that the lanes take.
pub struct Variant {
    /// The request's body, protobuf.
    body: Vec<u8>,
    /// As the store takes it.
    pub batch: Redacted<TelemetryBatch>,
}

impl Payload {
    /// Builds batches of so many records.
    pub fn build(telemetry: Telemetry, rows: usize) -> Self {
        let variants = (0..VARIANTS).map(|variant| Variant::build(telemetry, rows, variant)).collect();
        Self { telemetry, rows, variants }
    }

    /// The batch of a number.
    pub fn variant(&self, number: u64) -> &Variant {
        let index = usize::try_from(number % VARIANTS).unwrap_or_default();
        &self.variants[index]
    }
}

impl Variant {
    fn build(telemetry: Telemetry, rows: usize, variant: u64) -> Self {
        let (body, batch) = match telemetry {
            Telemetry::Spans => {
                let request = spans(rows, variant);
                (request.encode_to_vec(), devos_otlp::traces_from_proto(request))
            }
            Telemetry::Logs => {
                let request = logs(rows, variant);
                (request.encode_to_vec(), devos_otlp::logs_from_proto(request))
            }
            Telemetry::MetricPoints => {
                let request = points(rows);
                (request.encode_to_vec(), devos_otlp::metrics_from_proto(request))
            }
        };
        Self { body, batch: redact::batch(batch).0 }
    }

    /// The body made unlike any other by a field that nobody knows, which OTLP tells receivers to ignore.
    pub fn numbered(&self, number: u64) -> Vec<u8> {
        // Field 1000, eight bytes.
        let mut body = Vec::with_capacity(self.body.len() + 10);
        body.extend_from_slice(&self.body);
        body.extend_from_slice(&[0xc1, 0x3e]);
        body.extend_from_slice(&number.to_le_bytes());
        body
    }
}

fn now_nanos(index: usize) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    u64::try_from(now).unwrap_or(u64::MAX) - 1_000_000 * (index as u64 % 1000)
}

fn text(key: &str, value: &str) -> KeyValue {
    let value = AnyValue { value: Some(Value::StringValue(value.to_owned())) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

fn number(key: &str, value: usize) -> KeyValue {
    let value = AnyValue { value: Some(Value::IntValue(i64::try_from(value).unwrap_or(i64::MAX))) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

/// Seventeen keys, as a Kubernetes cluster's SDKs send.
fn resource() -> Resource {
    let attributes = vec![
        text("service.name", "checkout"),
        text("service.version", "2.14.3"),
        text("service.namespace", "shop"),
        text("service.instance.id", "8f6e2c1a-3b7d-4e5f-9a0b-1c2d3e4f5a6b"),
        text("deployment.environment.name", "production"),
        text("telemetry.sdk.name", "opentelemetry"),
        text("telemetry.sdk.language", "java"),
        text("telemetry.sdk.version", "1.44.1"),
        text("host.name", "ip-10-0-12-34.eu-central-1.compute.internal"),
        text("host.arch", "amd64"),
        text("os.type", "linux"),
        number("process.pid", 7),
        text("process.runtime.name", "OpenJDK Runtime Environment"),
        text("process.runtime.version", "21.0.4+7-LTS"),
        text("k8s.namespace.name", "shop"),
        text("k8s.pod.name", "checkout-6d5f9c7b8-x2k4p"),
        text("k8s.deployment.name", "checkout"),
    ];
    Resource { attributes, ..Resource::default() }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "io.opentelemetry.tomcat".to_owned(),
        version: "2.9.0".to_owned(),
        ..Default::default()
    }
}

/// Eight spans share a trace, whose id is as good as random.
fn trace(index: usize, variant: u64) -> Vec<u8> {
    let number = (variant << 32) + index as u64 / 8 + 1;
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    [spread.to_be_bytes(), number.to_be_bytes()].concat()
}

fn spans(rows: usize, variant: u64) -> ExportTraceServiceRequest {
    let span = |index: usize| Span {
        trace_id: trace(index, variant),
        span_id: (index as u64 + 1).to_be_bytes().to_vec(),
        parent_span_id: if index.is_multiple_of(8) { Vec::new() } else { (index as u64).to_be_bytes().to_vec() },
        name: "POST /api/orders/{id}/items".to_owned(),
        kind: 2,
        start_time_unix_nano: now_nanos(index),
        end_time_unix_nano: now_nanos(index) + 12_345_678,
        attributes: vec![
            text("http.request.method", "POST"),
            text("http.route", "/api/orders/{id}/items"),
            number("http.response.status_code", 200),
            text("url.scheme", "https"),
            text("url.path", &format!("/api/orders/{index}/items")),
            text("server.address", "checkout.shop.svc.cluster.local"),
            number("server.port", 8443),
            text("client.address", "10.0.17.201"),
            text("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/131.0"),
            text("network.protocol.version", "2"),
            text("thread.name", &format!("http-nio-8443-exec-{}", index % 40)),
            number("thread.id", 30 + index % 40),
        ],
        status: Some(Status { code: 1, ..Status::default() }),
        ..Span::default()
    };
    let spans = ScopeSpans { scope: Some(scope()), spans: (0..rows).map(span).collect(), ..ScopeSpans::default() };
    let resource_spans =
        vec![ResourceSpans { resource: Some(resource()), scope_spans: vec![spans], ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }
}

fn logs(rows: usize, variant: u64) -> ExportLogsServiceRequest {
    let record = |index: usize| LogRecord {
        time_unix_nano: now_nanos(index),
        severity_number: 9,
        severity_text: "INFO".to_owned(),
        body: Some(AnyValue {
            value: Some(Value::StringValue(format!("Order {index} accepted: 3 items for customer {}", index * 7))),
        }),
        attributes: vec![
            text("logger.name", "com.shop.checkout.OrderService"),
            text("thread.name", &format!("http-nio-8443-exec-{}", index % 40)),
            number("order.id", index),
            text("code.function.name", "com.shop.checkout.OrderService.accept"),
        ],
        trace_id: trace(index, variant),
        span_id: (index as u64 + 1).to_be_bytes().to_vec(),
        ..LogRecord::default()
    };
    let records = (0..rows).map(record).collect();
    let logs = ScopeLogs { scope: Some(scope()), log_records: records, ..ScopeLogs::default() };
    let resource_logs =
        vec![ResourceLogs { resource: Some(resource()), scope_logs: vec![logs], ..ResourceLogs::default() }];
    ExportLogsServiceRequest { resource_logs }
}

fn points(rows: usize) -> ExportMetricsServiceRequest {
    let point = |index: usize| NumberDataPoint {
        attributes: vec![
            text("http.request.method", "POST"),
            text("http.route", &format!("/api/resource-{}", index % 100)),
            number("http.response.status_code", 200),
        ],
        start_time_unix_nano: now_nanos(0) - 3_600_000_000_000,
        time_unix_nano: now_nanos(index),
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        value: Some(number_data_point::Value::AsDouble(index as f64)),
        ..NumberDataPoint::default()
    };
    let sum = Sum {
        data_points: (0..rows).map(point).collect(),
        aggregation_temporality: AggregationTemporality::Cumulative.into(),
        is_monotonic: true,
    };
    let metric = Metric {
        name: "http.server.request.count".to_owned(),
        unit: "{request}".to_owned(),
        data: Some(metric::Data::Sum(sum)),
        ..Metric::default()
    };
    let metrics = ScopeMetrics { scope: Some(scope()), metrics: vec![metric], ..ScopeMetrics::default() };
    let resource_metrics =
        vec![ResourceMetrics { resource: Some(resource()), scope_metrics: vec![metrics], ..Default::default() }];
    ExportMetricsServiceRequest { resource_metrics }
}
