//! Telemetry as decoded from OTLP, before redaction; storage sees it only as [`crate::Redacted`].

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod metric;

pub use metric::{
    Exemplar, ExponentialBuckets, ExponentialHistogram, Histogram, Metric, MetricKind, MetricPoint, PointValue,
    Summary, Temporality,
};

/// OpenTelemetry attributes: string keys, JSON values (bytes as base64 text).
pub type Attributes = Map<String, Value>;

/// What sent the telemetry: the OTLP resource with its attributes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// `service.name`, `deployment.environment.name`, `vcs.*` and whatever else the sender says.
    pub attributes: Attributes,
}

impl Resource {
    /// `service.name`, when the sender gave one.
    pub fn service_name(&self) -> Option<&str> {
        self.attributes.get("service.name").and_then(Value::as_str)
    }
}

/// The instrumentation scope of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentationScope {
    /// The library that produced the record.
    pub name: String,
    /// Its version, possibly empty.
    pub version: String,
}

/// One OTLP log record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogRecord {
    /// Index into the batch's resources.
    pub resource: usize,
    /// When it happened; the observed time where the sender gave no time; `None` when neither.
    pub timestamp: Option<DateTime<Utc>>,
    /// OTLP severity number, 0 (unspecified) to 24 (fatal4).
    pub severity_number: i16,
    /// The sender's own severity word, possibly empty.
    pub severity_text: String,
    /// The body; structured bodies as JSON text.
    pub body: String,
    /// Record attributes.
    pub attributes: Attributes,
    /// 16 bytes, when the record belongs to a trace.
    pub trace_id: Option<[u8; 16]>,
    /// 8 bytes, when the record belongs to a span.
    pub span_id: Option<[u8; 8]>,
    /// Which library wrote it.
    pub scope: InstrumentationScope,
    /// OTLP `event_name`, possibly empty.
    pub event_name: String,
}

/// One OTLP span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Index into the batch's resources.
    pub resource: usize,
    /// 16 bytes, never zero.
    pub trace_id: [u8; 16],
    /// 8 bytes, never zero.
    pub span_id: [u8; 8],
    /// The parent span; none for a root.
    pub parent_span_id: Option<[u8; 8]>,
    /// Operation name.
    pub name: String,
    /// Role of the span.
    pub kind: SpanKind,
    /// Start time.
    pub start: Option<DateTime<Utc>>,
    /// Duration in nanoseconds; zero when the sender's end precedes its start.
    pub duration_ns: i64,
    /// Outcome.
    pub status: SpanStatus,
    /// The status message, possibly empty.
    pub status_message: String,
    /// Span attributes.
    pub attributes: Attributes,
    /// Timed events, exceptions among them.
    pub events: Vec<SpanEvent>,
    /// Links to other spans.
    pub links: Vec<SpanLink>,
    /// Which library made it.
    pub scope: InstrumentationScope,
}

/// OTLP span kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// Not said.
    #[default]
    Unspecified,
    /// Inside one service.
    Internal,
    /// Serves a request.
    Server,
    /// Sends a request.
    Client,
    /// Sends a message.
    Producer,
    /// Receives a message.
    Consumer,
}

/// OTLP span status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanStatus {
    /// Not said.
    #[default]
    Unset,
    /// Said to be fine.
    Ok,
    /// Failed.
    Error,
}

/// An event inside a span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpanEvent {
    /// When.
    pub timestamp: Option<DateTime<Utc>>,
    /// `exception` for recorded exceptions.
    pub name: String,
    /// `exception.type`, `exception.message`, `exception.stacktrace`, ...
    pub attributes: Attributes,
}

/// A link from a span to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpanLink {
    /// 16 bytes.
    pub trace_id: [u8; 16],
    /// 8 bytes.
    pub span_id: [u8; 8],
    /// Link attributes.
    pub attributes: Attributes,
}

/// One decoded OTLP export request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TelemetryBatch {
    /// Distinct resources of the request, in order of appearance.
    pub resources: Vec<Resource>,
    /// Log records.
    pub logs: Vec<LogRecord>,
    /// Spans.
    pub spans: Vec<Span>,
    /// What was measured.
    pub metrics: Vec<Metric>,
    /// Data points of the metrics.
    pub points: Vec<MetricPoint>,
    /// Records that could not be taken, counted into the drop ledger and `partial_success`.
    pub refused: Vec<Refusal>,
}

/// Records refused while decoding or storing, by reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What kind of telemetry.
    pub signal: TelemetrySignal,
    /// Why, from a closed list.
    pub reason: RefusalReason,
    /// How many records.
    pub count: u64,
}

/// The OTLP signal of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TelemetrySignal {
    /// Log records.
    Logs,
    /// Spans.
    Traces,
    /// Metric data points.
    Metrics,
}

/// Why a telemetry record was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// Trace or span id of the wrong length, or all zero.
    InvalidId,
    /// Attributes nest deeper than allowed.
    TooDeep,
    /// More attributes than allowed.
    TooManyAttributes,
    /// A metric without a name or without data, or a point whose parts contradict each other.
    InvalidPoint,
    /// The body could not be read; counted by request.
    Malformed,
    /// The body was larger than allowed; counted by request.
    TooLarge,
    /// The server was busy and asked to be tried again; counted by request.
    Overloaded,
    /// The tenant sent more than its quota; errors and warnings are refused last.
    OverQuota,
    /// PostgreSQL refused the row.
    RowRejected,
}
