//! The messages of a metrics export, down to a metric's data.

use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    metrics::v1::{
        AggregationTemporality, ExponentialHistogram as ProtoExponential, Gauge as ProtoGauge,
        Histogram as ProtoHistogram, Metric as ProtoMetric, ResourceMetrics as ProtoGroup,
        ScopeMetrics as ProtoScopeMetrics, Sum as ProtoSum, Summary as ProtoSummary, metric::Data,
    },
};
use serde::Deserialize;

use super::{
    message::{Message, Messages, optional, repeated},
    points::{ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint, SummaryDataPoint},
    scalar::Code,
    source::{InstrumentationScope, Resource},
};

/// `ExportMetricsServiceRequest`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ExportMetrics {
    #[serde(alias = "resource_metrics")]
    resource_metrics: Messages<ResourceMetrics>,
}

impl From<ExportMetrics> for ExportMetricsServiceRequest {
    fn from(export: ExportMetrics) -> Self {
        Self { resource_metrics: repeated(export.resource_metrics) }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceMetrics {
    resource: Option<Message<Resource>>,
    #[serde(alias = "scope_metrics")]
    scope_metrics: Messages<ScopeMetrics>,
}

impl From<ResourceMetrics> for ProtoGroup {
    fn from(group: ResourceMetrics) -> Self {
        Self { resource: optional(group.resource), scope_metrics: repeated(group.scope_metrics), ..Self::default() }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScopeMetrics {
    scope: Option<Message<InstrumentationScope>>,
    metrics: Messages<Metric>,
}

impl From<ScopeMetrics> for ProtoScopeMetrics {
    fn from(metrics: ScopeMetrics) -> Self {
        Self { scope: optional(metrics.scope), metrics: repeated(metrics.metrics), ..Self::default() }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metric {
    name: Option<String>,
    description: Option<String>,
    unit: Option<String>,
    gauge: Option<Message<Measured<NumberDataPoint>>>,
    sum: Option<Message<Measured<NumberDataPoint>>>,
    histogram: Option<Message<Measured<HistogramDataPoint>>>,
    #[serde(alias = "exponential_histogram")]
    exponential_histogram: Option<Message<Measured<ExponentialHistogramDataPoint>>>,
    summary: Option<Message<Measured<SummaryDataPoint>>>,
}

impl From<Metric> for ProtoMetric {
    fn from(metric: Metric) -> Self {
        let data = optional(metric.gauge)
            .map(Data::Gauge)
            .or_else(|| optional(metric.sum).map(Data::Sum))
            .or_else(|| optional(metric.histogram).map(Data::Histogram))
            .or_else(|| optional(metric.exponential_histogram).map(Data::ExponentialHistogram))
            .or_else(|| optional(metric.summary).map(Data::Summary));
        Self {
            name: metric.name.unwrap_or_default(),
            description: metric.description.unwrap_or_default(),
            unit: metric.unit.unwrap_or_default(),
            data,
            ..Self::default()
        }
    }
}

/// The data of a metric; each kind takes of it what it has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Measured<P> {
    #[serde(alias = "data_points")]
    data_points: Messages<P>,
    #[serde(alias = "aggregation_temporality")]
    aggregation_temporality: Option<Code>,
    #[serde(alias = "is_monotonic")]
    is_monotonic: Option<bool>,
}

impl<P> Default for Measured<P> {
    fn default() -> Self {
        Self { data_points: None, aggregation_temporality: None, is_monotonic: None }
    }
}

fn temporality(code: Option<Code>) -> i32 {
    code.map_or(0, |code| code.number(AggregationTemporality::from_str_name))
}

impl From<Measured<NumberDataPoint>> for ProtoGauge {
    fn from(points: Measured<NumberDataPoint>) -> Self {
        Self { data_points: repeated(points.data_points) }
    }
}

impl From<Measured<NumberDataPoint>> for ProtoSum {
    fn from(points: Measured<NumberDataPoint>) -> Self {
        Self {
            data_points: repeated(points.data_points),
            aggregation_temporality: temporality(points.aggregation_temporality),
            is_monotonic: points.is_monotonic.unwrap_or_default(),
        }
    }
}

impl From<Measured<HistogramDataPoint>> for ProtoHistogram {
    fn from(points: Measured<HistogramDataPoint>) -> Self {
        Self {
            data_points: repeated(points.data_points),
            aggregation_temporality: temporality(points.aggregation_temporality),
        }
    }
}

impl From<Measured<ExponentialHistogramDataPoint>> for ProtoExponential {
    fn from(points: Measured<ExponentialHistogramDataPoint>) -> Self {
        Self {
            data_points: repeated(points.data_points),
            aggregation_temporality: temporality(points.aggregation_temporality),
        }
    }
}

impl From<Measured<SummaryDataPoint>> for ProtoSummary {
    fn from(points: Measured<SummaryDataPoint>) -> Self {
        Self { data_points: repeated(points.data_points) }
    }
}
