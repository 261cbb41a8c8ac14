//! Traces as they are read.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{LogEntry, SpanId, TraceId};
use crate::telemetry::{Attributes, SpanEvent, SpanKind, SpanStatus};

/// A trace, found by its root span or by the span through which it entered a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "trace_id": "5b8efff798038103d269b633813fc60c", "span_id": "eee19b7ec3c1b174", "name": "POST /pay",
    "service": "payments", "kind": "server", "status": "error", "start": "2026-11-20T09:00:00.123456Z",
    "duration_ns": 182_000_000, "root_name": "POST /checkout", "root_service": "shop", "spans": 14, "errors": 2
})))]
pub struct TraceSummary {
    /// The trace.
    pub trace_id: TraceId,
    /// The span that matched: the trace's root, or an entry into a service.
    pub span_id: SpanId,
    /// Its name.
    pub name: String,
    /// Its service.
    pub service: Option<String>,
    /// Its kind.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub kind: SpanKind,
    /// Its status.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub status: SpanStatus,
    /// When it started.
    pub start: DateTime<Utc>,
    /// How long it took, in nanoseconds.
    pub duration_ns: i64,
    /// The name of the trace's root span, when that is known.
    pub root_name: Option<String>,
    /// The service of the root span.
    pub root_service: Option<String>,
    /// Spans of the trace within an hour of this one; 10,000 means as many or more.
    pub spans: i64,
    /// Those of them that failed.
    pub errors: i64,
}

/// A whole trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceDetail {
    /// The trace.
    pub trace_id: TraceId,
    /// When its first span started; absent when only logs name it.
    pub start: Option<DateTime<Utc>>,
    /// From the start of the first span to the end of the last, in nanoseconds.
    pub duration_ns: i64,
    /// Services that took part, by name.
    pub services: Vec<String>,
    /// Every span, parents before their children, siblings by their start.
    pub spans: Vec<SpanNode>,
    /// Logs that name the trace, oldest first, at most 1,000.
    pub logs: Vec<LogEntry>,
    /// True when there are more spans or logs than these.
    pub truncated: bool,
}

/// A span's place in its trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "depth": 1, "orphan": false, "span": {
        "span_id": "eee19b7ec3c1b174", "parent_span_id": "5b8efff798038103", "name": "POST /pay", "kind": "server",
        "service": "payments", "start": "2026-11-20T09:00:00.123456Z", "duration_ns": 182_000_000, "status": "error",
        "status_message": "card expired", "attributes": { "http.response.status_code": 402 },
        "resource": { "service.name": "payments" }, "events": [], "links": [], "scope_name": "shop.pay"
    }
})))]
pub struct SpanNode {
    /// How many of its ancestors are in the list.
    pub depth: u32,
    /// True when it names a parent that is not there, or that lies below it.
    pub orphan: bool,
    /// The span.
    pub span: SpanDetail,
}

/// One stored span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SpanDetail {
    /// Its id.
    pub span_id: SpanId,
    /// The parent it names.
    pub parent_span_id: Option<SpanId>,
    /// Operation name.
    pub name: String,
    /// Role of the span.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub kind: SpanKind,
    /// `service.name` of its resource.
    pub service: Option<String>,
    /// When it started.
    pub start: DateTime<Utc>,
    /// How long it took, in nanoseconds.
    pub duration_ns: i64,
    /// Outcome.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub status: SpanStatus,
    /// The status message, possibly empty.
    pub status_message: String,
    /// Span attributes.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub attributes: Attributes,
    /// Attributes of what sent it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub resource: Attributes,
    /// Timed events, exceptions among them.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub events: Vec<SpanEvent>,
    /// Links to other spans.
    pub links: Vec<SpanReference>,
    /// The library that made it, possibly empty.
    pub scope_name: String,
}

/// A link to another span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SpanReference {
    /// Its trace.
    pub trace_id: TraceId,
    /// Its id.
    pub span_id: SpanId,
    /// Link attributes.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub attributes: Attributes,
}
