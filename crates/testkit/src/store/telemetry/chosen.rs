//! What a filter chooses.

use std::cmp::Ordering;

use devos_contracts::query::{Field, Filter, LogEntry, SeriesInfo, SpanDetail, Test, TraceId};
use devos_contracts::telemetry::{Attributes, SpanStatus};
use serde_json::Value;

/// True when all terms hold; `value` reads what a term looks at.
pub(super) fn chooses(filter: &Filter, value: impl Fn(&Field) -> Option<String>) -> bool {
    filter.terms.iter().all(|term| {
        let any_case = term.field == Field::Text;
        value(&term.field).is_some_and(|value| holds(&term.test, &value, any_case)) != term.negated
    })
}

fn holds(wanted: &Test, value: &str, any_case: bool) -> bool {
    let number = || value.parse::<f64>().ok().filter(|number| number.is_finite());
    match wanted {
        Test::Contains(text) => value.to_lowercase().contains(&text.to_lowercase()),
        Test::Prefix(text) if any_case => value.to_lowercase().starts_with(&text.to_lowercase()),
        Test::Prefix(text) => value.starts_with(text),
        Test::Equals(text) => {
            value == text
                || number()
                    .zip(text.parse().ok())
                    .is_some_and(|(a, b): (f64, f64)| a.partial_cmp(&b) == Some(Ordering::Equal))
        }
        Test::Exists => true,
        Test::Less(limit) => number().is_some_and(|number| number < *limit),
        Test::AtMost(limit) => number().is_some_and(|number| number <= *limit),
        Test::Greater(limit) => number().is_some_and(|number| number > *limit),
        Test::AtLeast(limit) => number().is_some_and(|number| number >= *limit),
        Test::Within(low, high) => number().is_some_and(|number| (*low..=*high).contains(&number)),
    }
}

fn attribute(record: &Attributes, resource: &Attributes, key: &str) -> Option<String> {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    record.get(key).and_then(text).or_else(|| resource.get(key).and_then(text))
}

pub(super) fn log_value(log: &LogEntry, field: &Field) -> Option<String> {
    match field {
        Field::Text => Some(log.body.clone()),
        Field::Name => Some(log.event_name.clone()).filter(|name| !name.is_empty()),
        Field::Service => log.service.clone(),
        Field::Severity => Some(log.severity_number.to_string()),
        Field::Trace => log.trace_id.map(|id| id.to_string()),
        Field::Span => log.span_id.map(|id| id.to_string()),
        Field::Attribute(key) => attribute(&log.attributes, &log.resource, key),
        Field::Status | Field::Duration => None,
    }
}

pub(super) fn span_value(trace: TraceId, span: &SpanDetail, field: &Field) -> Option<String> {
    match field {
        Field::Text | Field::Name => Some(span.name.clone()),
        Field::Service => span.service.clone(),
        Field::Trace => Some(trace.to_string()),
        Field::Span => Some(span.span_id.to_string()),
        Field::Status => Some(
            match span.status {
                SpanStatus::Unset => "unset",
                SpanStatus::Ok => "ok",
                SpanStatus::Error => "error",
            }
            .to_owned(),
        ),
        Field::Duration => Some(span.duration_ns.to_string()),
        Field::Attribute(key) => attribute(&span.attributes, &span.resource, key),
        Field::Severity => None,
    }
}

pub(super) fn series_value(series: &SeriesInfo, field: &Field) -> Option<String> {
    match field {
        Field::Service => series.service.clone(),
        Field::Attribute(key) => attribute(&series.attributes, &series.resource, key),
        _ => None,
    }
}
