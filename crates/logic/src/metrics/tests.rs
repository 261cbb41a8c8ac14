use chrono::{DateTime, TimeDelta, Utc};
use devos_contracts::query::{MetricOp, MetricPointAt, MetricSeries, SeriesInfo, SeriesStep, TimeRange};
use devos_contracts::telemetry::{
    Attributes, ExponentialBuckets, ExponentialHistogram, Histogram, MetricKind, PointValue, Summary, Temporality,
};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::quantile::Spread;
use super::{Needs, Query, from_points, from_steps, needs, step_of, unit};

/// Seconds since the beginning.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_165_200 + seconds, 0).unwrap()
}

fn series(number: u128, kind: MetricKind, temporality: Temporality) -> SeriesInfo {
    let fields = |fields: serde_json::Value| fields.as_object().cloned().unwrap();
    SeriesInfo {
        id: Uuid::from_u128(number),
        service: Some("shop".to_owned()),
        unit: "By".to_owned(),
        kind,
        temporality,
        monotonic: kind == MetricKind::Sum,
        attributes: fields(json!({ "route": format!("/{}", number % 2), "status": 200 })),
        resource: fields(json!({ "host": "h1", "route": "resource" })),
    }
}

/// Ten minutes in steps of one.
fn query(op: MetricOp, by: &[&str]) -> Query {
    Query {
        op,
        quantile: 0.5,
        by: by.iter().map(|key| (*key).to_owned()).collect(),
        range: TimeRange { from: at(0), to: at(600) },
        step: TimeDelta::seconds(60),
        known_from: at(-60),
    }
}

fn point(number: u128, start: Option<i64>, seconds: i64, value: PointValue) -> MetricPointAt {
    MetricPointAt { series: Uuid::from_u128(number), start: start.map(at), at: at(seconds), value }
}

fn number(value: f64) -> PointValue {
    PointValue::Number { value }
}

/// Seconds and value of the only series.
fn values(answer: &[MetricSeries]) -> Vec<(i64, f64)> {
    assert!(answer.len() <= 1, "{answer:?}");
    let values = answer.iter().flat_map(|series| &series.values);
    values.map(|found| ((found.at - at(0)).num_seconds(), (found.value * 1e9).round() / 1e9)).collect()
}

fn counted(op: MetricOp, points: &[(Option<i64>, i64, f64)]) -> Vec<(i64, f64)> {
    let points: Vec<_> =
        points.iter().map(|(start, seconds, value)| point(1, *start, *seconds, number(*value))).collect();
    values(&from_points(&query(op, &[]), &[series(1, MetricKind::Sum, Temporality::Cumulative)], &points))
}

#[test]
fn a_counter_grows_between_its_points() {
    // 30 within the minute from 0 to 60, 60 within the two minutes from 60 to 180.
    let points = [(None, 0, 100.0), (None, 60, 130.0), (None, 180, 190.0)];
    assert_eq!(counted(MetricOp::Sum, &points), [(0, 30.0), (60, 30.0), (120, 30.0)]);
    assert_eq!(counted(MetricOp::Rate, &points), [(0, 0.5), (60, 0.5), (120, 0.5)]);
    // Off the steps: 60 from 30 to 90 is half here, half there.
    assert_eq!(counted(MetricOp::Sum, &[(None, 30, 0.0), (None, 90, 60.0)]), [(0, 30.0), (60, 30.0)]);
    // No growth is a value, no data is none.
    assert_eq!(counted(MetricOp::Rate, &[(None, 0, 5.0), (None, 60, 5.0)]), [(0, 0.0)]);
    assert_eq!(counted(MetricOp::Rate, &[(None, 0, 5.0)]), []);
}

#[test]
fn a_counter_that_restarts_counts_from_zero() {
    // The value falls: 20 until 60, then 7 since then.
    assert_eq!(
        counted(MetricOp::Sum, &[(None, 0, 100.0), (None, 60, 120.0), (None, 120, 7.0)]),
        [(0, 20.0), (60, 7.0)]
    );
    // The start moves and the value does not fall: 130 since second 90, all in the second minute.
    assert_eq!(counted(MetricOp::Sum, &[(Some(-900), 60, 120.0), (Some(90), 120, 130.0)]), [(60, 130.0)]);
    // It began within what is known: 12 since second 30.
    assert_eq!(counted(MetricOp::Sum, &[(Some(30), 90, 12.0)]), [(0, 6.0), (60, 6.0)]);
    // It began before: nobody knows when it counted what it has.
    assert_eq!(counted(MetricOp::Sum, &[(Some(-61), 90, 12.0), (Some(-61), 120, 15.0)]), [(60, 3.0)]);
    // A start after the point's own time is none.
    assert_eq!(counted(MetricOp::Sum, &[(None, 0, 1.0), (Some(500), 60, 4.0)]), [(0, 3.0)]);
}

