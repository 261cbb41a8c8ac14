//! Turns stored points into the values of a query: rates with restarts, totals, means and quantiles by label.
//!
//! Growth is spread evenly over the time in which it happened, so that steps shorter than the sender's interval show a
//! line and not spikes. Distributions are counted into the step that holds the middle of their time.

mod growth;
pub mod quantile;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use devos_contracts::query::{MetricOp, MetricPointAt, MetricSeries, MetricValue, SeriesInfo, SeriesStep, TimeRange};
use devos_contracts::telemetry::{Attributes, MetricKind, Temporality};
use serde_json::Value;
use uuid::Uuid;

use growth::{Growth, growths};
use quantile::Spread;

/// A query of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// What becomes of the points.
    pub op: MetricOp,
    /// The quantile wanted, 0 to 1.
    pub quantile: f64,
    /// Labels that tell series apart.
    pub by: Vec<String>,
    /// From the start of the first step to the end of the last.
    pub range: TimeRange,
    /// The length of a step.
    pub step: TimeDelta,
    /// Since when there may be points: before the range, to know what a counter had at its beginning.
    pub known_from: DateTime<Utc>,
}

/// What has to be read to answer a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// The numbers of each step, summed up.
    Steps,
    /// Every point.
    Points,
    /// The first point, of each step the last one, and the last before each restart.
    ThinPoints,
}

/// What is asked does not fit what was measured; the text says what would.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Mismatch(pub String);

/// What a query of these series needs.
pub fn needs(op: MetricOp, series: &[SeriesInfo]) -> Result<Needs, Mismatch> {
    let refuse = |says: &str| Err(Mismatch(says.to_owned()));
    let Some(first) = series.first() else { return Ok(Needs::Steps) };
    let nature = |series: &SeriesInfo| (series.kind, series.temporality, series.monotonic);
    if series.iter().any(|other| nature(other) != nature(first)) {
        return refuse("the metric is sent in several kinds; choose those of one with a filter");
    }
    let delta = first.temporality == Temporality::Delta;
    let points = if delta { Needs::Points } else { Needs::ThinPoints };
    match (first.kind, op) {
        (MetricKind::Gauge, MetricOp::Rate) => refuse("a gauge has no rate; ask for avg, min, max or sum"),
        (MetricKind::Gauge | MetricKind::Sum, MetricOp::Quantile) => {
            refuse("only distributions have quantiles; ask for another op")
        }
        (MetricKind::Sum, MetricOp::Rate) if !first.monotonic => {
            refuse("the metric goes up and down; ask for avg, min, max or sum")
        }
        (MetricKind::Sum, MetricOp::Avg | MetricOp::Min | MetricOp::Max) if first.monotonic => {
            refuse("a counter only grows; ask for rate or sum")
        }
        (MetricKind::Sum, MetricOp::Rate | MetricOp::Sum) if first.monotonic && !delta => Ok(Needs::ThinPoints),
        (MetricKind::Gauge | MetricKind::Sum, _) => Ok(Needs::Steps),
        (_, MetricOp::Min | MetricOp::Max) => {
            refuse("a distribution has no least and greatest value of a step; ask for quantile with q=0 or q=1")
        }
        (MetricKind::Summary, MetricOp::Quantile) => {
            refuse("the quantiles of summaries can not be put together; ask for rate, sum or avg")
        }
        (MetricKind::Summary, _) => Ok(Needs::ThinPoints),
        (MetricKind::Histogram | MetricKind::ExponentialHistogram, _) => Ok(points),
    }
}

/// The unit of a query's values.
pub fn unit(op: MetricOp, series: &[SeriesInfo]) -> String {
    let Some(first) = series.first() else { return String::new() };
    let counts = !matches!(first.kind, MetricKind::Gauge | MetricKind::Sum);
    match op {
        MetricOp::Rate if counts => "1/s".to_owned(),
        MetricOp::Rate => format!("{}/s", if first.unit.is_empty() { "1" } else { &first.unit }),
        _ => first.unit.clone(),
    }
}

type Labels = BTreeMap<String, String>;

/// What has been put together of one step.
#[derive(Debug, Default)]
struct Cell {
    /// Values, or the time of a rate.
    count: f64,
    sum: f64,
    min: Option<f64>,
    max: Option<f64>,
    /// The sum of the series' means.
    means: f64,
    spread: Spread,
}

/// Values by labels and time.
#[derive(Debug, Default)]
struct Table(BTreeMap<Labels, BTreeMap<DateTime<Utc>, Cell>>);

impl Table {
    fn cell(&mut self, labels: &Labels, at: DateTime<Utc>) -> &mut Cell {
        self.0.entry(labels.clone()).or_default().entry(at).or_default()
    }

    fn finish(self, value: impl Fn(&Cell) -> Option<f64>) -> Vec<MetricSeries> {
        let values = |cells: BTreeMap<DateTime<Utc>, Cell>| {
            let found = cells.into_iter().filter_map(|(at, cell)| Some(MetricValue { at, value: value(&cell)? }));
            // JSON can not say the others.
            found.filter(|found| found.value.is_finite()).collect::<Vec<_>>()
        };
        let series = self.0.into_iter().map(|(labels, cells)| MetricSeries { labels, values: values(cells) });
        series.filter(|series| !series.values.is_empty()).collect()
    }
}

