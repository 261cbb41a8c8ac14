//! Stored metrics, to read.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use devos_contracts::query::{Field, Filter, MetricPointAt, Test, TimeRange};
use devos_contracts::telemetry::{
    Attributes, ExponentialBuckets, ExponentialHistogram, Histogram, MetricKind, MetricPoint, PointValue, Summary,
    TelemetryBatch, Temporality,
};
use devos_ports::store::Tx;

use super::telemetry::{around, attribute, now, store, term, text};
use super::{Bench, tenant};
use crate::samples::measurements;

/// Metrics by name, with what their series have.
pub async fn metrics_are_listed(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let now = now();
    for service in ["shop", "cart"] {
        store(bench, &scope, service, measurements(service, 3, now)).await?;
        store(bench, &scope, &format!("{service} again"), measurements(service, 2, now)).await?;
    }
    let mut tx = bench.store().begin(&scope).await?;
    let metrics = tx.metrics(None, 10).await?;
    let names: Vec<_> = metrics.iter().map(|metric| (metric.name.as_str(), metric.kind, metric.series)).collect();
    let expected =
        [("http.server.request.duration", MetricKind::Histogram, 2), ("http.server.requests", MetricKind::Sum, 6)];
    assert_eq!(names, expected);
    assert_eq!(
        (&metrics[0].services, &metrics[0].labels),
        (&vec![text("cart"), text("shop")], &vec![text("http.route")])
    );
    assert_eq!((metrics[0].unit.as_str(), metrics[0].description.as_str()), ("s", "of the shop"));
    assert_eq!(tx.metrics(None, 1).await?, metrics[..1]);
    assert_eq!(tx.metrics(Some("Requests"), 10).await?, metrics[1..]);
    assert!(tx.metrics(Some("%"), 10).await?.is_empty());

    let series = tx.series("http.server.requests", &Filter::default(), 10).await?;
    assert_eq!(series.len(), 6);
    let one = &series[0];
    assert_eq!((one.kind, one.temporality, one.monotonic), (MetricKind::Sum, Temporality::Cumulative, true));
    let route = vec![attribute("http.route", Test::Equals(text("/orders/1")))];
    let shop = vec![term(Field::Service, Test::Equals(text("shop")))];
    let both = [shop.clone(), route.clone()].concat();
    for (terms, count) in [(route, 2), (shop, 3), (both, 1), (vec![attribute("service.name", Test::Exists)], 6)] {
        assert_eq!(
            tx.series("http.server.requests", &Filter { terms: terms.clone() }, 10).await?.len(),
            count,
            "{terms:?}"
        );
    }
    assert_eq!(tx.series("http.server.requests", &Filter::default(), 2).await?, series[..2]);
    assert!(tx.series("requests", &Filter::default(), 10).await?.is_empty());
    Ok(())
}

/// A gauge's points, by seconds after the beginning of an hour that lies in the past of `now`.
fn points_of(now: DateTime<Utc>, kind: MetricKind, points: Vec<(i64, Option<i64>, PointValue)>) -> TelemetryBatch {
    let mut rows = measurements("shop", 1, now);
    rows.metrics.truncate(1);
    rows.metrics[0].kind = kind;
    rows.metrics[0].name = text("measured");
    let point = |(seconds, start, value): (i64, Option<i64>, PointValue)| MetricPoint {
        metric: 0,
        attributes: Attributes::new(),
        start: start.map(|start| begin(now) + TimeDelta::seconds(start)),
        timestamp: Some(begin(now) + TimeDelta::seconds(seconds)),
        value: Some(value),
        exemplars: Vec::new(),
    };
    rows.points = points.into_iter().map(point).collect();
    rows
}

/// Whole minutes, half an hour ago.
fn begin(now: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp((now.timestamp() - 1800).div_euclid(60) * 60, 0).unwrap_or(now)
}

async fn ids(tx: &mut dyn Tx) -> Result<Vec<uuid::Uuid>> {
    Ok(tx.series("measured", &Filter::default(), 10).await?.into_iter().map(|series| series.id).collect())
}

