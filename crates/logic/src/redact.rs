//! Removes secrets and personal data before anything is stored, shown, hashed or sent on.
//!
//! Every match becomes `[REDACTED]`, an e-mail address `[EMAIL]`; what stands around it stays, so a stack trace
//! remains readable. Redacting twice changes nothing. All expressions run in linear time behind one literal scan.
//! This is the only place that may build [`Redacted`].

mod names;
mod rules;
#[cfg(test)]
mod tests;
mod value;

use std::borrow::Cow;
use std::ops::Range;

use devos_contracts::Redacted;
use devos_contracts::ci::{LintReport, TestOutcome, TestReport};
use devos_contracts::signal::RawFailure;
use devos_contracts::telemetry::{Attributes, TelemetryBatch};
use regex::Captures;
use serde_json::Value;

pub use rules::Certainty;
use rules::{Action, Compiled, TABLE};

use crate::{pattern, source};

const REDACTED: &str = "[REDACTED]";
const EMAIL: &str = "[EMAIL]";

/// A secret in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's stable name.
    pub rule: &'static str,
    /// How sure the rule is.
    pub certainty: Certainty,
    /// The bytes of the secret.
    pub range: Range<usize>,
}

/// The text without secrets; borrowed where there are none.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut count = 0;
    redact_counting(text, &mut count)
}

/// The secrets of a text, by rule; a secret that two rules see is found twice.
pub fn find(text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for compiled in TABLE.candidates(text) {
        for (range, _) in matches(compiled, text) {
            findings.push(Finding { rule: compiled.rule.name, certainty: compiled.rule.certainty, range });
        }
    }
    findings
}

/// Attributes without secrets: a key that names a secret loses its whole value.
pub fn redact_attributes(attributes: Attributes) -> Attributes {
    let mut count = 0;
    attributes_counting(attributes, &mut count)
}

/// A batch without secrets, and how many were removed.
pub fn batch(batch: TelemetryBatch) -> (Redacted<TelemetryBatch>, u64) {
    let mut batch = batch;
    let mut count = 0;
    for resource in &mut batch.resources {
        in_attributes(&mut resource.attributes, &mut count);
    }
    for log in &mut batch.logs {
        in_body(&mut log.body, &mut count);
        in_text(&mut log.severity_text, &mut count);
        in_text(&mut log.event_name, &mut count);
        in_attributes(&mut log.attributes, &mut count);
    }
    for span in &mut batch.spans {
        in_text(&mut span.name, &mut count);
        in_text(&mut span.status_message, &mut count);
        in_attributes(&mut span.attributes, &mut count);
        for event in &mut span.events {
            in_text(&mut event.name, &mut count);
            in_attributes(&mut event.attributes, &mut count);
        }
        for link in &mut span.links {
            in_attributes(&mut link.attributes, &mut count);
        }
    }
    for metric in &mut batch.metrics {
        in_text(&mut metric.name, &mut count);
        in_text(&mut metric.description, &mut count);
    }
    for point in &mut batch.points {
        in_attributes(&mut point.attributes, &mut count);
        for exemplar in &mut point.exemplars {
            in_attributes(&mut exemplar.attributes, &mut count);
        }
    }
    (assume(batch), count)
}

/// A failure without secrets.
pub fn failure(failure: RawFailure) -> Redacted<RawFailure> {
    let mut failure = failure;
    let mut count = 0;
    in_text(&mut failure.trigger_id, &mut count);
    in_text(&mut failure.kind, &mut count);
    in_text(&mut failure.message, &mut count);
    for text in failure.stack.iter_mut().chain(&mut failure.test).chain(&mut failure.service) {
        in_text(text, &mut count);
    }
    for file in &mut failure.files {
        in_text(file, &mut count);
    }
    if let Some(hint) = &mut failure.repository {
        hint.url.iter_mut().chain(&mut hint.name).for_each(|text| in_text(text, &mut count));
    }
    assume(failure)
}

/// A test report without secrets.
pub fn report(report: TestReport) -> Redacted<TestReport> {
    let mut report = report;
    let mut count = 0;
    for case in &mut report.cases {
        in_text(&mut case.suite, &mut count);
        in_text(&mut case.class_name, &mut count);
        in_text(&mut case.name, &mut count);
        if let Some(file) = &mut case.file {
            in_text(file, &mut count);
        }
        if let TestOutcome::Failed(failure) = &mut case.outcome {
            in_text(&mut failure.kind, &mut count);
            in_text(&mut failure.message, &mut count);
            in_text(&mut failure.text, &mut count);
        }
    }
    assume(report)
}

