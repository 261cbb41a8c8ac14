use devos_contracts::telemetry::{
    MetricKind, MetricPoint, PointValue, Refusal, RefusalReason, TelemetryBatch, TelemetrySignal, Temporality,
};
use devos_otlp::{Encoding, decode_metrics, metrics_from_proto};
use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    common::v1::KeyValue,
    metrics::v1::{
        Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric,
        NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, exemplar, metric::Data,
        number_data_point::Value, summary_data_point::ValueAtQuantile,
    },
    resource::v1::Resource,
};
use prost::Message;
use serde_json::{Value as Json, json};

use crate::{SPAN_ID, TRACE_ID, corpus};

fn request(metrics: Vec<Metric>) -> ExportMetricsServiceRequest {
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }],
    }
}

fn metric(data: Data) -> Metric {
    Metric { name: "m".to_owned(), data: Some(data), ..Metric::default() }
}

fn gauge(data_points: Vec<NumberDataPoint>) -> Metric {
    metric(Data::Gauge(Gauge { data_points }))
}

fn number(value: Value) -> NumberDataPoint {
    NumberDataPoint { value: Some(value), ..NumberDataPoint::default() }
}

fn histogram(data_points: Vec<HistogramDataPoint>) -> Metric {
    metric(Data::Histogram(Histogram { data_points, aggregation_temporality: 2 }))
}

fn buckets(bounds: &[f64], counts: &[u64]) -> HistogramDataPoint {
    HistogramDataPoint {
        explicit_bounds: bounds.to_vec(),
        bucket_counts: counts.to_vec(),
        ..HistogramDataPoint::default()
    }
}

fn refused(batch: &TelemetryBatch, reason: RefusalReason) -> u64 {
    assert!(batch.refused.iter().all(|refusal| refusal.signal == TelemetrySignal::Metrics));
    batch.refused.iter().find(|refusal| refusal.reason == reason).map_or(0, |refusal| refusal.count)
}

fn value(point: &MetricPoint) -> Json {
    serde_json::to_value(&point.value).unwrap()
}

#[test]
fn original_names_enum_names_nulls_and_unknown_fields_are_accepted() {
    let batch = decode_metrics(&corpus("otlp/metrics-original-names.json"), Encoding::Json).unwrap();
    assert!(batch.refused.is_empty(), "{:?}", batch.refused);
    let natures: Vec<_> = batch
        .metrics
        .iter()
        .map(|metric| (metric.name.as_str(), metric.kind, metric.temporality, metric.monotonic))
        .collect();
    let expected = [
        ("orders", MetricKind::Sum, Temporality::Cumulative, true),
        ("latency", MetricKind::ExponentialHistogram, Temporality::Delta, false),
        ("payload", MetricKind::Histogram, Temporality::Unspecified, false),
        ("gc", MetricKind::Summary, Temporality::Unspecified, false),
        ("temperature", MetricKind::Gauge, Temporality::Unspecified, false),
    ];
    assert_eq!(natures, expected);
    assert_eq!((batch.metrics[0].unit.as_str(), batch.metrics[3].description.as_str()), ("{order}", "pauses"));
    assert_eq!(batch.points.iter().map(|point| point.metric).collect::<Vec<_>>(), [0, 0, 1, 2, 2, 3, 4]);

    let orders = json!({
        "metric": 0,
        "attributes": {},
        "start": "2018-12-13T14:51:00Z",
        "timestamp": "2018-12-13T14:51:00.300Z",
        "value": { "kind": "number", "value": 9_007_199_254_740_992.0 },
        "exemplars": [
            {
                "timestamp": "2018-12-13T14:51:00.200Z", "value": 1.0, "attributes": { "user": 7 },
                "trace_id": TRACE_ID, "span_id": SPAN_ID,
            },
            { "timestamp": null, "value": 0.5, "attributes": {}, "trace_id": null, "span_id": null },
        ],
    });
    assert_eq!(serde_json::to_value(&batch.points[0]).unwrap(), orders);
    assert_eq!(batch.points[1].value, None);
    let Some(PointValue::ExponentialHistogram(latency)) = &batch.points[2].value else { panic!("{batch:?}") };
    assert_eq!((latency.count, latency.sum, latency.scale), (6, Some(1.5), -3));
    assert_eq!((latency.min, latency.max), (Some(f64::NEG_INFINITY), Some(4.0)));
    assert_eq!((latency.zero_count, latency.zero_threshold), (1, 1e-9));
    assert_eq!((latency.positive.offset, latency.positive.counts.as_slice()), (-2, [1, 2].as_slice()));
    assert_eq!((latency.negative.offset, latency.negative.counts.as_slice()), (0, [2].as_slice()));
    let payload = json!({
        "kind": "histogram", "count": 3, "sum": null, "min": null, "max": null,
        "bounds": [0.0, 10.5], "buckets": [1, 2, 0],
    });
    assert_eq!(value(&batch.points[3]), payload);
    let totals = json!({
        "kind": "histogram", "count": 4, "sum": 9.0, "min": null, "max": null, "bounds": [], "buckets": [],
    });
    assert_eq!(value(&batch.points[4]), totals);
    let gc = json!({ "kind": "summary", "count": 2, "sum": 3.0, "quantiles": [[0.5, 1.0], [1.0, 2.5], [0.0, 0.0]] });
    assert_eq!(value(&batch.points[5]), gc);
    let Some(PointValue::Number { value }) = batch.points[6].value else { panic!("{batch:?}") };
    assert!(value.is_nan());
}

