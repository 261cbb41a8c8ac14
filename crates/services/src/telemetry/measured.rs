//! Metrics.

use chrono::TimeDelta;
use devos_contracts::Scope;
use devos_contracts::api::Page;
use devos_contracts::query::{MetricAnswer, MetricInfo, MetricOp, Target, TimeRange};
use devos_logic::access::{self, Action};
use devos_logic::metrics::{self, Mismatch, Needs, Query};

use super::{Between, DEFAULT_RANGE, MAX_RANGE, Telemetry, one_more, parse};
use crate::{ServiceError, ServiceResult};

/// The most metrics that are listed.
const MAX_METRICS: i64 = 1000;
/// The most series that one query puts together.
const MAX_SERIES: usize = 1000;
/// The most rows that one query reads.
const MAX_POINTS: usize = 100_000;
/// The most steps of a query, and the steps when no length is asked for.
const STEPS: (i64, i64) = (1000, 60);
/// The most labels of a query.
const MAX_LABELS: usize = 10;
/// How far before and after the range points are read, to know what counters had at its beginning and its end.
const LOOK_AROUND: TimeDelta = TimeDelta::minutes(10);

/// A query of one metric.
#[derive(Debug, Clone)]
pub struct MetricQuery {
    /// Its name.
    pub name: String,
    /// When.
    pub between: Between,
    /// Seconds of a step.
    pub step: Option<u32>,
    /// What becomes of the points.
    pub op: MetricOp,
    /// The quantile wanted.
    pub quantile: Option<f64>,
    /// Labels, with commas between them.
    pub by: Option<String>,
    /// The filter's text.
    pub filter: Option<String>,
}

impl Telemetry {
    /// Metrics whose name contains a text, by name.
    pub async fn metrics(&self, scope: &Scope, text: Option<&str>) -> ServiceResult<Page<MetricInfo>> {
        access::check(scope, Action::Read)?;
        let text = text.filter(|text| !text.trim().is_empty());
        let items = self.store.begin(scope).await?.metrics(text, MAX_METRICS).await?;
        Ok(Page { items, next_cursor: None })
    }

    /// A metric's values over time.
    pub async fn metric(&self, scope: &Scope, asked: MetricQuery) -> ServiceResult<MetricAnswer> {
        access::check(scope, Action::Read)?;
        let filter = parse(asked.filter.as_deref(), Target::Metrics)?;
        let (range, step_seconds) = steps(self.range(asked.between, DEFAULT_RANGE)?, asked.step)?;
        let step = TimeDelta::seconds(i64::from(step_seconds));
        let query = Query {
            op: asked.op,
            quantile: quantile(asked.quantile)?,
            by: labels(asked.by.as_deref())?,
            range,
            step,
            known_from: range.from - LOOK_AROUND.max(step),
        };

        let mut tx = self.store.begin(scope).await?;
        let series = tx.series(&asked.name, &filter, one_more(MAX_SERIES)).await?;
        if series.len() > MAX_SERIES {
            return Err(too_many(&format!("{MAX_SERIES} series"), "choose fewer with a filter"));
        }
        let ids: Vec<_> = series.iter().map(|series| series.id).collect();
        let known = TimeRange { from: query.known_from, to: range.to + LOOK_AROUND };
        let needs = metrics::needs(query.op, &series).map_err(|Mismatch(says)| ServiceError::Invalid(says))?;
        let (read, answer) = if ids.is_empty() {
            (0, Vec::new())
        } else if needs == Needs::Steps {
            let steps = tx.series_steps(&ids, range, step, one_more(MAX_POINTS)).await?;
            (steps.len(), metrics::from_steps(&query, &series, &steps))
        } else {
            let thin = (needs == Needs::ThinPoints).then_some(step);
            let points = tx.series_points(&ids, known, thin, one_more(MAX_POINTS)).await?;
            (points.len(), metrics::from_points(&query, &series, &points))
        };
        if read > MAX_POINTS {
            return Err(too_many(&format!("{MAX_POINTS} points"), "ask for less time, longer steps or fewer series"));
        }
        Ok(MetricAnswer {
            name: asked.name,
            unit: metrics::unit(query.op, &series),
            op: query.op,
            from: range.from,
            to: range.to,
            step_seconds,
            series: answer,
        })
    }
}

fn too_many(what: &str, instead: &str) -> ServiceError {
    ServiceError::Invalid(format!("the query covers more than {what}; {instead}"))
}

/// The range widened to whole steps, and the seconds of a step.
fn steps(range: TimeRange, asked: Option<u32>) -> ServiceResult<(TimeRange, u32)> {
    let seconds = (range.to - range.from).num_seconds().max(1);
    let step = asked.map_or((seconds / STEPS.1).max(1), i64::from);
    if !(1..=MAX_RANGE.num_seconds()).contains(&step) {
        return Err(ServiceError::Invalid(format!("a step has 1 to {} seconds", MAX_RANGE.num_seconds())));
    }
    if seconds / step > STEPS.0 {
        return Err(ServiceError::Invalid(format!("the range has more than {} steps; ask for longer ones", STEPS.0)));
    }
    let length = TimeDelta::seconds(step);
    let from = metrics::step_of(range.from, length);
    let last = metrics::step_of(range.to - TimeDelta::microseconds(1), length);
    let step = u32::try_from(step).unwrap_or(u32::MAX);
    Ok((TimeRange { from, to: last + length }, step))
}

fn quantile(asked: Option<f64>) -> ServiceResult<f64> {
    let quantile = asked.unwrap_or(0.95);
    if (0.0..=1.0).contains(&quantile) {
        return Ok(quantile);
    }
    Err(ServiceError::Invalid("a quantile is from 0 to 1".into()))
}

fn labels(by: Option<&str>) -> ServiceResult<Vec<String>> {
    let labels = by.unwrap_or_default().split(',').map(str::trim).filter(|label| !label.is_empty());
    let labels: Vec<_> = labels.map(str::to_owned).collect();
    if labels.len() > MAX_LABELS {
        return Err(ServiceError::Invalid(format!("series are told apart by at most {MAX_LABELS} labels")));
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn range(from: i64, to: i64) -> TimeRange {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        TimeRange { from: at(from), to: at(to) }
    }

    #[test]
    fn ranges_are_widened_to_whole_steps() {
        assert_eq!(steps(range(90, 210), Some(60)).unwrap(), (range(60, 240), 60));
        assert_eq!(steps(range(60, 240), Some(60)).unwrap(), (range(60, 240), 60));
        assert_eq!(steps(range(0, 3600), None).unwrap(), (range(0, 3600), 60));
        assert_eq!(steps(range(0, 10), None).unwrap().1, 1);
        assert!(steps(range(0, 3600), Some(0)).is_err());
        assert!(steps(range(0, 1001), Some(1)).is_err());
        assert!(steps(range(0, 1000), Some(1)).is_ok());
        assert_eq!(steps(range(10, 20), Some(60)).unwrap(), (range(0, 60), 60), "a step may be longer than the range");
        assert!(steps(range(10, 20), Some(u32::MAX)).is_err());
    }

    #[test]
    fn labels_are_read_from_a_list() {
        assert_eq!(labels(Some("service, http.route,")).unwrap(), ["service", "http.route"]);
        assert!(labels(None).unwrap().is_empty());
        assert!(labels(Some("a,b,c,d,e,f,g,h,i,j,k")).is_err());
    }
}
