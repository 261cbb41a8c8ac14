//! A metric's answer as lines.

use std::fmt::Write;

use chrono::{DateTime, Duration, Utc};
use devos_contracts::query::{MetricAnswer, MetricSeries};

use super::axis;

/// The drawing's width.
pub const WIDTH: f64 = 1000.0;
/// The drawing's height.
pub const HEIGHT: f64 = 300.0;
/// Colours for lines; the ones after share them.
const HUES: usize = 6;
/// More lines than these say nothing to a reader.
pub const SHOWN: usize = 24;

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What tells it apart.
    pub label: String,
    /// The path of its drawing; a step without data is a gap.
    pub path: String,
    /// Its colour.
    pub hue: usize,
    /// Its value at each step.
    pub values: Vec<Option<f64>>,
}

/// A chart that is ready to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// In the order of the answer, at most [`SHOWN`].
    pub lines: Vec<Line>,
    /// Lines that are left out.
    pub hidden: usize,
    /// Values that the axis marks, lowest first, the first at the bottom and the last at the top.
    pub marks: Vec<f64>,
    /// The start of every step.
    pub steps: Vec<DateTime<Utc>>,
}

/// Lays an answer out.
pub fn chart(answer: &MetricAnswer) -> Chart {
    let step = i64::from(answer.step_seconds.max(1));
    let count = usize::try_from((answer.to - answer.from).num_seconds() / step).unwrap_or(0).clamp(1, 1000);
    let steps: Vec<DateTime<Utc>> =
        (0_i64..).take(count).map(|index| answer.from + Duration::seconds(step * index)).collect();
    let shown = &answer.series[..answer.series.len().min(SHOWN)];
    let known =
        shown.iter().flat_map(|series| &series.values).map(|value| value.value).filter(|value| value.is_finite());
    let (low, high) = known.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    // From zero, unless that would flatten the lines against the top.
    let low = if low > 0.0 && low > high * 0.8 && high - low > high * 0.001 { low } else { low.min(0.0) };
    // Sizes have round values in their own units.
    let size = if answer.unit.starts_with("By") { binary_unit(high.abs().max(low.abs())) } else { 1.0 };
    let marks: Vec<f64> = axis::values(low / size, high / size, 4).into_iter().map(|mark| mark * size).collect();
    let (bottom, top) = (marks.first().copied().unwrap_or(0.0), marks.last().copied().unwrap_or(1.0));
    let lines = shown.iter().enumerate().map(|(index, series)| {
        let values = values(series, answer.from, step, count);
        let path = path(&values, bottom, top);
        Line { label: label(series), path, hue: index % HUES, values }
    });
    Chart { lines: lines.collect(), hidden: answer.series.len() - shown.len(), marks, steps }
}

/// The unit in which that many bytes are written.
fn binary_unit(bytes: f64) -> f64 {
    let mut unit = 1.0;
    while bytes.is_finite() && bytes >= unit * 1024.0 {
        unit *= 1024.0;
    }
    unit
}

fn values(series: &MetricSeries, from: DateTime<Utc>, step: i64, count: usize) -> Vec<Option<f64>> {
    let mut values = vec![None; count];
    for value in &series.values {
        let index = usize::try_from((value.at - from).num_seconds().div_euclid(step)).ok();
        if let Some(place) = index.and_then(|index| values.get_mut(index)) {
            *place = Some(value.value).filter(|value| value.is_finite());
        }
    }
    values
}

/// A line through the middles of its steps.
fn path(values: &[Option<f64>], bottom: f64, top: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "at most a thousand steps")]
    let pitch = WIDTH / values.len() as f64;
    let mut path = String::new();
    let mut begun = false;
    let mut middle = pitch / 2.0;
    for (index, value) in values.iter().enumerate() {
        if let Some(value) = value {
            let y = HEIGHT * (1.0 - (value - bottom) / (top - bottom));
            // Writing to a String can not fail.
            let _ = write!(path, "{}{middle:.1} {y:.1}", if begun { 'L' } else { 'M' });
            if !begun && values.get(index + 1).is_none_or(Option::is_none) {
                // A lonely value is a dot: a line without length with round ends.
                path.push_str("h0");
            }
        }
        begun = value.is_some();
        middle += pitch;
    }
    path
}

/// What tells a series apart.
pub fn label(series: &MetricSeries) -> String {
    let parts: Vec<_> = match series.labels.len() {
        0 => return "All series".to_owned(),
        1 => series.labels.values().cloned().collect(),
        _ => series.labels.iter().map(|(key, value)| format!("{key}={value}")).collect(),
    };
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::TimeZone;
    use devos_contracts::query::{MetricOp, MetricValue};

    use super::*;

    fn answer(series: &[&[(i64, f64)]]) -> MetricAnswer {
        let from = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
        let series = series.iter().map(|values| MetricSeries {
            labels: BTreeMap::new(),
            values: values
                .iter()
                .map(|(minute, value)| MetricValue { at: from + Duration::minutes(*minute), value: *value })
                .collect(),
        });
        MetricAnswer {
            name: "m".into(),
            unit: "s".into(),
            op: MetricOp::Avg,
            from,
            to: from + Duration::minutes(10),
            step_seconds: 60,
            series: series.collect(),
        }
    }

    #[test]
    fn a_line_has_gaps_where_data_is_missing() {
        let drawn = chart(&answer(&[&[(0, 0.0), (1, 10.0), (3, 5.0)]]));
        assert_eq!(drawn.lines[0].path, "M50.0 300.0L150.0 0.0M350.0 150.0h0");
        assert_eq!(drawn.lines[0].values[1], Some(10.0));
        assert_eq!(drawn.lines[0].values[2], None);
        assert_eq!(drawn.steps.len(), 10);
    }

    #[test]
    fn scales_begin_at_zero_unless_that_flattens_the_line() {
        assert_eq!(chart(&answer(&[&[(0, 2.0), (1, 10.0)]])).marks.first(), Some(&0.0));
        assert_eq!(chart(&answer(&[&[(0, 90.0), (1, 100.0)]])).marks.first(), Some(&90.0));
        assert_eq!(chart(&answer(&[&[(0, -4.0), (1, 4.0)]])).marks, [-4.0, -2.0, 0.0, 2.0, 4.0]);
    }

    #[test]
    fn sizes_are_marked_in_their_own_units() {
        let bytes = MetricAnswer { unit: "By".into(), ..answer(&[&[(0, 180e6)]]) };
        let mebibyte = 1_048_576.0;
        assert_eq!(chart(&bytes).marks, [0.0, 50.0, 100.0, 150.0, 200.0].map(|mark| mark * mebibyte));
    }

    #[test]
    fn an_answer_without_data_can_be_drawn() {
        let drawn = chart(&answer(&[]));
        assert!(drawn.lines.is_empty());
        assert_eq!(drawn.marks.last(), Some(&1.0));
    }

    #[test]
    fn too_many_lines_are_left_out_and_counted() {
        let one: &[(i64, f64)] = &[(0, 1.0)];
        let drawn = chart(&answer(&[one; 30]));
        assert_eq!((drawn.lines.len(), drawn.hidden), (SHOWN, 6));
        assert_eq!(drawn.lines[6].hue, drawn.lines[0].hue);
    }

    #[test]
    fn labels_name_their_keys_when_there_are_several() {
        let mut series = answer(&[&[]]).series.remove(0);
        assert_eq!(label(&series), "All series");
        series.labels.insert("route".into(), "/pay".into());
        assert_eq!(label(&series), "/pay");
        series.labels.insert("method".into(), "POST".into());
        assert_eq!(label(&series), "method=POST route=/pay");
    }
}