#[test]
fn protobuf_goes_round() {
    let message = request(vec![gauge(vec![number(Value::AsInt(-7))])]);
    let batch = decode_metrics(&message.encode_to_vec(), Encoding::Protobuf).unwrap();
    assert_eq!(batch, metrics_from_proto(message));
    assert_eq!(batch.points[0].value, Some(PointValue::Number { value: -7.0 }));
}

#[test]
fn integers_become_the_nearest_double() {
    let wide = [i64::MIN, -1, 0, 1 << 53, (1 << 53) + 1, i64::MAX];
    let batch = metrics_from_proto(request(vec![gauge(wide.map(|wide| number(Value::AsInt(wide))).to_vec())]));
    let values: Vec<_> = batch.points.iter().map(|point| value(point)["value"].clone()).collect();
    let nearest = json!([
        -9_223_372_036_854_775_808.0,
        -1.0,
        0.0,
        9_007_199_254_740_992.0,
        9_007_199_254_740_992.0,
        9_223_372_036_854_775_808.0,
    ]);
    assert_eq!(json!(values), nearest);
}

#[test]
fn a_point_that_says_that_nothing_was_recorded_is_kept_without_a_value() {
    let silent = NumberDataPoint { flags: 1, ..number(Value::AsDouble(7.0)) };
    let contradicting = HistogramDataPoint { flags: 3, ..buckets(&[2.0, 1.0], &[1]) };
    let batch = metrics_from_proto(request(vec![
        gauge(vec![silent, NumberDataPoint { flags: 2, ..number(Value::AsDouble(7.0)) }]),
        histogram(vec![contradicting]),
        metric(Data::ExponentialHistogram(ExponentialHistogram {
            data_points: vec![ExponentialHistogramDataPoint { flags: 1, ..Default::default() }],
            aggregation_temporality: 1,
        })),
        metric(Data::Summary(Summary { data_points: vec![SummaryDataPoint { flags: 1, ..Default::default() }] })),
    ]));
    assert!(batch.refused.is_empty());
    let values: Vec<_> = batch.points.iter().map(|point| point.value.is_some()).collect();
    assert_eq!(values, [false, true, false, false, false]);
}

#[test]
fn points_whose_parts_contradict_each_other_are_refused_one_by_one() {
    let bad = [
        buckets(&[1.0], &[1]),
        buckets(&[1.0], &[1, 2, 3]),
        buckets(&[1.0], &[]),
        buckets(&[1.0, 1.0], &[0, 0, 0]),
        buckets(&[2.0, 1.0], &[0, 0, 0]),
        buckets(&[f64::NAN], &[0, 0]),
        buckets(&[1.0, f64::INFINITY], &[0, 0, 0]),
    ];
    let good = [buckets(&[], &[]), buckets(&[], &[4]), buckets(&[-1.0, 1.0], &[1, 2, 3])];
    let batch = metrics_from_proto(request(vec![histogram([bad.as_slice(), &good].concat())]));
    assert_eq!(batch.points.len(), 3);
    assert_eq!(refused(&batch, RefusalReason::InvalidPoint), 7);

    let summary = |quantiles: &[f64]| SummaryDataPoint {
        quantile_values: quantiles.iter().map(|quantile| ValueAtQuantile { quantile: *quantile, value: 1.0 }).collect(),
        ..SummaryDataPoint::default()
    };
    let data_points = vec![summary(&[0.0, 0.5, 1.0]), summary(&[1.5]), summary(&[-0.1]), summary(&[f64::NAN])];
    let batch = metrics_from_proto(request(vec![metric(Data::Summary(Summary { data_points }))]));
    assert_eq!((batch.points.len(), refused(&batch, RefusalReason::InvalidPoint)), (1, 3));

    let batch = metrics_from_proto(request(vec![gauge(vec![NumberDataPoint::default(), number(Value::AsInt(1))])]));
    assert_eq!((batch.points.len(), refused(&batch, RefusalReason::InvalidPoint)), (1, 1));
}

