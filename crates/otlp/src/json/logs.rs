//! The messages of a logs export.

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    logs::v1::{LogRecord as ProtoRecord, ResourceLogs as ProtoGroup, ScopeLogs as ProtoScopeLogs, SeverityNumber},
};
use serde::Deserialize;

use super::{
    any::{AnyValue, KeyValue},
    message::{Message, Messages, optional, repeated},
    scalar::{Code, Unsigned, id},
    source::{InstrumentationScope, Resource},
};

/// `ExportLogsServiceRequest`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ExportLogs {
    #[serde(alias = "resource_logs")]
    resource_logs: Messages<ResourceLogs>,
}

impl From<ExportLogs> for ExportLogsServiceRequest {
    fn from(export: ExportLogs) -> Self {
        Self { resource_logs: repeated(export.resource_logs) }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceLogs {
    resource: Option<Message<Resource>>,
    #[serde(alias = "scope_logs")]
    scope_logs: Messages<ScopeLogs>,
}

impl From<ResourceLogs> for ProtoGroup {
    fn from(group: ResourceLogs) -> Self {
        Self { resource: optional(group.resource), scope_logs: repeated(group.scope_logs), ..Self::default() }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ScopeLogs {
    scope: Option<Message<InstrumentationScope>>,
    #[serde(alias = "log_records")]
    log_records: Messages<LogRecord>,
}

impl From<ScopeLogs> for ProtoScopeLogs {
    fn from(logs: ScopeLogs) -> Self {
        Self { scope: optional(logs.scope), log_records: repeated(logs.log_records), ..Self::default() }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct LogRecord {
    #[serde(alias = "time_unix_nano")]
    time_unix_nano: Option<Unsigned>,
    #[serde(alias = "observed_time_unix_nano")]
    observed_time_unix_nano: Option<Unsigned>,
    #[serde(alias = "severity_number")]
    severity_number: Option<Code>,
    #[serde(alias = "severity_text")]
    severity_text: Option<String>,
    body: Option<Message<AnyValue>>,
    attributes: Messages<KeyValue>,
    #[serde(alias = "trace_id")]
    trace_id: Option<String>,
    #[serde(alias = "span_id")]
    span_id: Option<String>,
    #[serde(alias = "event_name")]
    event_name: Option<String>,
}

impl From<LogRecord> for ProtoRecord {
    fn from(record: LogRecord) -> Self {
        Self {
            time_unix_nano: record.time_unix_nano.map_or(0, |time| time.0),
            observed_time_unix_nano: record.observed_time_unix_nano.map_or(0, |time| time.0),
            severity_number: record.severity_number.map_or(0, |code| code.number(SeverityNumber::from_str_name)),
            severity_text: record.severity_text.unwrap_or_default(),
            body: optional(record.body),
            attributes: repeated(record.attributes),
            trace_id: id(record.trace_id),
            span_id: id(record.span_id),
            event_name: record.event_name.unwrap_or_default(),
            ..Self::default()
        }
    }
}