#[test]
fn growth_outside_of_the_range_is_not_shown() {
    let points = [(None, -60, 0.0), (None, 60, 120.0), (None, 540, 120.0), (None, 660, 360.0)];
    let shown = counted(MetricOp::Sum, &points);
    assert_eq!((shown[0], shown[9]), ((0, 60.0), (540, 120.0)));
    assert_eq!(shown.len(), 10);
}

fn steps(steps: &[(u128, i64, i64, f64, f64, f64)]) -> Vec<SeriesStep> {
    let step = |(number, seconds, count, sum, min, max): &(u128, i64, i64, f64, f64, f64)| SeriesStep {
        series: Uuid::from_u128(*number),
        at: at(*seconds),
        count: *count,
        sum: *sum,
        min: *min,
        max: *max,
    };
    steps.iter().map(step).collect()
}

#[test]
fn gauges_are_put_together_by_label() {
    let all: Vec<_> = (1..=3).map(|number| series(number, MetricKind::Gauge, Temporality::Unspecified)).collect();
    let read = steps(&[
        (1, 0, 2, 10.0, 4.0, 6.0),
        (2, 0, 1, 7.0, 7.0, 7.0),
        (3, 0, 3, 3.0, 0.5, 2.0),
        (1, 60, 1, 8.0, 8.0, 8.0),
    ]);
    for (op, expected) in [
        (MetricOp::Sum, [(0, 13.0), (60, 8.0)]),
        (MetricOp::Avg, [(0, 20.0 / 6.0), (60, 8.0)]),
        (MetricOp::Min, [(0, 0.5), (60, 8.0)]),
        (MetricOp::Max, [(0, 7.0), (60, 8.0)]),
    ] {
        let found = values(&from_steps(&query(op, &[]), &all, &read));
        assert!(found.iter().zip(expected).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() < 1e-8), "{op:?} {found:?}");
    }
    let by = from_steps(&query(MetricOp::Max, &["route", "host", "status", "none"]), &all, &read);
    let labels: Vec<_> = by.iter().map(|series| serde_json::to_value(&series.labels).unwrap()).collect();
    let expected = |route: &str| json!({ "route": route, "host": "h1", "status": "200" });
    assert_eq!(labels, [expected("/0"), expected("/1")]);
    assert_eq!(by[1].values.iter().map(|found| found.value).collect::<Vec<_>>(), [6.0, 8.0]);
    assert_eq!(from_steps(&query(MetricOp::Max, &["service"]), &all, &read)[0].labels["service"], "shop");
}

#[test]
fn deltas_are_added() {
    let delta = [series(1, MetricKind::Sum, Temporality::Delta), series(2, MetricKind::Sum, Temporality::Delta)];
    let read = steps(&[(1, 0, 3, 30.0, 5.0, 20.0), (2, 0, 1, 30.0, 30.0, 30.0)]);
    assert_eq!(values(&from_steps(&query(MetricOp::Rate, &[]), &delta, &read)), [(0, 1.0)]);
    assert_eq!(values(&from_steps(&query(MetricOp::Sum, &[]), &delta, &read)), [(0, 60.0)]);
    let infinite = steps(&[(1, 0, 1, f64::INFINITY, 1.0, 1.0)]);
    assert!(from_steps(&query(MetricOp::Sum, &[]), &delta, &infinite).is_empty(), "JSON has no infinity");
}

fn histogram(bounds: &[f64], buckets: &[u64]) -> Histogram {
    let count = buckets.iter().sum();
    Histogram { count, sum: Some(2.0), min: None, max: None, bounds: bounds.to_vec(), buckets: buckets.to_vec() }
}

fn quantiles(spread: &Spread, wanted: &[f64]) -> Vec<f64> {
    wanted.iter().map(|quantile| (spread.quantile(*quantile).unwrap() * 1e6).round() / 1e6).collect()
}