#[test]
fn a_metric_without_a_name_or_without_data_is_refused() {
    let nameless = |name: &str| Metric { name: name.to_owned(), ..gauge(vec![number(Value::AsInt(1)); 3]) };
    let without_data = Metric { name: "m".to_owned(), ..Metric::default() };
    let batch = metrics_from_proto(request(vec![nameless(""), nameless("\0"), without_data, Metric::default()]));
    assert!(batch.metrics.is_empty() && batch.points.is_empty());
    let refusal = Refusal { signal: TelemetrySignal::Metrics, reason: RefusalReason::InvalidPoint, count: 8 };
    assert_eq!(batch.refused, [refusal]);
}

#[test]
fn metrics_without_points_leave_no_trace_and_places_still_match() {
    let metrics = ["none", "bad", "good"].into_iter().zip([
        vec![],
        vec![NumberDataPoint::default()],
        vec![number(Value::AsInt(1))],
    ]);
    let metrics = metrics.map(|(name, points)| Metric { name: name.to_owned(), ..gauge(points) }).collect();
    let batch = metrics_from_proto(request(metrics));
    assert_eq!(batch.metrics.iter().map(|metric| metric.name.as_str()).collect::<Vec<_>>(), ["good"]);
    assert_eq!((batch.points.len(), batch.points[0].metric), (1, 0));
    let batch = metrics_from_proto(request(vec![gauge(vec![])]));
    assert_eq!(batch, TelemetryBatch::default());
}

#[test]
fn sums_say_how_they_relate_in_time() {
    for (number, temporality) in [
        (0, Temporality::Unspecified),
        (1, Temporality::Delta),
        (2, Temporality::Cumulative),
        (9, Temporality::Unspecified),
    ] {
        for monotonic in [false, true] {
            let data_points = vec![self::number(Value::AsInt(1))];
            let sum = Sum { data_points, aggregation_temporality: number, is_monotonic: monotonic };
            let batch = metrics_from_proto(request(vec![metric(Data::Sum(sum))]));
            assert_eq!((batch.metrics[0].temporality, batch.metrics[0].monotonic), (temporality, monotonic));
        }
    }
}

#[test]
fn crowded_points_exemplars_and_resources_are_refused_and_counted() {
    let crowd = vec![KeyValue::default(); 257];
    let exemplar =
        Exemplar { filtered_attributes: crowd.clone(), value: Some(exemplar::Value::AsInt(1)), ..Exemplar::default() };
    let point = || number(Value::AsInt(1));
    let points = vec![
        NumberDataPoint { attributes: crowd.clone(), ..point() },
        NumberDataPoint { exemplars: vec![exemplar], ..point() },
        point(),
    ];
    let mut message = request(vec![gauge(points)]);
    let mut crowded = request(vec![gauge(vec![point(); 4]), Metric::default()]).resource_metrics.remove(0);
    crowded.resource = Some(Resource { attributes: crowd, ..Resource::default() });
    message.resource_metrics.push(crowded);
    let batch = metrics_from_proto(message);
    assert_eq!((batch.metrics.len(), batch.points.len(), batch.resources.len()), (1, 1, 1));
    assert_eq!(refused(&batch, RefusalReason::TooManyAttributes), 7);
}

#[test]
fn numbers_that_do_not_fit_are_malformed() {
    for field in [
        r#""scale": 2147483648"#,
        r#""scale": 0.5"#,
        r#""flags": -1"#,
        r#""flags": 4294967296"#,
        r#""count": -1"#,
        r#""zeroCount": "many""#,
        r#""positive": { "offset": -2147483649 }"#,
        r#""positive": { "bucketCounts": [-1] }"#,
        r#""positive": []"#,
        r#""sum": "seven""#,
    ] {
        let body = format!(
            r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"m","exponentialHistogram":{{"dataPoints":[{{{field}}}]}}}}]}}]}}]}}"#
        );
        let error = decode_metrics(body.as_bytes(), Encoding::Json).unwrap_err().to_string();
        assert!(error.starts_with("malformed body: a field's value"), "{field}: {error}");
    }
}
