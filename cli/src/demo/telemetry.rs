//! What the demo's service logged and traced, shipped by a real OpenTelemetry SDK over the wire.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::trace::{Span, SpanContext, SpanKind, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, Key, KeyValue, Value};
use opentelemetry_otlp::{LogExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde::Deserialize;

use crate::client::Client;

/// What was shipped.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sent {
    /// Log records.
    pub logs: usize,
    /// Spans.
    pub spans: usize,
}

/// One line of the service's replay.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Record {
    Log(Log),
    Span(SpanLine),
}

#[derive(Debug, Deserialize)]
struct Log {
    trace_id: Option<String>,
    name: String,
    level: String,
    message: String,
    start_ms: f64,
    span_id: Option<String>,
    exception: Option<Exception>,
    #[serde(default)]
    attributes: serde_json::Map<String, serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Exception {
    r#type: String,
    message: String,
    stacktrace: String,
}

#[derive(Debug, Deserialize)]
struct SpanLine {
    trace_id: String,
    name: String,
    span_id: String,
    parent_id: Option<String>,
    start_ms: f64,
    duration_ms: f64,
    span_kind: String,
    status: String,
    message: Option<String>,
    #[serde(default)]
    attributes: serde_json::Map<String, serde_json::Value>,
}

/// Ships the replay's lines; every record is acknowledged when this returns.
pub fn ship(client: &Client, service: &str, replay: &str) -> Result<Sent> {
    let records: Vec<Record> = replay
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .context("the demo's replay is not understood")?;
    let resource = Resource::builder().with_service_name(service.to_owned()).build();
    let headers = HashMap::from([("authorization".to_owned(), format!("Bearer {}", client.token()))]);

    let span_exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", client.url()))
        .with_headers(headers.clone())
        .build()?;
    let spans = SdkTracerProvider::builder().with_resource(resource.clone()).with_batch_exporter(span_exporter).build();
    let log_exporter = LogExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/logs", client.url()))
        .with_headers(headers)
        .build()?;
    let logs = SdkLoggerProvider::builder().with_resource(resource).with_batch_exporter(log_exporter).build();

    let contexts = trace(&spans, &records);
    let sent = Sent { logs: log(&logs, &records, &contexts), spans: contexts.len() };
    spans.force_flush().context("the spans were not acknowledged")?;
    logs.force_flush().context("the log records were not acknowledged")?;
    spans.shutdown()?;
    logs.shutdown()?;
    Ok(sent)
}

/// Records the spans, parents first, since the SDK gives the ids; answers the SDK's context of each.
fn trace(provider: &SdkTracerProvider, records: &[Record]) -> HashMap<String, SpanContext> {
    let tracer = provider.tracer("checkout");
    let mut waiting: Vec<&SpanLine> = records
        .iter()
        .filter_map(|record| match record {
            Record::Span(span) => Some(span),
            Record::Log(_) => None,
        })
        .collect();
    let mut contexts = HashMap::new();
    loop {
        let before = waiting.len();
        waiting.retain(|line| {
            let parent = match &line.parent_id {
                None => Context::new(),
                Some(id) => match contexts.get(id) {
                    Some(parent) => Context::new().with_remote_span_context(SpanContext::clone(parent)),
                    None => return true,
                },
            };
            let kind = if line.span_kind == "server" { SpanKind::Server } else { SpanKind::Internal };
            let builder = tracer
                .span_builder(line.name.clone())
                .with_kind(kind)
                .with_start_time(time(line.start_ms))
                .with_attributes(attributes(&line.attributes));
            let mut span = tracer.build_with_context(builder, &parent);
            if line.status == "error" {
                span.set_status(Status::error(line.message.clone().unwrap_or_default()));
                // As an SDK does while an exception leaves a span.
                if let Some(exception) = exception_of(records, &line.trace_id) {
                    let at = time(line.start_ms + line.duration_ms);
                    span.add_event_with_timestamp("exception", at, exception);
                }
            }
            contexts.insert(line.span_id.clone(), span.span_context().clone());
            span.end_with_timestamp(time(line.start_ms + line.duration_ms));
            false
        });
        // A span whose parent is not in the replay stays out rather than loop forever.
        if waiting.is_empty() || waiting.len() == before {
            return contexts;
        }
    }
}

/// The exception that a log record of the trace tells of.
fn exception_of(records: &[Record], trace: &str) -> Option<Vec<KeyValue>> {
    let told = records.iter().find_map(|record| match record {
        Record::Log(log) if log.trace_id.as_deref() == Some(trace) => log.exception.as_ref(),
        _ => None,
    })?;
    Some(vec![
        KeyValue::new("exception.type", told.r#type.clone()),
        KeyValue::new("exception.message", told.message.clone()),
        KeyValue::new("exception.stacktrace", told.stacktrace.clone()),
    ])
}

fn log(provider: &SdkLoggerProvider, records: &[Record], contexts: &HashMap<String, SpanContext>) -> usize {
    let mut count = 0;
    for record in records {
        let Record::Log(line) = record else { continue };
        let logger = provider.logger(line.name.clone());
        let mut log = logger.create_log_record();
        log.set_timestamp(time(line.start_ms));
        let (severity, word) = match line.level.as_str() {
            "error" => (Severity::Error, "ERROR"),
            "warn" => (Severity::Warn, "WARN"),
            _ => (Severity::Info, "INFO"),
        };
        log.set_severity_number(severity);
        log.set_severity_text(word);
        log.set_body(AnyValue::from(line.message.clone()));
        for (key, value) in &line.attributes {
            log.add_attribute(Key::from(key.clone()), plain(value));
        }
        if let Some(exception) = &line.exception {
            log.add_attribute("exception.type", exception.r#type.clone());
            log.add_attribute("exception.message", exception.message.clone());
            log.add_attribute("exception.stacktrace", exception.stacktrace.clone());
        }
        if let Some(context) = line.span_id.as_ref().and_then(|id| contexts.get(id)) {
            log.set_trace_context(context.trace_id(), context.span_id(), Some(context.trace_flags()));
        }
        logger.emit(log);
        count += 1;
    }
    count
}

fn attributes(map: &serde_json::Map<String, serde_json::Value>) -> Vec<KeyValue> {
    let value = |value: &serde_json::Value| match value {
        serde_json::Value::Bool(flag) => Value::Bool(*flag),
        serde_json::Value::Number(number) if number.is_i64() => Value::I64(number.as_i64().unwrap_or_default()),
        serde_json::Value::Number(number) => Value::F64(number.as_f64().unwrap_or_default()),
        serde_json::Value::String(text) => Value::from(text.clone()),
        other => Value::from(other.to_string()),
    };
    map.iter().map(|(key, found)| KeyValue::new(key.clone(), value(found))).collect()
}

fn plain(value: &serde_json::Value) -> AnyValue {
    match value {
        serde_json::Value::Bool(flag) => AnyValue::Boolean(*flag),
        serde_json::Value::Number(number) if number.is_i64() => AnyValue::Int(number.as_i64().unwrap_or_default()),
        serde_json::Value::Number(number) => AnyValue::Double(number.as_f64().unwrap_or_default()),
        serde_json::Value::String(text) => AnyValue::from(text.clone()),
        other => AnyValue::from(other.to_string()),
    }
}

fn time(ms: f64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs_f64((ms / 1000.0).max(0.0))
}
