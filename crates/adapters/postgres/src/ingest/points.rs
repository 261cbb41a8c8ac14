//! Metric points as rows; the columns stand in the order of the COPY statement.

use devos_contracts::telemetry::{Exemplar, ExponentialBuckets, MetricPoint, PointValue};
use serde_json::{Value, json};
use uuid::Uuid;

use super::binary::Rows;
use super::rows::Origin;
use crate::text::hex;

pub(super) const COPY_POINTS: &str = "COPY metric_points (tenant_id, ts, series_id, start_ts, value, count, sum,
    distribution, exemplars, batch_id) FROM STDIN (FORMAT binary)";

/// What a point's value becomes.
#[derive(Default)]
struct Columns {
    value: Option<f64>,
    count: Option<i64>,
    sum: Option<f64>,
    distribution: Option<Value>,
}

pub(super) fn points(origin: &mut Origin<'_>, points: &[MetricPoint], series: &[Uuid]) -> Rows {
    let mut rows = Rows::default();
    for (point, series) in points.iter().zip(series) {
        let columns = point.value.as_ref().map(columns).unwrap_or_default();
        let exemplars = (!point.exemplars.is_empty()).then(|| point.exemplars.iter().map(exemplar).collect::<Value>());
        rows.row(10, |row| {
            row.bigint(origin.tenant.0).timestamp(origin.time(point.timestamp)).uuid(*series);
            match point.start {
                Some(start) => row.timestamp(start),
                None => row.null(),
            };
            row.double_or_null(columns.value)
                .bigint_or_null(columns.count)
                .double_or_null(columns.sum)
                .json_or_null(columns.distribution.as_ref())
                .json_or_null(exemplars.as_ref())
                .uuid(origin.batch.id);
        });
    }
    rows
}

/// Numbers that JSON can not say (NaN and the infinities) become null within a distribution.
fn columns(value: &PointValue) -> Columns {
    match value {
        PointValue::Number { value } => Columns { value: Some(*value), ..Columns::default() },
        PointValue::Histogram(histogram) => Columns {
            count: Some(count(histogram.count)),
            sum: histogram.sum,
            distribution: Some(json!({
                "min": histogram.min,
                "max": histogram.max,
                "bounds": histogram.bounds,
                "buckets": histogram.buckets,
            })),
            value: None,
        },
        PointValue::ExponentialHistogram(histogram) => Columns {
            count: Some(count(histogram.count)),
            sum: histogram.sum,
            distribution: Some(json!({
                "min": histogram.min,
                "max": histogram.max,
                "scale": histogram.scale,
                "zero_count": histogram.zero_count,
                "zero_threshold": histogram.zero_threshold,
                "positive": buckets(&histogram.positive),
                "negative": buckets(&histogram.negative),
            })),
            value: None,
        },
        PointValue::Summary(summary) => Columns {
            count: Some(count(summary.count)),
            sum: Some(summary.sum),
            distribution: Some(json!({ "quantiles": summary.quantiles })),
            value: None,
        },
    }
}

fn buckets(buckets: &ExponentialBuckets) -> Value {
    json!({ "offset": buckets.offset, "counts": buckets.counts })
}

fn exemplar(exemplar: &Exemplar) -> Value {
    json!({
        "timestamp": exemplar.timestamp,
        "value": exemplar.value,
        "attributes": exemplar.attributes,
        "trace_id": exemplar.trace_id.as_ref().map(|id| hex(id)),
        "span_id": exemplar.span_id.as_ref().map(|id| hex(id)),
    })
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
