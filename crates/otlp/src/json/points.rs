//! The data points of a metrics export.

use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar as ProtoExemplar, ExponentialHistogramDataPoint as ProtoExponential, HistogramDataPoint as ProtoHistogram,
    NumberDataPoint as ProtoNumber, SummaryDataPoint as ProtoSummary, exemplar,
    exponential_histogram_data_point::Buckets as ProtoBuckets, number_data_point,
    summary_data_point::ValueAtQuantile as ProtoQuantile,
};
use serde::Deserialize;

use super::{
    any::KeyValue,
    message::{Message, Messages, optional, repeated},
    scalar::{Double, Narrow, Signed, Unsigned, id},
};

fn unsigned(number: Option<Unsigned>) -> u64 {
    number.map_or(0, |number| number.0)
}

fn narrow<T: Default>(number: Option<Narrow<T>>) -> T {
    number.map(|number| number.0).unwrap_or_default()
}

fn double(number: Option<Double>) -> Option<f64> {
    number.map(|number| number.0)
}

fn unsigned_list(numbers: Option<Vec<Unsigned>>) -> Vec<u64> {
    numbers.unwrap_or_default().into_iter().map(|number| number.0).collect()
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct NumberDataPoint {
    attributes: Messages<KeyValue>,
    #[serde(alias = "start_time_unix_nano")]
    start_time_unix_nano: Option<Unsigned>,
    #[serde(alias = "time_unix_nano")]
    time_unix_nano: Option<Unsigned>,
    #[serde(alias = "as_double")]
    as_double: Option<Double>,
    #[serde(alias = "as_int")]
    as_int: Option<Signed>,
    exemplars: Messages<Exemplar>,
    flags: Option<Narrow<u32>>,
}

impl From<NumberDataPoint> for ProtoNumber {
    fn from(point: NumberDataPoint) -> Self {
        let value = double(point.as_double).map(number_data_point::Value::AsDouble);
        Self {
            attributes: repeated(point.attributes),
            start_time_unix_nano: unsigned(point.start_time_unix_nano),
            time_unix_nano: unsigned(point.time_unix_nano),
            exemplars: repeated(point.exemplars),
            flags: narrow(point.flags),
            value: value.or_else(|| point.as_int.map(|number| number_data_point::Value::AsInt(number.0))),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct HistogramDataPoint {
    attributes: Messages<KeyValue>,
    #[serde(alias = "start_time_unix_nano")]
    start_time_unix_nano: Option<Unsigned>,
    #[serde(alias = "time_unix_nano")]
    time_unix_nano: Option<Unsigned>,
    count: Option<Unsigned>,
    sum: Option<Double>,
    #[serde(alias = "bucket_counts")]
    bucket_counts: Option<Vec<Unsigned>>,
    #[serde(alias = "explicit_bounds")]
    explicit_bounds: Option<Vec<Double>>,
    exemplars: Messages<Exemplar>,
    flags: Option<Narrow<u32>>,
    min: Option<Double>,
    max: Option<Double>,
}

impl From<HistogramDataPoint> for ProtoHistogram {
    fn from(point: HistogramDataPoint) -> Self {
        Self {
            attributes: repeated(point.attributes),
            start_time_unix_nano: unsigned(point.start_time_unix_nano),
            time_unix_nano: unsigned(point.time_unix_nano),
            count: unsigned(point.count),
            sum: double(point.sum),
            bucket_counts: unsigned_list(point.bucket_counts),
            explicit_bounds: point.explicit_bounds.unwrap_or_default().into_iter().map(|bound| bound.0).collect(),
            exemplars: repeated(point.exemplars),
            flags: narrow(point.flags),
            min: double(point.min),
            max: double(point.max),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ExponentialHistogramDataPoint {
    attributes: Messages<KeyValue>,
    #[serde(alias = "start_time_unix_nano")]
    start_time_unix_nano: Option<Unsigned>,
    #[serde(alias = "time_unix_nano")]
    time_unix_nano: Option<Unsigned>,
    count: Option<Unsigned>,
    sum: Option<Double>,
    scale: Option<Narrow<i32>>,
    #[serde(alias = "zero_count")]
    zero_count: Option<Unsigned>,
    positive: Option<Message<Buckets>>,
    negative: Option<Message<Buckets>>,
    flags: Option<Narrow<u32>>,
    exemplars: Messages<Exemplar>,
    min: Option<Double>,
    max: Option<Double>,
    #[serde(alias = "zero_threshold")]
    zero_threshold: Option<Double>,
}

impl From<ExponentialHistogramDataPoint> for ProtoExponential {
    fn from(point: ExponentialHistogramDataPoint) -> Self {
        Self {
            attributes: repeated(point.attributes),
            start_time_unix_nano: unsigned(point.start_time_unix_nano),
            time_unix_nano: unsigned(point.time_unix_nano),
            count: unsigned(point.count),
            sum: double(point.sum),
            scale: narrow(point.scale),
            zero_count: unsigned(point.zero_count),
            positive: optional(point.positive),
            negative: optional(point.negative),
            flags: narrow(point.flags),
            exemplars: repeated(point.exemplars),
            min: double(point.min),
            max: double(point.max),
            zero_threshold: double(point.zero_threshold).unwrap_or_default(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Buckets {
    offset: Option<Narrow<i32>>,
    #[serde(alias = "bucket_counts")]
    bucket_counts: Option<Vec<Unsigned>>,
}

impl From<Buckets> for ProtoBuckets {
    fn from(buckets: Buckets) -> Self {
        Self { offset: narrow(buckets.offset), bucket_counts: unsigned_list(buckets.bucket_counts) }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SummaryDataPoint {
    attributes: Messages<KeyValue>,
    #[serde(alias = "start_time_unix_nano")]
    start_time_unix_nano: Option<Unsigned>,
    #[serde(alias = "time_unix_nano")]
    time_unix_nano: Option<Unsigned>,
    count: Option<Unsigned>,
    sum: Option<Double>,
    #[serde(alias = "quantile_values")]
    quantile_values: Messages<ValueAtQuantile>,
    flags: Option<Narrow<u32>>,
}

impl From<SummaryDataPoint> for ProtoSummary {
    fn from(point: SummaryDataPoint) -> Self {
        Self {
            attributes: repeated(point.attributes),
            start_time_unix_nano: unsigned(point.start_time_unix_nano),
            time_unix_nano: unsigned(point.time_unix_nano),
            count: unsigned(point.count),
            sum: double(point.sum).unwrap_or_default(),
            quantile_values: repeated(point.quantile_values),
            flags: narrow(point.flags),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ValueAtQuantile {
    quantile: Option<Double>,
    value: Option<Double>,
}

impl From<ValueAtQuantile> for ProtoQuantile {
    fn from(pair: ValueAtQuantile) -> Self {
        Self { quantile: double(pair.quantile).unwrap_or_default(), value: double(pair.value).unwrap_or_default() }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Exemplar {
    #[serde(alias = "filtered_attributes")]
    filtered_attributes: Messages<KeyValue>,
    #[serde(alias = "time_unix_nano")]
    time_unix_nano: Option<Unsigned>,
    #[serde(alias = "as_double")]
    as_double: Option<Double>,
    #[serde(alias = "as_int")]
    as_int: Option<Signed>,
    #[serde(alias = "span_id")]
    span_id: Option<String>,
    #[serde(alias = "trace_id")]
    trace_id: Option<String>,
}

impl From<Exemplar> for ProtoExemplar {
    fn from(example: Exemplar) -> Self {
        let value = double(example.as_double).map(exemplar::Value::AsDouble);
        Self {
            filtered_attributes: repeated(example.filtered_attributes),
            time_unix_nano: unsigned(example.time_unix_nano),
            span_id: id(example.span_id),
            trace_id: id(example.trace_id),
            value: value.or_else(|| example.as_int.map(|number| exemplar::Value::AsInt(number.0))),
        }
    }
}
