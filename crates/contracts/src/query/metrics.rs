//! Metrics as they are read.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::telemetry::{Attributes, MetricKind, PointValue, Temporality};

/// A metric with what can be asked of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "name": "http.server.request.duration", "description": "Duration of requests", "unit": "s", "kind": "histogram",
    "services": ["shop"], "labels": ["http.request.method", "http.route"], "series": 12
})))]
pub struct MetricInfo {
    /// Its name.
    pub name: String,
    /// What it measures, possibly empty.
    pub description: String,
    /// The unit of its values (UCUM), possibly empty.
    pub unit: String,
    /// What its points are. A name that is sent as two kinds is listed twice.
    pub kind: MetricKind,
    /// Services that sent it, by name.
    pub services: Vec<String>,
    /// Keys of its series' attributes, in order.
    pub labels: Vec<String>,
    /// Its series.
    pub series: i64,
}

/// What becomes of a metric's points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MetricOp {
    /// Growth a second: of a counter, or of a distribution's count.
    Rate,
    /// The sum over series: growth within the step for counters and distributions, else the mean of the step.
    Sum,
    /// The mean of the values.
    Avg,
    /// The least value.
    Min,
    /// The greatest value.
    Max,
    /// A quantile of a distribution's values.
    Quantile,
}

/// The values of one combination of labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricSeries {
    /// The labels that were asked for, and their values; a label that the series lack is absent.
    pub labels: BTreeMap<String, String>,
    /// Oldest first; a step without data has none.
    pub values: Vec<MetricValue>,
}

/// A value of one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricValue {
    /// Where the step begins.
    pub at: DateTime<Utc>,
    /// The value.
    pub value: f64,
}

/// The answer to a query of one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "name": "http.server.request.duration", "unit": "s", "op": "quantile",
    "from": "2026-11-20T09:00:00Z", "to": "2026-11-20T10:00:00Z", "step_seconds": 60,
    "series": [{ "labels": { "http.route": "/pay" }, "values": [{ "at": "2026-11-20T09:00:00Z", "value": 0.182 }] }]
})))]
pub struct MetricAnswer {
    /// The metric.
    pub name: String,
    /// The unit of the values here, possibly empty.
    pub unit: String,
    /// What was done.
    pub op: MetricOp,
    /// The first moment of the first step.
    pub from: DateTime<Utc>,
    /// The moment after the last step.
    pub to: DateTime<Utc>,
    /// The length of a step in seconds.
    pub step_seconds: u32,
    /// One for each combination of the labels, in their order.
    pub series: Vec<MetricSeries>,
}

/// A stored series: what its points have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesInfo {
    /// Its id.
    pub id: Uuid,
    /// `service.name` of its resource.
    pub service: Option<String>,
    /// The unit of its values, possibly empty.
    pub unit: String,
    /// What its points are.
    pub kind: MetricKind,
    /// How they relate in time.
    pub temporality: Temporality,
    /// True when it never decreases, but for restarts.
    pub monotonic: bool,
    /// Attributes of the points.
    pub attributes: Attributes,
    /// Attributes of what sent them.
    pub resource: Attributes,
}

/// The numbers of a series within one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeriesStep {
    /// Which series.
    pub series: Uuid,
    /// Where the step begins.
    pub at: DateTime<Utc>,
    /// Points.
    pub count: i64,
    /// Their sum.
    pub sum: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

/// A stored point.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricPointAt {
    /// Which series.
    pub series: Uuid,
    /// Since when it counts.
    pub start: Option<DateTime<Utc>>,
    /// When it was measured.
    pub at: DateTime<Utc>,
    /// What was measured.
    pub value: PointValue,
}