#[test]
fn values_lie_evenly_within_explicit_buckets() {
    let spread = Spread::of_histogram(&histogram(&[1.0, 2.0, 4.0], &[10, 10, 20, 0]));
    // Of 40 values 10 lie up to 1, 20 up to 2, 40 up to 4.
    assert_eq!(quantiles(&spread, &[0.0, 0.125, 0.25, 0.5, 0.75, 1.0]), [0.0, 0.5, 1.0, 2.0, 3.0, 4.0]);
    // The last bucket has no bound: its values are at the bound before, or up to the greatest.
    let open = histogram(&[1.0], &[1, 3]);
    assert_eq!(quantiles(&Spread::of_histogram(&open), &[0.5, 0.99]), [1.0, 1.0]);
    let known = Histogram { min: Some(0.5), max: Some(4.0), ..open };
    assert_eq!(quantiles(&Spread::of_histogram(&known), &[0.0, 0.125, 0.5, 1.0]), [0.5, 0.75, 2.0, 4.0]);
    // Negative bounds do not begin at zero.
    let negative = Spread::of_histogram(&histogram(&[-2.0, -1.0], &[1, 1, 0]));
    assert_eq!(quantiles(&negative, &[0.25, 0.75]), [-2.0, -1.5]);
    let empty = histogram(&[1.0], &[0, 0]);
    assert_eq!(Spread::of_histogram(&empty).quantile(0.5), None);
    assert_eq!(Spread::of_histogram(&histogram(&[], &[])).quantile(0.5), None);
}

fn exponential(scale: i32, zero: u64, positive: (i32, &[u64]), negative: (i32, &[u64])) -> ExponentialHistogram {
    let buckets = |(offset, counts): (i32, &[u64])| ExponentialBuckets { offset, counts: counts.to_vec() };
    let count = zero + positive.1.iter().sum::<u64>() + negative.1.iter().sum::<u64>();
    ExponentialHistogram {
        count,
        sum: Some(1.0),
        scale,
        zero_count: zero,
        positive: buckets(positive),
        negative: buckets(negative),
        ..ExponentialHistogram::default()
    }
}

#[test]
fn logarithms_lie_evenly_within_exponential_buckets() {
    let root = 1_414_214.0 / 1e6;
    // Scale 0 has base 2: 4 values in (1, 2], 4 in (2, 4].
    let spread = Spread::of_exponential(&exponential(0, 0, (0, &[4, 4]), (0, &[])));
    assert_eq!(quantiles(&spread, &[0.0, 0.25, 0.5, 0.75, 1.0]), [1.0, root, 2.0, 2.828_427, 4.0]);
    // Scale 1 has base sqrt(2), scale -1 base 4.
    let fine = Spread::of_exponential(&exponential(1, 0, (2, &[1]), (0, &[])));
    assert_eq!(quantiles(&fine, &[0.0, 1.0]), [2.0, 2.828_427]);
    let coarse = Spread::of_exponential(&exponential(-1, 0, (-1, &[1]), (0, &[])));
    assert_eq!(quantiles(&coarse, &[0.0, 0.5, 1.0]), [0.25, 0.5, 1.0]);
    // From the greatest negative size over zero to the positive ones: [-4, -2), [-2, -1), 0, (1, 2].
    let signed = Spread::of_exponential(&exponential(0, 2, (0, &[2]), (0, &[2, 2])));
    assert_eq!(quantiles(&signed, &[0.0, 0.125, 0.25, 0.375, 0.6, 0.875]), [-4.0, -2.828_427, -2.0, -root, 0.0, root]);
    let wide = ExponentialHistogram { zero_threshold: 1.0, ..exponential(0, 4, (0, &[]), (0, &[])) };
    assert_eq!(quantiles(&Spread::of_exponential(&wide), &[0.25, 0.5]), [-0.5, 0.0]);
    // Beyond every double.
    let far = Spread::of_exponential(&exponential(-10, 0, (i32::MAX, &[1]), (0, &[])));
    assert_eq!(far.quantile(0.5), Some(f64::MAX));
}

#[test]
fn histograms_with_other_bounds_are_added() {
    let mut spread = Spread::of_histogram(&histogram(&[2.0], &[4, 0]));
    spread.add(&Spread::of_histogram(&histogram(&[1.0], &[2, 0])));
    // Up to 1: half of the four and both of the two; the others lie evenly up to 2.
    assert_eq!(quantiles(&spread, &[4.0 / 6.0, 5.0 / 6.0]), [1.0, 1.5]);
}

