//! Logs as they are read.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{SpanId, TraceId};
use crate::RepositoryId;
use crate::telemetry::Attributes;

/// One stored log record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "at": "2026-11-20T09:00:00.123456Z", "severity_number": 17, "severity_text": "ERROR",
    "body": "payment refused: card expired", "service": "checkout", "attributes": { "http.route": "/pay" },
    "resource": { "service.name": "checkout" }, "trace_id": "5b8efff798038103d269b633813fc60c",
    "span_id": "eee19b7ec3c1b174", "scope_name": "shop.cart", "event_name": "", "repository": null
})))]
pub struct LogEntry {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// OTLP severity number, 0 (unspecified) to 24 (fatal4).
    pub severity_number: i16,
    /// The sender's own severity word, possibly empty.
    pub severity_text: String,
    /// The body; structured bodies as JSON text.
    pub body: String,
    /// `service.name` of its resource.
    pub service: Option<String>,
    /// Record attributes.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub attributes: Attributes,
    /// Attributes of what sent it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub resource: Attributes,
    /// The trace it belongs to.
    pub trace_id: Option<TraceId>,
    /// The span it belongs to.
    pub span_id: Option<SpanId>,
    /// The library that wrote it, possibly empty.
    pub scope_name: String,
    /// OTLP `event_name`, possibly empty.
    pub event_name: String,
    /// The repository of its service.
    pub repository: Option<RepositoryId>,
}

/// How many logs there were in each part of a time range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "from": "2026-11-20T09:00:00Z", "to": "2026-11-20T10:00:00Z", "step_ms": 1_800_000,
    "buckets": [
        { "at": "2026-11-20T09:00:00Z", "error": 2, "warn": 0, "info": 120, "debug": 4 },
        { "at": "2026-11-20T09:30:00Z", "error": 0, "warn": 1, "info": 117, "debug": 0 }
    ]
})))]
pub struct LogHistogram {
    /// The first moment counted.
    pub from: DateTime<Utc>,
    /// The moment after the last one counted.
    pub to: DateTime<Utc>,
    /// The length of a bucket in milliseconds.
    pub step_ms: i64,
    /// Every bucket, empty ones too, oldest first.
    pub buckets: Vec<LogBucket>,
}

/// Logs of one part of the range, by class of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogBucket {
    /// Where it begins.
    pub at: DateTime<Utc>,
    /// Errors and fatal ones (17 to 24).
    pub error: i64,
    /// Warnings (13 to 16).
    pub warn: i64,
    /// Information (9 to 12), and what has no severity.
    pub info: i64,
    /// Debugging and tracing (1 to 8).
    pub debug: i64,
}