/// Answers a query from what [`Needs::Steps`] asked for.
pub fn from_steps(query: &Query, series: &[SeriesInfo], steps: &[SeriesStep]) -> Vec<MetricSeries> {
    let labels = labels_of(series, &query.by);
    let mut table = Table::default();
    for step in steps.iter().filter(|step| step.count > 0) {
        let Some(labels) = labels.get(&step.series) else { continue };
        let cell = table.cell(labels, step.at);
        let count = as_f64(step.count.unsigned_abs());
        cell.count += count;
        cell.sum += step.sum;
        cell.means += step.sum / count;
        cell.min = Some(cell.min.map_or(step.min, |min| min.min(step.min)));
        cell.max = Some(cell.max.map_or(step.max, |max| max.max(step.max)));
    }
    let delta = series.first().is_some_and(|series| series.temporality == Temporality::Delta);
    let seconds = seconds(query.step);
    table.finish(|cell| match query.op {
        MetricOp::Rate => Some(cell.sum / seconds),
        MetricOp::Sum if delta => Some(cell.sum),
        MetricOp::Sum => Some(cell.means),
        MetricOp::Avg => Some(cell.sum / cell.count),
        MetricOp::Min => cell.min,
        MetricOp::Max => cell.max,
        MetricOp::Quantile => None,
    })
}

/// Answers a query from what [`Needs::Points`] or [`Needs::ThinPoints`] asked for: points by series and time.
pub fn from_points(query: &Query, series: &[SeriesInfo], points: &[MetricPointAt]) -> Vec<MetricSeries> {
    let labels = labels_of(series, &query.by);
    let delta = series.first().is_some_and(|series| series.temporality == Temporality::Delta);
    let counter = series.first().is_some_and(|series| series.kind == MetricKind::Sum);
    let mut table = Table::default();
    for points in points.chunk_by(|one, other| one.series == other.series) {
        let Some(labels) = points.first().and_then(|point| labels.get(&point.series)) else { continue };
        for growth in growths(points, delta, query.known_from) {
            if query.op == MetricOp::Quantile {
                let middle = growth.from + (growth.to - growth.from) / 2;
                let at = step_of(middle, query.step);
                if query.range.from <= at && at < query.range.to {
                    table.cell(labels, at).spread.add(&growth.spread);
                }
            } else {
                spread(query, &growth, |at, share| {
                    let cell = table.cell(labels, at);
                    cell.count += growth.count * share;
                    cell.sum += growth.sum * share;
                });
            }
        }
    }
    let seconds = seconds(query.step);
    table.finish(|cell| match query.op {
        // A counter's number is its sum, a distribution is counted.
        MetricOp::Rate if counter => Some(cell.sum / seconds),
        MetricOp::Rate => Some(cell.count / seconds),
        MetricOp::Sum => Some(cell.sum),
        MetricOp::Avg => (cell.count > 0.0).then(|| cell.sum / cell.count),
        MetricOp::Quantile => cell.spread.quantile(query.quantile),
        MetricOp::Min | MetricOp::Max => None,
    })
}

/// Gives each step that a growth touches its share.
fn spread(query: &Query, growth: &Growth, mut give: impl FnMut(DateTime<Utc>, f64)) {
    let whole = micros(growth.to - growth.from);
    let mut at = step_of(growth.from.max(query.range.from), query.step);
    while at < query.range.to && at <= growth.to {
        let within = micros(growth.to.min(at + query.step) - growth.from.max(at));
        if whole <= 0.0 {
            return give(step_of(growth.to, query.step), 1.0);
        }
        if within > 0.0 {
            give(at, within / whole);
        }
        at += query.step;
    }
}

/// The start of the step that holds a time; steps begin at multiples of their length since 1970.
pub fn step_of(at: DateTime<Utc>, step: TimeDelta) -> DateTime<Utc> {
    let step = step.num_microseconds().unwrap_or(i64::MAX).max(1);
    DateTime::from_timestamp_micros(at.timestamp_micros().div_euclid(step) * step).unwrap_or(at)
}

fn labels_of(series: &[SeriesInfo], by: &[String]) -> HashMap<Uuid, Labels> {
    let of =
        |series: &SeriesInfo| by.iter().filter_map(|key| Some((key.clone(), label(series, key)?))).collect::<Labels>();
    series.iter().map(|series| (series.id, of(series))).collect()
}

fn label(series: &SeriesInfo, key: &str) -> Option<String> {
    if key == "service" {
        return series.service.clone();
    }
    let text = |attributes: &Attributes| match attributes.get(key)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    text(&series.attributes).or_else(|| text(&series.resource))
}

fn seconds(step: TimeDelta) -> f64 {
    micros(step) / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "2^52 microseconds are 142 years")]
fn micros(time: TimeDelta) -> f64 {
    time.num_microseconds().unwrap_or(i64::MAX) as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^52 differ in digits that no chart shows")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