fn of_distributions(op: MetricOp, temporality: Temporality, points: &[MetricPointAt]) -> Vec<(i64, f64)> {
    let all = [series(1, MetricKind::Histogram, temporality), series(2, MetricKind::Histogram, temporality)];
    values(&from_points(&query(op, &[]), &all, points))
}

#[test]
fn distributions_have_rates_means_and_quantiles() {
    let of = |number, start, seconds, buckets: &[u64], sum| {
        let value = Histogram { sum: Some(sum), ..histogram(&[1.0, 2.0], buckets) };
        point(number, start, seconds, PointValue::Histogram(value))
    };
    // Since the first point: 6 values up to 1 and 6 up to 2; after the restart 4 up to 1.
    let cumulative =
        [of(1, None, 0, &[4, 4, 0], 10.0), of(1, None, 60, &[10, 10, 0], 25.0), of(1, None, 120, &[4, 0, 0], 2.0)];
    let (then, delta) = (Temporality::Cumulative, Temporality::Delta);
    assert_eq!(of_distributions(MetricOp::Rate, then, &cumulative), [(0, 0.2), (60, 0.066_666_667)]);
    assert_eq!(of_distributions(MetricOp::Sum, then, &cumulative), [(0, 15.0), (60, 2.0)]);
    assert_eq!(of_distributions(MetricOp::Avg, then, &cumulative), [(0, 1.25), (60, 0.5)]);
    assert_eq!(of_distributions(MetricOp::Quantile, then, &cumulative), [(0, 1.0), (60, 0.5)]);
    // Two series of one step are one distribution: 4 up to 1, 4 up to 2.
    let deltas = [of(1, Some(0), 60, &[4, 0, 0], 2.0), of(2, Some(0), 60, &[0, 4, 0], 6.0)];
    assert_eq!(of_distributions(MetricOp::Quantile, delta, &deltas), [(0, 1.0)]);
    assert_eq!(of_distributions(MetricOp::Avg, delta, &deltas), [(0, 1.0)]);
    // A delta without a start is of the moment; one beyond the range is of no step.
    let moments = [of(1, None, 65, &[1, 0, 0], 1.0), of(1, None, 700, &[9, 0, 0], 1.0)];
    assert_eq!(of_distributions(MetricOp::Quantile, delta, &moments), [(60, 0.5)]);
    assert_eq!(of_distributions(MetricOp::Sum, delta, &moments), [(60, 1.0)]);
}

#[test]
fn exponential_histograms_grow_across_scales() {
    let all = [series(1, MetricKind::ExponentialHistogram, Temporality::Cumulative)];
    let of = |seconds, value| point(1, None, seconds, PointValue::ExponentialHistogram(value));
    // (1, 2] and (2, 4] at base 2 become (1, 4] at base 4, which then has 4 more.
    let points = [of(0, exponential(0, 1, (0, &[3, 3]), (0, &[]))), of(60, exponential(-1, 1, (0, &[10]), (0, &[])))];
    assert_eq!(values(&from_points(&query(MetricOp::Quantile, &[]), &all, &points)), [(0, 2.0)]);
    // Fewer in one bucket, although more in all: it restarted.
    let restarted = [of(0, exponential(0, 0, (0, &[3]), (0, &[]))), of(60, exponential(0, 0, (1, &[4]), (0, &[])))];
    assert_eq!(values(&from_points(&query(MetricOp::Quantile, &[]), &all, &restarted)), [(0, 2.828_427_125)]);
    let summaries = [series(1, MetricKind::Summary, Temporality::Unspecified)];
    let summary = |seconds, count, sum| {
        point(1, None, seconds, PointValue::Summary(Summary { count, sum, quantiles: Vec::new() }))
    };
    let points = [summary(0, 2, 10.0), summary(60, 5, 16.0)];
    assert_eq!(values(&from_points(&query(MetricOp::Avg, &[]), &summaries, &points)), [(0, 2.0)]);
}