/// A lint report without secrets: paths lose the place of the checkout, which often names a person, and source text
/// stays only where it may be stored.
pub fn lint_report(report: LintReport) -> Redacted<LintReport> {
    let mut report = report;
    let mut count = 0;
    for finding in &mut report.findings {
        let path = finding.file.as_deref().map(pattern::relative);
        let storable = path.as_deref().is_some_and(source::may_store);
        if !storable || source::is_about_secrets(&finding.tool, &finding.rule) {
            finding.snippet = None;
        }
        finding.file = path;
        let texts = [&mut finding.tool, &mut finding.rule, &mut finding.message];
        for text in texts.into_iter().chain(&mut finding.file).chain(&mut finding.snippet) {
            in_text(text, &mut count);
        }
        for (mut kind, mut print) in std::mem::take(&mut finding.fingerprints) {
            in_text(&mut kind, &mut count);
            in_text(&mut print, &mut count);
            finding.fingerprints.insert(kind, print);
        }
    }
    assume(report)
}

/// A command's output without secrets.
pub fn output(output: &str) -> Redacted<String> {
    assume(redact(output).into_owned())
}

#[expect(clippy::disallowed_methods, reason = "the rules have just run; this module is the one place that may say so")]
fn assume<T>(value: T) -> Redacted<T> {
    Redacted::assume(value)
}

fn in_text(text: &mut String, count: &mut u64) {
    if let Cow::Owned(redacted) = redact_counting(text, count) {
        *text = redacted;
    }
}

/// A structured body arrives as JSON text; its keys count like attributes' keys.
fn in_body(body: &mut String, count: &mut u64) {
    if body.starts_with(['{', '['])
        && let Ok(value) = serde_json::from_str::<Value>(body)
    {
        let before = *count;
        let value = value::redact(value, count);
        if *count > before {
            *body = value.to_string();
        }
        return;
    }
    in_text(body, count);
}

fn in_attributes(attributes: &mut Attributes, count: &mut u64) {
    *attributes = attributes_counting(std::mem::take(attributes), count);
}

fn attributes_counting(attributes: Attributes, count: &mut u64) -> Attributes {
    attributes.into_iter().map(|(key, value)| value::redact_entry(key, value, count)).collect()
}

/// Applies the rules until none finds anything: a replacement can part what hid a secret, as in `a@b.com4111...`.
///
/// It ends because every replacement leaves fewer characters that are not placeholders.
fn redact_counting<'a>(text: &'a str, count: &mut u64) -> Cow<'a, str> {
    let mut redacted = Cow::Borrowed(text);
    while let Some(changed) = redact_once(&redacted, count) {
        redacted = Cow::Owned(changed);
    }
    redacted
}

fn redact_once(text: &str, count: &mut u64) -> Option<String> {
    let mut changed: Option<String> = None;
    for compiled in TABLE.candidates(text) {
        let text = changed.as_deref().unwrap_or(text);
        let found = matches(compiled, text);
        if found.is_empty() {
            continue;
        }
        *count += found.len() as u64;
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for (range, replacement) in found {
            out.push_str(&text[end..range.start]);
            out.push_str(replacement);
            end = range.end;
        }
        out.push_str(&text[end..]);
        changed = Some(out);
    }
    changed
}

/// What a rule removes from a text, in order, with what is put in its place.
fn matches(compiled: &Compiled, text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(captures) = compiled.regex.captures_at(text, at) {
        let whole = captures.get_match();
        match judge(compiled.rule.action, text, &captures) {
            Some((range, replacement)) => {
                at = whole.end().max(range.end);
                if &text[range.clone()] != REDACTED {
                    found.push((range, replacement));
                }
            }
            // An everyday key may have a secret's key for its value: `auth: token=...`.
            None => at = captures.name("key").map_or(whole.end(), |key| key.end()),
        }
    }
    found
}

fn judge(action: Action, text: &str, captures: &Captures<'_>) -> Option<(Range<usize>, &'static str)> {
    let whole = captures.get_match();
    let secret = captures.name("secret").unwrap_or(whole);
    let is_secret = match action {
        Action::All | Action::Secret => true,
        Action::WithDigit => whole.as_str().bytes().any(|b| b.is_ascii_digit()) || whole.len() >= 24,
        Action::Bearer => value::is_credential(secret.as_str()),
        Action::Keyed => {
            let separator = captures.name("sep").map(|separator| separator.as_str());
            let range = value::keyed(text, captures.name("key")?.as_str(), separator, secret.range())?;
            return Some((range, REDACTED));
        }
        Action::Card => value::is_card(text, whole.range()),
        Action::Email => return value::is_email(text, whole.range()).then(|| (whole.range(), EMAIL)),
        Action::UserInfo => {
            value::is_userinfo(captures.name("scheme").map_or("", |scheme| scheme.as_str()), secret.as_str())
        }
    };
    is_secret.then(|| (secret.range(), REDACTED))
}