/// Numbers are summed up by step; a counter's points are thinned without losing a restart.
pub async fn numbers_are_read_by_step(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let now = now();
    let number = |value| PointValue::Number { value };
    let sent = vec![
        (0, Some(-60), number(4.0)),
        (10, Some(-60), number(6.0)),
        (20, Some(15), number(5.5)),
        (30, Some(15), number(7.0)),
        (40, Some(35), number(9.0)),
        (50, None, number(f64::NAN)),
        (119, Some(35), number(10.0)),
        (180, Some(35), number(2.0)),
        (185, Some(35), number(3.0)),
    ];
    store(bench, &scope, "one", points_of(now, MetricKind::Sum, sent)).await?;
    let mut tx = bench.store().begin(&scope).await?;
    let ids = ids(&mut *tx).await?;
    let minute = TimeDelta::minutes(1);
    let range = TimeRange { from: begin(now), to: begin(now) + TimeDelta::seconds(185) };
    let steps = tx.series_steps(&ids, range, minute, 100).await?;
    let figures: Vec<_> = steps
        .iter()
        .map(|step| ((step.at - begin(now)).num_seconds(), step.count, step.sum, step.min, step.max))
        .collect();
    assert_eq!(figures, [(0, 5, 31.5, 4.0, 9.0), (60, 1, 10.0, 10.0, 10.0), (180, 1, 2.0, 2.0, 2.0)]);
    assert_eq!(tx.series_steps(&ids, range, minute, 1).await?, steps[..1]);

    let seconds =
        |points: &[MetricPointAt]| points.iter().map(|point| (point.at - begin(now)).num_seconds()).collect::<Vec<_>>();
    let all = tx.series_points(&ids, range, None, 100).await?;
    assert_eq!(seconds(&all), [0, 10, 20, 30, 40, 119, 180]);
    assert_eq!((all[2].start, &all[2].value), (Some(begin(now) + TimeDelta::seconds(15)), &number(5.5)));
    // The first, before the restarts at 15 s (the value falls) and 35 s (it does not), and the last of each minute.
    let thin = tx.series_points(&ids, range, Some(minute), 100).await?;
    assert_eq!(seconds(&thin), [0, 10, 30, 40, 119, 180]);
    assert_eq!(tx.series_points(&ids, range, Some(minute), 2).await?, thin[..2]);
    assert!(tx.series_points(&[], range, None, 100).await?.is_empty());
    Ok(())
}

/// Distributions read back whole.
pub async fn distributions_are_read_and_thinned(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let now = now();
    let histogram = |count, buckets: [u64; 3]| {
        PointValue::Histogram(Histogram {
            count,
            sum: Some(1.5),
            min: None,
            max: Some(4.0),
            bounds: vec![0.5, 1.0],
            buckets: buckets.to_vec(),
        })
    };
    let exponential = PointValue::ExponentialHistogram(ExponentialHistogram {
        count: 7,
        sum: None,
        min: Some(-1.0),
        max: Some(9.0),
        scale: -1,
        zero_count: 2,
        zero_threshold: 0.25,
        positive: ExponentialBuckets { offset: -3, counts: vec![1, 0, 3] },
        negative: ExponentialBuckets { offset: 0, counts: vec![1] },
    });
    let summary = PointValue::Summary(Summary { count: 9, sum: 4.5, quantiles: vec![(0.5, 0.4), (0.99, 2.0)] });
    let sent = vec![
        (0, None, histogram(3, [1, 1, 1])),
        (10, None, histogram(6, [2, 2, 2])),
        (20, None, histogram(1, [1, 0, 0])),
        (30, None, exponential.clone()),
        (90, None, summary.clone()),
    ];
    store(bench, &scope, "one", points_of(now, MetricKind::Histogram, sent)).await?;
    let mut tx = bench.store().begin(&scope).await?;
    let ids = ids(&mut *tx).await?;
    let range = around(now);
    let points = tx.series_points(&ids, range, None, 100).await?;
    let values: Vec<_> = points.iter().map(|point| point.value.clone()).collect();
    assert_eq!(
        values,
        [histogram(3, [1, 1, 1]), histogram(6, [2, 2, 2]), histogram(1, [1, 0, 0]), exponential, summary]
    );
    let thin = tx.series_points(&ids, range, Some(TimeDelta::minutes(1)), 100).await?;
    assert_eq!(thin, [points[0].clone(), points[1].clone(), points[3].clone(), points[4].clone()]);
    assert!(tx.series_steps(&ids, range, TimeDelta::minutes(1), 100).await?.is_empty(), "these are no numbers");
    Ok(())
}
