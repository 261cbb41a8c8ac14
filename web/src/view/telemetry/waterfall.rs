//! A trace as a waterfall: a tree on the left, bars on a time axis on the right.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use devos_contracts::query::{SpanId, SpanNode, TraceDetail};
use devos_contracts::telemetry::SpanStatus;

use super::axis;

/// Colours for services.
const HUES: usize = 6;

/// A span's line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The span.
    pub id: SpanId,
    /// Its place in the trace's list, which tells spans with one id apart.
    pub index: usize,
    /// How far it is indented.
    pub depth: u32,
    /// Where its bar begins, as a percentage of the axis.
    pub left: f64,
    /// How long its bar is, as a percentage of the axis.
    pub width: f64,
    /// True when it failed.
    pub failed: bool,
    /// True when its parent is missing.
    pub orphan: bool,
    /// Spans below it.
    pub below: usize,
    /// Its service's colour.
    pub hue: usize,
}

/// A waterfall.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    /// Parents before their children.
    pub lines: Vec<Line>,
    /// Marks of the axis: the time since the start in nanoseconds, and its place as a percentage.
    pub marks: Vec<(i64, f64)>,
    /// Spans that failed.
    pub errors: usize,
}

/// Lays a trace out.
pub fn waterfall(trace: &TraceDetail) -> Waterfall {
    let length = trace.duration_ns.max(1);
    let start = trace.start.unwrap_or_default();
    let hues: BTreeMap<&str, usize> =
        trace.services.iter().enumerate().map(|(i, name)| (name.as_str(), i % HUES)).collect();
    let lines = trace.spans.iter().enumerate().map(|(index, node)| {
        let span = &node.span;
        let left = percent(since(start, span.start), length).clamp(0.0, 100.0);
        Line {
            id: span.span_id,
            index,
            depth: node.depth,
            left,
            width: percent(span.duration_ns, length).clamp(0.0, 100.0 - left),
            failed: span.status == SpanStatus::Error,
            orphan: node.orphan,
            below: below(&trace.spans, index),
            hue: span.service.as_deref().and_then(|service| hues.get(service).copied()).unwrap_or(0),
        }
    });
    let lines: Vec<Line> = lines.collect();
    Waterfall { errors: lines.iter().filter(|line| line.failed).count(), lines, marks: marks(length) }
}

/// How many of the spans after this one hang below it.
fn below(spans: &[SpanNode], index: usize) -> usize {
    spans[index + 1..].iter().take_while(|node| node.depth > spans[index].depth).count()
}

/// The lines that are seen while the spans at these places are folded.
pub fn unfolded(lines: &[Line], folded: &[usize]) -> Vec<Line> {
    let mut hidden_up_to = 0;
    let mut seen = Vec::new();
    for line in lines {
        if line.index < hidden_up_to {
            continue;
        }
        if folded.contains(&line.index) {
            hidden_up_to = line.index + line.below + 1;
        }
        seen.push(line.clone());
    }
    seen
}

fn since(start: DateTime<Utc>, at: DateTime<Utc>) -> i64 {
    (at - start).num_nanoseconds().unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a place on the screen")]
fn percent(part: i64, whole: i64) -> f64 {
    part as f64 * 100.0 / whole as f64
}

fn marks(length: i64) -> Vec<(i64, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "marks are round")]
    let values = axis::values(0.0, length as f64, 4);
    #[expect(clippy::cast_possible_truncation, reason = "marks lie within the trace")]
    let marks = values.into_iter().map(|value| value as i64).filter(|at| *at <= length);
    marks.map(|at| (at, percent(at, length))).collect()
}
