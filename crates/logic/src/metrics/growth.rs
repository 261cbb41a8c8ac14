//! What happened between the points of a series.

use chrono::{DateTime, Utc};
use devos_contracts::query::MetricPointAt;
use devos_contracts::telemetry::PointValue;

use super::as_f64;
use super::quantile::{Counted, Spread};

/// What happened within a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Growth {
    /// After this moment.
    pub(super) from: DateTime<Utc>,
    /// Up to this one.
    pub(super) to: DateTime<Utc>,
    /// Values that were counted.
    pub(super) count: f64,
    /// Their sum; of a counter its growth.
    pub(super) sum: f64,
    /// Where they lie.
    pub(super) spread: Spread,
}

/// What a point has counted.
#[derive(Debug, Clone)]
struct Totals {
    count: f64,
    sum: f64,
    counted: Option<Counted>,
}

/// The growth that the points of one series tell of, oldest first.
///
/// A cumulative series that starts anew counts from zero: its start lies at or after the point before, or it has less
/// than that one. What it had counted before the first point is unknown, unless it started since `known_from`.
pub(super) fn growths(points: &[MetricPointAt], delta: bool, known_from: DateTime<Utc>) -> Vec<Growth> {
    let mut growths = Vec::with_capacity(points.len());
    let mut before: Option<(&MetricPointAt, Totals)> = None;
    for point in points {
        let now = totals(&point.value);
        let start = point.start.filter(|start| *start <= point.at);
        if delta {
            growths.push(growth(start.unwrap_or(point.at), point.at, &now));
            continue;
        }
        match &before {
            None => {
                if let Some(start) = start.filter(|start| *start >= known_from) {
                    growths.push(growth(start, point.at, &now));
                }
            }
            Some((earlier, then)) => {
                let grown = match start.filter(|start| *start >= earlier.at) {
                    Some(start) => growth(start, point.at, &now),
                    None => growth(earlier.at, point.at, &since(&now, then).unwrap_or_else(|| now.clone())),
                };
                growths.push(grown);
            }
        }
        before = Some((point, now));
    }
    growths
}

fn growth(from: DateTime<Utc>, to: DateTime<Utc>, totals: &Totals) -> Growth {
    let spread = totals.counted.as_ref().map(Counted::spread).unwrap_or_default();
    Growth { from, to, count: totals.count, sum: totals.sum, spread }
}

fn totals(value: &PointValue) -> Totals {
    match value {
        PointValue::Number { value } => Totals { count: 0.0, sum: *value, counted: None },
        PointValue::Histogram(histogram) => Totals {
            count: as_f64(histogram.count),
            sum: histogram.sum.unwrap_or_default(),
            counted: Some(Counted::explicit(histogram)),
        },
        PointValue::ExponentialHistogram(histogram) => Totals {
            count: as_f64(histogram.count),
            sum: histogram.sum.unwrap_or_default(),
            counted: Some(Counted::exponential(histogram)),
        },
        PointValue::Summary(summary) => Totals { count: as_f64(summary.count), sum: summary.sum, counted: None },
    }
}

/// What came since; none when there is less than then.
fn since(now: &Totals, then: &Totals) -> Option<Totals> {
    let counts = now.counted.is_some() || now.count > 0.0 || then.count > 0.0;
    // A distribution's sum may fall, when its values can be negative; a counter's is what it counts.
    if now.count < then.count || (!counts && now.sum < then.sum) {
        return None;
    }
    let counted = match (&now.counted, &then.counted) {
        (Some(now), Some(then)) => Some(now.since(then)?),
        _ => None,
    };
    Some(Totals { count: now.count - then.count, sum: now.sum - then.sum, counted })
}
