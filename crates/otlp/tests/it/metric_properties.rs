use devos_otlp::{Encoding, decode_metrics, metrics_from_proto};
use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    metrics::v1::{
        Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric,
        NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, exemplar,
        exponential_histogram_data_point::Buckets, metric::Data, number_data_point::Value,
        summary_data_point::ValueAtQuantile,
    },
};
use proptest::{collection::vec, option, prelude::*};
use prost::Message;

use crate::properties::{attributes, id, source};

/// JSON through the generated types has no special doubles; those have a test of their own.
fn double() -> std::ops::Range<f64> {
    -1e300..1e300
}

prop_compose! {
    fn exemplar()(
        filtered_attributes in attributes(),
        time_unix_nano: u64,
        (trace_id, span_id) in (id(16), id(8)),
        value in option::of(prop_oneof![
            double().prop_map(exemplar::Value::AsDouble),
            any::<i64>().prop_map(exemplar::Value::AsInt),
        ]),
    ) -> Exemplar {
        Exemplar { filtered_attributes, time_unix_nano, trace_id, span_id, value }
    }
}

prop_compose! {
    fn number()(
        (start_time_unix_nano, time_unix_nano) in any::<(u64, u64)>(),
        flags in 0..4u32,
        attributes in attributes(),
        exemplars in vec(exemplar(), 0..2),
        value in option::of(prop_oneof![double().prop_map(Value::AsDouble), any::<i64>().prop_map(Value::AsInt)]),
    ) -> NumberDataPoint {
        NumberDataPoint { attributes, start_time_unix_nano, time_unix_nano, exemplars, flags, value }
    }
}

prop_compose! {
    fn histogram()(
        (start_time_unix_nano, time_unix_nano, count) in any::<(u64, u64, u64)>(),
        flags in 0..2u32,
        attributes in attributes(),
        exemplars in vec(exemplar(), 0..2),
        (sum, min, max) in (option::of(double()), option::of(double()), option::of(double())),
        (bucket_counts, explicit_bounds) in (vec(any::<u64>(), 0..3), vec(double(), 0..3)),
    ) -> HistogramDataPoint {
        HistogramDataPoint {
            attributes, start_time_unix_nano, time_unix_nano, count, sum, bucket_counts, explicit_bounds, exemplars,
            flags, min, max,
        }
    }
}

fn buckets() -> impl Strategy<Value = Option<Buckets>> {
    let buckets = (any::<i32>(), vec(any::<u64>(), 0..3));
    option::of(buckets.prop_map(|(offset, bucket_counts)| Buckets { offset, bucket_counts }))
}

prop_compose! {
    fn exponential()(
        histogram in histogram(),
        (scale, zero_count) in any::<(i32, u64)>(),
        zero_threshold in double(),
        (positive, negative) in (buckets(), buckets()),
    ) -> ExponentialHistogramDataPoint {
        ExponentialHistogramDataPoint {
            attributes: histogram.attributes,
            start_time_unix_nano: histogram.start_time_unix_nano,
            time_unix_nano: histogram.time_unix_nano,
            count: histogram.count,
            sum: histogram.sum,
            exemplars: histogram.exemplars,
            flags: histogram.flags,
            min: histogram.min,
            max: histogram.max,
            scale, zero_count, zero_threshold, positive, negative,
        }
    }
}

prop_compose! {
    fn summary()(
        histogram in histogram(),
        sum in double(),
        quantiles in vec((-0.1..1.1, double()), 0..3),
    ) -> SummaryDataPoint {
        let pair = |(quantile, value)| ValueAtQuantile { quantile, value };
        SummaryDataPoint {
            attributes: histogram.attributes,
            start_time_unix_nano: histogram.start_time_unix_nano,
            time_unix_nano: histogram.time_unix_nano,
            count: histogram.count,
            flags: histogram.flags,
            quantile_values: quantiles.into_iter().map(pair).collect(),
            sum,
        }
    }
}

fn data() -> impl Strategy<Value = Data> {
    prop_oneof![
        vec(number(), 0..3).prop_map(|data_points| Data::Gauge(Gauge { data_points })),
        (vec(number(), 0..3), -1..4, any::<bool>()).prop_map(|(data_points, aggregation_temporality, is_monotonic)| {
            Data::Sum(Sum { data_points, aggregation_temporality, is_monotonic })
        }),
        (vec(histogram(), 0..3), -1..4).prop_map(|(data_points, aggregation_temporality)| {
            Data::Histogram(Histogram { data_points, aggregation_temporality })
        }),
        (vec(exponential(), 0..3), -1..4).prop_map(|(data_points, aggregation_temporality)| {
            Data::ExponentialHistogram(ExponentialHistogram { data_points, aggregation_temporality })
        }),
        vec(summary(), 0..3).prop_map(|data_points| Data::Summary(Summary { data_points })),
    ]
}

prop_compose! {
    fn metric()((name, description, unit) in any::<(String, String, String)>(), data in option::of(data())) -> Metric {
        Metric { name, description, unit, data, ..Metric::default() }
    }
}

prop_compose! {
    fn metrics()(groups in vec((source(), vec(metric(), 0..3)), 0..3)) -> ExportMetricsServiceRequest {
        let group = |((resource, scope), metrics)| ResourceMetrics {
            resource,
            scope_metrics: vec![ScopeMetrics { scope, metrics, ..ScopeMetrics::default() }],
            ..ResourceMetrics::default()
        };
        ExportMetricsServiceRequest { resource_metrics: groups.into_iter().map(group).collect() }
    }
}

fn points(metric: &Metric) -> usize {
    match &metric.data {
        None => 1,
        Some(Data::Gauge(data)) => data.data_points.len(),
        Some(Data::Sum(data)) => data.data_points.len(),
        Some(Data::Histogram(data)) => data.data_points.len(),
        Some(Data::ExponentialHistogram(data)) => data.data_points.len(),
        Some(Data::Summary(data)) => data.data_points.len(),
    }
}

proptest! {
    #[test]
    fn metrics_read_the_same_in_either_encoding(message in metrics()) {
        let json = decode_metrics(&serde_json::to_vec(&message).unwrap(), Encoding::Json).unwrap();
        let protobuf = decode_metrics(&message.encode_to_vec(), Encoding::Protobuf).unwrap();
        prop_assert_eq!(&json, &protobuf);
        prop_assert!(!serde_json::to_string(&json).unwrap().contains("\\u0000"));
        let sent: usize = message.resource_metrics.iter().flat_map(|group| &group.scope_metrics[0].metrics).map(points).sum();
        let refused: u64 = json.refused.iter().map(|refusal| refusal.count).sum();
        prop_assert_eq!(json.points.len() as u64 + refused, sent as u64);
        prop_assert!(json.metrics.iter().all(|metric| metric.resource < json.resources.len()));
        prop_assert!(json.points.iter().all(|point| point.metric < json.metrics.len()));
        prop_assert_eq!(metrics_from_proto(message), json);
    }

    #[test]
    fn no_damaged_message_makes_a_decoder_panic(message in metrics(), at in any::<prop::sample::Index>(), byte: u8) {
        for (mut body, encoding) in
            [(message.encode_to_vec(), Encoding::Protobuf), (serde_json::to_vec(&message).unwrap(), Encoding::Json)]
        {
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = byte;
            }
            let _ = decode_metrics(&body, encoding);
        }
    }
}
