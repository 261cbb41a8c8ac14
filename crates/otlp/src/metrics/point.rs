//! Data points: what the kinds have in common, and what each measures.

use devos_contracts::telemetry::{
    Exemplar, ExponentialBuckets, ExponentialHistogram, Histogram, MetricPoint, PointValue, RefusalReason, Summary,
};
use opentelemetry_proto::tonic::{
    common::v1::KeyValue,
    metrics::v1::{
        DataPointFlags, Exemplar as ProtoExemplar, ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint,
        SummaryDataPoint, exemplar, exponential_histogram_data_point::Buckets, number_data_point,
    },
};

use crate::{identifier, instant, value::attributes};

/// A data point of any kind.
pub(super) struct Point {
    attributes: Vec<KeyValue>,
    start_time_unix_nano: u64,
    time_unix_nano: u64,
    flags: u32,
    exemplars: Vec<ProtoExemplar>,
    /// `None` when it lacks a value, or its parts contradict each other.
    value: Option<PointValue>,
}

impl Point {
    /// The point of the batch's metric at this place.
    pub(super) fn taken(self, metric: usize) -> Result<MetricPoint, RefusalReason> {
        let value = if self.flags & DataPointFlags::NoRecordedValueMask as u32 == 0 {
            Some(self.value.ok_or(RefusalReason::InvalidPoint)?)
        } else {
            None
        };
        let exemplars = self.exemplars.into_iter().filter_map(|proto| example(proto).transpose());
        Ok(MetricPoint {
            metric,
            attributes: attributes(self.attributes)?,
            start: instant::at(self.start_time_unix_nano),
            timestamp: instant::at(self.time_unix_nano),
            value,
            exemplars: exemplars.collect::<Result<_, _>>()?,
        })
    }
}

impl From<NumberDataPoint> for Point {
    fn from(proto: NumberDataPoint) -> Self {
        let value = proto.value.map(|value| match value {
            number_data_point::Value::AsDouble(value) => value,
            number_data_point::Value::AsInt(value) => nearest(value),
        });
        Self {
            attributes: proto.attributes,
            start_time_unix_nano: proto.start_time_unix_nano,
            time_unix_nano: proto.time_unix_nano,
            flags: proto.flags,
            exemplars: proto.exemplars,
            value: value.map(|value| PointValue::Number { value }),
        }
    }
}

impl From<HistogramDataPoint> for Point {
    fn from(proto: HistogramDataPoint) -> Self {
        let fit = fit(&proto.explicit_bounds, &proto.bucket_counts);
        let histogram = Histogram {
            count: proto.count,
            sum: proto.sum,
            min: proto.min,
            max: proto.max,
            bounds: proto.explicit_bounds,
            buckets: proto.bucket_counts,
        };
        Self {
            attributes: proto.attributes,
            start_time_unix_nano: proto.start_time_unix_nano,
            time_unix_nano: proto.time_unix_nano,
            flags: proto.flags,
            exemplars: proto.exemplars,
            value: fit.then_some(PointValue::Histogram(histogram)),
        }
    }
}

impl From<ExponentialHistogramDataPoint> for Point {
    fn from(proto: ExponentialHistogramDataPoint) -> Self {
        let histogram = ExponentialHistogram {
            count: proto.count,
            sum: proto.sum,
            min: proto.min,
            max: proto.max,
            scale: proto.scale,
            zero_count: proto.zero_count,
            zero_threshold: proto.zero_threshold,
            positive: buckets(proto.positive),
            negative: buckets(proto.negative),
        };
        Self {
            attributes: proto.attributes,
            start_time_unix_nano: proto.start_time_unix_nano,
            time_unix_nano: proto.time_unix_nano,
            flags: proto.flags,
            exemplars: proto.exemplars,
            value: Some(PointValue::ExponentialHistogram(histogram)),
        }
    }
}

impl From<SummaryDataPoint> for Point {
    fn from(proto: SummaryDataPoint) -> Self {
        let quantiles: Vec<_> = proto.quantile_values.iter().map(|pair| (pair.quantile, pair.value)).collect();
        let fit = quantiles.iter().all(|(quantile, _)| (0.0..=1.0).contains(quantile));
        let summary = Summary { count: proto.count, sum: proto.sum, quantiles };
        Self {
            attributes: proto.attributes,
            start_time_unix_nano: proto.start_time_unix_nano,
            time_unix_nano: proto.time_unix_nano,
            flags: proto.flags,
            exemplars: Vec::new(),
            value: fit.then_some(PointValue::Summary(summary)),
        }
    }
}

/// Whether bounds increase, the infinite one being implied, and there is one bucket more than bounds, or none of both.
fn fit(bounds: &[f64], buckets: &[u64]) -> bool {
    let counted = buckets.len() == bounds.len() + 1 || (buckets.is_empty() && bounds.is_empty());
    counted && bounds.iter().all(|bound| bound.is_finite()) && bounds.is_sorted_by(|lower, upper| lower < upper)
}

fn buckets(proto: Option<Buckets>) -> ExponentialBuckets {
    let proto = proto.unwrap_or_default();
    ExponentialBuckets { offset: proto.offset, counts: proto.bucket_counts }
}

/// `None` when the example has no value: it shows nothing, and the point is worth keeping without it.
fn example(proto: ProtoExemplar) -> Result<Option<Exemplar>, RefusalReason> {
    let value = match proto.value {
        Some(exemplar::Value::AsDouble(value)) => value,
        Some(exemplar::Value::AsInt(value)) => nearest(value),
        None => return Ok(None),
    };
    // A span id means nothing without its trace.
    let trace_id = identifier::valid(&proto.trace_id);
    let span_id = trace_id.and_then(|_| identifier::valid(&proto.span_id));
    let timestamp = instant::at(proto.time_unix_nano);
    Ok(Some(Exemplar { timestamp, value, attributes: attributes(proto.filtered_attributes)?, trace_id, span_id }))
}

#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 the nearest double is what the contract asks for")]
fn nearest(value: i64) -> f64 {
    value as f64
}
