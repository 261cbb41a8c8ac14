//! What sent telemetry, and what of it was dropped.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::telemetry::{RefusalReason, TelemetrySignal};

/// A service with what it sent within the range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "service": "checkout", "logs": 5120, "error_logs": 3, "spans": 20_480, "error_spans": 12,
    "last_seen": "2026-11-20T09:59:59.9Z"
})))]
pub struct ServiceSeen {
    /// Its `service.name`; none for senders that say none.
    pub service: Option<String>,
    /// Log records.
    pub logs: i64,
    /// Those of them that are errors or worse.
    pub error_logs: i64,
    /// Spans.
    pub spans: i64,
    /// Those of them that failed.
    pub error_spans: i64,
    /// Its newest log or span.
    pub last_seen: DateTime<Utc>,
}

/// Records that were refused within one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "hour": "2026-11-20T09:00:00Z", "signal": "logs", "reason": "too_deep", "count": 7
})))]
pub struct DroppedRecords {
    /// The start of the hour.
    pub hour: DateTime<Utc>,
    /// What kind of telemetry.
    pub signal: TelemetrySignal,
    /// Why.
    pub reason: RefusalReason,
    /// How many.
    pub count: i64,
}