#[test]
fn what_does_not_fit_is_refused_with_what_does() {
    use MetricKind::{Gauge, Histogram, Sum};
    use MetricOp::{Avg, Max, Quantile, Rate};
    use Temporality::{Cumulative, Delta, Unspecified};
    let one = |kind, temporality| vec![series(1, kind, temporality)];
    let up_and_down = vec![SeriesInfo { monotonic: false, ..series(1, Sum, Cumulative) }];
    for (op, of, expected) in [
        (Rate, one(Sum, Cumulative), Needs::ThinPoints),
        (MetricOp::Sum, one(Sum, Cumulative), Needs::ThinPoints),
        (Rate, one(Sum, Delta), Needs::Steps),
        (Avg, one(Gauge, Unspecified), Needs::Steps),
        (MetricOp::Sum, up_and_down.clone(), Needs::Steps),
        (Max, up_and_down.clone(), Needs::Steps),
        (Quantile, one(Histogram, Cumulative), Needs::ThinPoints),
        (Quantile, one(Histogram, Delta), Needs::Points),
        (Avg, one(MetricKind::Summary, Unspecified), Needs::ThinPoints),
        (Quantile, Vec::new(), Needs::Steps),
    ] {
        assert_eq!(needs(op, &of), Ok(expected), "{op:?} {of:?}");
    }
    let mixed = vec![series(1, Sum, Cumulative), series(2, Sum, Delta)];
    for (op, of, says) in [
        (Rate, one(Gauge, Unspecified), "avg, min, max or sum"),
        (Rate, up_and_down, "avg, min, max or sum"),
        (Max, one(Sum, Cumulative), "rate or sum"),
        (Quantile, one(Sum, Delta), "another op"),
        (Max, one(Histogram, Delta), "q=1"),
        (Quantile, one(MetricKind::Summary, Unspecified), "rate, sum or avg"),
        (Rate, mixed, "filter"),
    ] {
        assert!(needs(op, &of).unwrap_err().0.contains(says), "{op:?}");
    }
    assert_eq!(unit(Rate, &one(Sum, Delta)), "By/s");
    assert_eq!(unit(Rate, &one(Histogram, Delta)), "1/s");
    assert_eq!(unit(Quantile, &one(Histogram, Delta)), "By");
    let attributes = Attributes::new();
    assert_eq!(unit(Rate, &[SeriesInfo { unit: String::new(), attributes, ..series(1, Sum, Delta) }]), "1/s");
}

proptest! {
    #[test]
    fn a_quantile_grows_and_stays_within_its_bounds(
        buckets in prop::collection::vec(0..9_u64, 6),
        more in prop::collection::vec(0..9_u64, 4),
        (one, other) in (0.0..=1.0_f64, 0.0..=1.0_f64),
    ) {
        let mut spread = Spread::of_histogram(&histogram(&[-1.0, 0.0, 1.0, 5.0, 9.0], &buckets));
        spread.add(&Spread::of_exponential(&exponential(1, more[0], (-2, &more), (1, &more))));
        let Some(low) = spread.quantile(one.min(other)) else {
            prop_assert_eq!(buckets.iter().chain(&more).sum::<u64>(), 0);
            return Ok(());
        };
        let high = spread.quantile(one.max(other)).unwrap();
        prop_assert!(low <= high, "{} {}", low, high);
        prop_assert!((-32.0..=9.0).contains(&low) && (-32.0..=9.0).contains(&high));
    }

    #[test]
    fn spread_growth_is_all_the_growth(times in prop::collection::vec(1..100_i64, 2..20), values in prop::collection::vec(0..50_u32, 20)) {
        let mut seconds = 0;
        let mut total = 0.0;
        let mut points = vec![(None, 0, 0.0)];
        for (time, value) in times.iter().zip(values) {
            seconds = (seconds + time).min(600);
            total += f64::from(value);
            points.push((None, seconds, total));
        }
        let shown: f64 = counted(MetricOp::Sum, &points).iter().map(|(_, value)| value).sum();
        // What grows at the end of the range itself belongs to the step after it.
        prop_assert!(shown <= total + 1e-6);
        if seconds < 600 {
            prop_assert!((shown - total).abs() < 1e-6, "{} of {}", shown, total);
        }
    }

    #[test]
    fn a_step_holds_its_time(micros in -9_000_000_000_000_000_i64..9_000_000_000_000_000, seconds in 1..100_000_i64) {
        let (time, step) = (DateTime::from_timestamp_micros(micros).unwrap(), TimeDelta::seconds(seconds));
        let start = step_of(time, step);
        prop_assert!(start <= time && time < start + step);
        prop_assert_eq!(start.timestamp() % seconds, 0);
    }
}
