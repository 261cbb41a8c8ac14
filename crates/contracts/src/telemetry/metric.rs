//! Metrics: what was measured, and its data points.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Attributes, InstrumentationScope};

/// What its points have in common: one OTLP metric of one scope of one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Index into the batch's resources.
    pub resource: usize,
    /// Which library measured it.
    pub scope: InstrumentationScope,
    /// Its name, never empty.
    pub name: String,
    /// What it measures, possibly empty.
    pub description: String,
    /// The unit of its values (UCUM), possibly empty.
    pub unit: String,
    /// What its points are.
    pub kind: MetricKind,
    /// How its points relate in time; `Unspecified` for gauges and summaries.
    pub temporality: Temporality,
    /// True when it never decreases, but for restarts (sums only).
    pub monotonic: bool,
}

/// The kind of a metric's points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    /// The last value.
    Gauge,
    /// A sum of values.
    Sum,
    /// Counts of values by explicit bounds.
    Histogram,
    /// Counts of values by bounds that grow exponentially.
    ExponentialHistogram,
    /// Quantiles that the sender computed.
    Summary,
}

/// How the points of a sum or a histogram relate in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Temporality {
    /// Not said, or it does not apply.
    #[default]
    Unspecified,
    /// Each point tells what happened since the one before.
    Delta,
    /// Each point tells what happened since the start.
    Cumulative,
}

/// One data point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricPoint {
    /// Index into the batch's metrics.
    pub metric: usize,
    /// Attributes that tell it from other points of the metric.
    pub attributes: Attributes,
    /// Since when a delta or a cumulative value counts.
    pub start: Option<DateTime<Utc>>,
    /// When it was measured; `None` when the sender gave no time.
    pub timestamp: Option<DateTime<Utc>>,
    /// What was measured; `None` when the sender says that nothing was recorded.
    pub value: Option<PointValue>,
    /// Examples of single measurements.
    pub exemplars: Vec<Exemplar>,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PointValue {
    /// Of a gauge or a sum. An integer beyond 2^53 becomes the nearest double.
    Number {
        /// The value.
        value: f64,
    },
    /// Of a histogram.
    Histogram(Histogram),
    /// Of an exponential histogram.
    ExponentialHistogram(ExponentialHistogram),
    /// Of a summary.
    Summary(Summary),
}

/// Values counted by explicit bounds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// How many values.
    pub count: u64,
    /// Their sum, when known.
    pub sum: Option<f64>,
    /// The least value, when known.
    pub min: Option<f64>,
    /// The greatest value, when known.
    pub max: Option<f64>,
    /// Upper bounds (inclusive) of all buckets but the last, strictly increasing.
    pub bounds: Vec<f64>,
    /// Counts: one more than there are bounds, or none when only the totals are known.
    pub buckets: Vec<u64>,
}

/// Values counted by bounds that are powers of 2^(2^-scale).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExponentialHistogram {
    /// How many values.
    pub count: u64,
    /// Their sum, when known.
    pub sum: Option<f64>,
    /// The least value, when known.
    pub min: Option<f64>,
    /// The greatest value, when known.
    pub max: Option<f64>,
    /// The resolution: a bucket's bounds differ by the factor 2^(2^-scale).
    pub scale: i32,
    /// Values of at most `zero_threshold` in size.
    pub zero_count: u64,
    /// The greatest size that counts as zero.
    pub zero_threshold: f64,
    /// Positive values.
    pub positive: ExponentialBuckets,
    /// Negative values, by their size.
    pub negative: ExponentialBuckets,
}

/// Adjacent buckets of an exponential histogram.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExponentialBuckets {
    /// The index of the first bucket; bucket `i` holds values in `(base^i, base^(i+1)]`.
    pub offset: i32,
    /// Counts, from the first bucket on.
    pub counts: Vec<u64>,
}

/// Quantiles that the sender computed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How many values.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// Quantile (0 to 1) and value, in the sender's order.
    pub quantiles: Vec<(f64, f64)>,
}

/// A single measurement that went into a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exemplar {
    /// When.
    pub timestamp: Option<DateTime<Utc>>,
    /// The value.
    pub value: f64,
    /// Attributes that the point left out.
    pub attributes: Attributes,
    /// 16 bytes, when it was measured within a trace.
    pub trace_id: Option<[u8; 16]>,
    /// 8 bytes, when it was measured within a span.
    pub span_id: Option<[u8; 8]>,
}
