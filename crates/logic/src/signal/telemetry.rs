//! Failures in OTLP logs and spans; one failure per exception, however many records report it.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::conventions::{Record, Work, text};
use crate::pattern;
use chrono::{DateTime, Utc};
use devos_contracts::signal::{RawFailure, SignalType};
use devos_contracts::telemetry::{Attributes, LogRecord, Resource, Span, SpanStatus, TelemetryBatch};

/// OTLP's first error severity.
const ERROR: i16 = 17;

type SpanKey = ([u8; 16], [u8; 8]);

/// The failures of a batch, each with the index of its resource; `at` stands in for a missing time.
///
/// An error log, an exception event and an error status of one span are one failure if they report the same
/// exception, and so are the same exception on its way up through parent spans and the error statuses it leaves there.
pub fn from_batch(batch: &TelemetryBatch, at: DateTime<Utc>) -> Vec<(usize, RawFailure)> {
    let mut detector = Detector::new(batch, at);
    for log in batch.logs.iter().filter(|log| is_error(log)) {
        detector.log(log);
    }
    for span in &batch.spans {
        detector.exceptions(span);
    }
    detector.statuses();
    detector.finish()
}

struct Detector<'a> {
    batch: &'a TelemetryBatch,
    at: DateTime<Utc>,
    parents: HashMap<SpanKey, [u8; 8]>,
    found: Vec<Found>,
}

/// A failure with the span that reported it.
struct Found {
    resource: usize,
    span: Option<SpanKey>,
    failure: RawFailure,
}

impl<'a> Detector<'a> {
    fn new(batch: &'a TelemetryBatch, at: DateTime<Utc>) -> Self {
        let parent = |span: &Span| span.parent_span_id.map(|parent| ((span.trace_id, span.span_id), parent));
        Self { batch, at, parents: batch.spans.iter().filter_map(parent).collect(), found: Vec::new() }
    }

    fn log(&mut self, log: &LogRecord) {
        let exception = Exception::of(&log.attributes);
        let span = log.trace_id.zip(log.span_id);
        let body = log.body.trim();
        // Plain loggers print the trace into the body.
        let read = pattern::scan(body);
        let in_body = exception.stack.is_none() && !read.frames.is_empty();
        let said = read.rest.iter().map(|line| line.trim()).find(|line| !line.is_empty()).unwrap_or(body);
        let failure = RawFailure {
            message: exception.message.unwrap_or(if in_body { said } else { body }).to_owned(),
            kind: exception.kind.unwrap_or_default().to_owned(),
            stack: exception.stack.or(in_body.then_some(body)).map(str::to_owned),
            occurred_at: log.timestamp.unwrap_or(self.at),
            ..self.blank(log.resource, span, log.trace_id, &log.attributes)
        };
        self.push(log.resource, span, failure, &log.attributes);
    }

    fn exceptions(&mut self, span: &Span) {
        // An explicit Ok says that the exception was handled, and so does a test that passed.
        let passed = self.work(span).and_then(|work| work.failed()) == Some(false);
        if span.status == SpanStatus::Ok || passed {
            return;
        }
        let key = (span.trace_id, span.span_id);
        for event in span.events.iter().filter(|event| event.name == "exception") {
            let exception = Exception::of(&event.attributes);
            let failure = RawFailure {
                kind: exception.kind.unwrap_or_default().to_owned(),
                message: exception.message.unwrap_or_default().to_owned(),
                stack: exception.stack.map(str::to_owned),
                occurred_at: event.timestamp.or(span.start).unwrap_or(self.at),
                ..self.blank(span.resource, Some(key), Some(span.trace_id), &span.attributes)
            };
            self.push(span.resource, Some(key), failure, &span.attributes);
        }
    }

    /// Failed spans that nothing explains: no exception, no error log, and no failed span below them.
    fn statuses(&mut self) {
        let failing = self.batch.spans.iter().filter(|span| self.fails(span));
        let failing: Vec<_> = failing.map(|span| (span.trace_id, span.span_id)).collect();
        let explained: Vec<_> = self.found.iter().filter_map(|found| found.span).collect();
        let mut skip: HashSet<SpanKey> = explained.iter().copied().collect();
        for key in failing.iter().chain(&explained) {
            skip.extend(self.ancestors(*key));
        }
        for span in &self.batch.spans {
            let key = (span.trace_id, span.span_id);
            if !self.fails(span) || skip.contains(&key) {
                continue;
            }
            let kind = text(&span.attributes, "error.type").unwrap_or_default();
            let said = Some(span.status_message.clone()).filter(|message| !message.is_empty());
            let work = || self.work(span).and_then(|work| work.message());
            let failure = RawFailure {
                kind: kind.to_owned(),
                message: said.or_else(work).unwrap_or_else(|| span.name.clone()),
                occurred_at: span.start.unwrap_or(self.at),
                ..self.blank(span.resource, Some(key), Some(span.trace_id), &span.attributes)
            };
            self.push(span.resource, Some(key), failure, &span.attributes);
        }
    }

    fn record<'r>(&'r self, resource: usize, own: &'r Attributes) -> Record<'r> {
        Record { own, resource: self.batch.resources.get(resource).map(|resource| &resource.attributes) }
    }

