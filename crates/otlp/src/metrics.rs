//! OTLP metrics.

mod point;

use devos_contracts::telemetry::{
    InstrumentationScope, Metric, MetricKind, RefusalReason, TelemetryBatch, TelemetrySignal, Temporality,
};
use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    metrics::v1::{AggregationTemporality, Metric as ProtoMetric, ResourceMetrics, metric::Data},
};

use self::point::Point;
use crate::{
    Encoding,
    batch::{BatchBuilder, scope},
    error::DecodeError,
    export::{self, Export},
    json,
    value::clean,
};

/// Decodes an OTLP `ExportMetricsServiceRequest`.
pub fn decode_metrics(body: &[u8], encoding: Encoding) -> Result<TelemetryBatch, DecodeError> {
    export::read::<ExportMetricsServiceRequest>(body, encoding)
}

/// Turns a decoded `ExportMetricsServiceRequest` into a batch; points that cannot be taken are counted in `refused`,
/// and so is a metric without data, as one.
pub fn metrics_from_proto(request: ExportMetricsServiceRequest) -> TelemetryBatch {
    let mut builder = BatchBuilder::new(TelemetrySignal::Metrics);
    for group in request.resource_metrics {
        take_group(&mut builder, group);
    }
    builder.batch
}

impl Export for ExportMetricsServiceRequest {
    type Json = json::ExportMetrics;
    const SIGNAL: TelemetrySignal = TelemetrySignal::Metrics;

    fn records(&self) -> usize {
        self.resource_metrics.iter().map(points).sum()
    }

    fn batch(self) -> TelemetryBatch {
        metrics_from_proto(self)
    }
}

fn points(group: &ResourceMetrics) -> usize {
    group.scope_metrics.iter().flat_map(|scope| &scope.metrics).map(|metric| count(metric.data.as_ref())).sum()
}

fn count(data: Option<&Data>) -> usize {
    match data {
        None => 1,
        Some(Data::Gauge(gauge)) => gauge.data_points.len(),
        Some(Data::Sum(sum)) => sum.data_points.len(),
        Some(Data::Histogram(histogram)) => histogram.data_points.len(),
        Some(Data::ExponentialHistogram(histogram)) => histogram.data_points.len(),
        Some(Data::Summary(summary)) => summary.data_points.len(),
    }
}

fn take_group(builder: &mut BatchBuilder, group: ResourceMetrics) {
    let points = points(&group);
    if points == 0 {
        return;
    }
    let resource = match builder.resource(group.resource) {
        Ok(resource) => resource,
        Err(reason) => return builder.refuse(reason, points),
    };
    for scope_metrics in group.scope_metrics {
        let scope = scope(scope_metrics.scope);
        for proto in scope_metrics.metrics {
            take_metric(builder, proto, resource, &scope);
        }
    }
}

fn take_metric(builder: &mut BatchBuilder, proto: ProtoMetric, resource: usize, scope: &InstrumentationScope) {
    let points = count(proto.data.as_ref());
    let name = clean(proto.name);
    let Some(data) = proto.data.filter(|_| !name.is_empty()) else {
        return builder.refuse(RefusalReason::InvalidPoint, points);
    };
    let (kind, temporality, monotonic) = nature(&data);
    let metric = Metric {
        resource,
        scope: scope.clone(),
        name,
        description: clean(proto.description),
        unit: clean(proto.unit),
        kind,
        temporality,
        monotonic,
    };
    match data {
        Data::Gauge(gauge) => take_points(builder, metric, gauge.data_points),
        Data::Sum(sum) => take_points(builder, metric, sum.data_points),
        Data::Histogram(histogram) => take_points(builder, metric, histogram.data_points),
        Data::ExponentialHistogram(histogram) => take_points(builder, metric, histogram.data_points),
        Data::Summary(summary) => take_points(builder, metric, summary.data_points),
    }
}

/// Kind, temporality, and whether it never decreases.
fn nature(data: &Data) -> (MetricKind, Temporality, bool) {
    match data {
        Data::Gauge(_) => (MetricKind::Gauge, Temporality::Unspecified, false),
        Data::Sum(sum) => (MetricKind::Sum, temporality(sum.aggregation_temporality), sum.is_monotonic),
        Data::Histogram(histogram) => (MetricKind::Histogram, temporality(histogram.aggregation_temporality), false),
        Data::ExponentialHistogram(histogram) => {
            (MetricKind::ExponentialHistogram, temporality(histogram.aggregation_temporality), false)
        }
        Data::Summary(_) => (MetricKind::Summary, Temporality::Unspecified, false),
    }
}

fn temporality(number: i32) -> Temporality {
    match AggregationTemporality::try_from(number) {
        Ok(AggregationTemporality::Delta) => Temporality::Delta,
        Ok(AggregationTemporality::Cumulative) => Temporality::Cumulative,
        Ok(AggregationTemporality::Unspecified) | Err(_) => Temporality::Unspecified,
    }
}

/// A metric of which no point is taken is not kept either.
fn take_points<P: Into<Point>>(builder: &mut BatchBuilder, metric: Metric, points: Vec<P>) {
    let before = builder.batch.points.len();
    for proto in points {
        match proto.into().taken(builder.batch.metrics.len()) {
            Ok(point) => builder.batch.points.push(point),
            Err(reason) => builder.refuse(reason, 1),
        }
    }
    if builder.batch.points.len() > before {
        builder.batch.metrics.push(metric);
    }
}