    /// What the span says about work of continuous integration.
    fn work(&self, span: &'a Span) -> Option<Work<'_>> {
        Work::of(self.record(span.resource, &span.attributes))
    }

    /// A result outweighs the status: pipelines mark cancelled runs as errors.
    fn fails(&self, span: &'a Span) -> bool {
        let said = self.work(span).and_then(|work| work.failed());
        said.unwrap_or(span.status == SpanStatus::Error)
    }

    fn blank(
        &self,
        resource: usize,
        span: Option<SpanKey>,
        trace: Option<[u8; 16]>,
        attributes: &Attributes,
    ) -> RawFailure {
        let record = self.record(resource, attributes);
        let work = Work::of(record);
        let resource = self.batch.resources.get(resource);
        let id = span.map(|(_, span)| hex(&span)).or_else(|| trace.map(|trace| hex(&trace)));
        let run = work.as_ref().and_then(|work| work.run).map(|run| format!("pipeline:{run}"));
        RawFailure {
            signal_type: work.as_ref().map_or(SignalType::RuntimeError, |work| work.signal_type),
            trigger_id: run.or_else(|| id.map(|id| format!("error:{id}"))).unwrap_or_default(),
            kind: String::new(),
            message: String::new(),
            stack: None,
            files: Vec::new(),
            test: work.and_then(|work| work.test.map(str::to_owned)),
            service: resource.and_then(Resource::service_name).map(str::to_owned),
            commit: record.commit(),
            repository: record.repository(),
            occurred_at: self.at,
        }
    }

    fn push(&mut self, resource: usize, span: Option<SpanKey>, mut failure: RawFailure, attributes: &Attributes) {
        let record = self.record(resource, attributes);
        failure.files = failure.stack.as_deref().map(pattern::files).unwrap_or_default();
        if failure.files.is_empty() {
            failure.files = record.file().into_iter().collect();
        }
        if failure.signal_type != SignalType::RuntimeError && failure.stack.is_none() {
            failure.stack = record.frame();
        }
        if failure.trigger_id.is_empty() {
            let key = pattern::fingerprint(&failure.message, failure.stack.as_deref(), &failure.files);
            failure.trigger_id = format!("error:{}", &key.as_str()[..16]);
        }
        let same = |found: &&mut Found| found.span.is_some() && found.span == span && is_same(&found.failure, &failure);
        if let Some(earlier) = self.found.iter_mut().find(same) {
            // Whichever record carries the trace is the better one.
            if earlier.failure.stack.is_none() && failure.stack.is_some() {
                earlier.failure = failure;
            }
            return;
        }
        self.found.push(Found { resource, span, failure });
    }

    fn ancestors(&self, key: SpanKey) -> Vec<SpanKey> {
        let (trace, mut span) = key;
        let mut ancestors = Vec::new();
        // A cycle of parents is possible in what a sender says.
        while let Some(parent) = self.parents.get(&(trace, span)).filter(|_| ancestors.len() < 256) {
            ancestors.push((trace, *parent));
            span = *parent;
        }
        ancestors
    }

    fn finish(self) -> Vec<(usize, RawFailure)> {
        let mut passed_on: HashSet<(SpanKey, &str, &str)> = HashSet::new();
        for found in &self.found {
            if let Some(key) = found.span {
                let failure = &found.failure;
                let up = self.ancestors(key).into_iter().filter(|ancestor| *ancestor != key);
                passed_on.extend(up.map(|ancestor| (ancestor, failure.kind.as_str(), failure.message.as_str())));
            }
        }
        let is_first = |found: &&Found| {
            found.span.is_none_or(|key| {
                !passed_on.contains(&(key, found.failure.kind.as_str(), found.failure.message.as_str()))
            })
        };
        self.found.iter().filter(is_first).map(|found| (found.resource, found.failure.clone())).collect()
    }
}

/// An error log and the exception event of one span name the same exception, or one of them gives no type.
fn is_same(a: &RawFailure, b: &RawFailure) -> bool {
    let kind = a.kind == b.kind || a.kind.is_empty() || b.kind.is_empty();
    let named = |a: &RawFailure, b: &RawFailure| !a.message.is_empty() && b.message.contains(&a.message);
    kind && (a.message == b.message || named(a, b) || named(b, a))
}

fn is_error(log: &LogRecord) -> bool {
    let said = Work::of(Record { own: &log.attributes, resource: None }).and_then(|work| work.failed());
    if let Some(failed) = said {
        return failed;
    }
    match log.severity_number {
        0 => {
            let word = log.severity_text.to_ascii_lowercase();
            matches!(word.as_str(), "error" | "fatal" | "critical" | "severe" | "panic")
                || (word.is_empty() && Exception::of(&log.attributes).kind.is_some())
        }
        number => number >= ERROR,
    }
}

/// `exception.*` of OpenTelemetry's semantic conventions.
struct Exception<'a> {
    kind: Option<&'a str>,
    message: Option<&'a str>,
    stack: Option<&'a str>,
}

impl<'a> Exception<'a> {
    fn of(attributes: &'a Attributes) -> Self {
        Self {
            kind: text(attributes, "exception.type"),
            message: text(attributes, "exception.message"),
            stack: text(attributes, "exception.stacktrace"),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a String can not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
