//! Detects failures in telemetry and in reports of CI, and gives each its identity.

mod conventions;
mod flaky;
mod lint;
mod telemetry;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use devos_contracts::ci::{TestOutcome, TestReport};
use devos_contracts::signal::{FailureSignal, RawFailure, SignalType};
use devos_contracts::{CommitId, Redacted, RepositoryId, SignalId};

use crate::pattern;

pub use conventions::is_repository;
pub use flaky::{CommitResult, flaky_tests};
pub use lint::from_lint;
pub use telemetry::from_batch;

/// Characters of a title.
const TITLE_CHARS: usize = 200;

/// The failures of a test report, one per test; a test that passed in the end is none.
///
/// `run_trigger` is `run:{id}`; `at` is when the report arrived.
pub fn from_report(
    report: &TestReport,
    run_trigger: &str,
    commit: Option<&CommitId>,
    at: DateTime<Utc>,
) -> Vec<RawFailure> {
    let mut failures: Vec<RawFailure> = Vec::new();
    for case in report.cases.iter().filter(|case| !case.flaky) {
        let TestOutcome::Failed(failure) = &case.outcome else {
            continue;
        };
        let test = case.id();
        if failures.iter().any(|earlier| earlier.test.as_deref() == Some(&test)) {
            continue;
        }
        let stack = Some(failure.text.clone()).filter(|text| !text.trim().is_empty());
        let mut files: Vec<String> = case.file.iter().map(|file| pattern::relative(file)).collect();
        for file in stack.as_deref().map(pattern::files).unwrap_or_default() {
            if !files.contains(&file) {
                files.push(file);
            }
        }
        failures.push(RawFailure {
            signal_type: SignalType::TestFailure,
            trigger_id: run_trigger.to_owned(),
            kind: kind(&failure.kind, &failure.message, stack.as_deref()),
            message: message(&failure.message, stack.as_deref()),
            stack,
            files,
            test: Some(test),
            service: None,
            commit: commit.cloned(),
            repository: None,
            occurred_at: at,
        });
    }
    failures
}

/// Equal failures as one that says how many: a thousand errors of one kind are one row. In the order of their keys.
pub fn fold(mut signals: Vec<FailureSignal>) -> Vec<FailureSignal> {
    let key = |signal: &FailureSignal| (signal.repository, signal.group_key.clone(), signal.pattern_id.clone());
    signals.sort_by_cached_key(key);
    signals.dedup_by(|later, kept| {
        let equal = key(later) == key(kept);
        if equal {
            kept.occurrences = kept.occurrences.saturating_add(later.occurrences);
            kept.occurred_at = kept.occurred_at.max(later.occurred_at);
        }
        equal
    });
    signals
}

/// A redacted failure with its keys and its title.
pub fn identify(failure: Redacted<RawFailure>, id: SignalId, repository: Option<RepositoryId>) -> FailureSignal {
    let failure = failure.into_inner();
    let mut files = failure.files;
    files.sort_unstable();
    files.dedup();
    let error = headline(&failure.kind, &failure.message);
    FailureSignal {
        id,
        signal_type: failure.signal_type,
        trigger_id: failure.trigger_id,
        pattern_id: pattern::fingerprint(&error, failure.stack.as_deref(), &files),
        group_key: pattern::group_key(
            &failure.kind,
            &failure.message,
            failure.stack.as_deref(),
            &files,
            failure.test.as_deref(),
        ),
        repository,
        title: title(&error, failure.test.as_deref()),
        normalized: pattern::normalize(&failure.message),
        message: failure.message,
        stack: failure.stack,
        files,
        test: failure.test,
        service: failure.service,
        commit: failure.commit,
        occurred_at: failure.occurred_at,
        occurrences: 1,
    }
}

/// The type and the message, unless the message already begins with the type.
fn headline(kind: &str, message: &str) -> String {
    let short = kind.rsplit(['.', ':']).next().unwrap_or(kind);
    match (kind.is_empty(), message.is_empty()) {
        (true, _) => message.to_owned(),
        (false, true) => kind.to_owned(),
        (false, false) if message.starts_with(kind) || message.starts_with(short) => message.to_owned(),
        (false, false) => format!("{kind}: {message}"),
    }
}

fn title(error: &str, test: Option<&str>) -> String {
    let line = error.lines().map(str::trim).find(|line| !line.is_empty()).or(test).unwrap_or("unknown failure");
    line.chars().take(TITLE_CHARS).collect()
}

/// The reported message, or else what the stack says beside its frames.
fn message(reported: &str, stack: Option<&str>) -> String {
    if !reported.trim().is_empty() {
        return reported.trim().to_owned();
    }
    let scan = stack.map(pattern::scan).unwrap_or_default();
    // Python and pytest put the error last and pytest marks it with `E`; the others put it first.
    let marked = scan.rest.iter().find_map(|line| line.strip_prefix("E   "));
    let lines = scan.rest.iter().map(|line| line.trim()).filter(|line| !line.is_empty());
    let python = scan.rest.iter().any(|line| line.trim().starts_with("Traceback (most recent call last)"));
    let line = marked.or_else(|| if python { lines.clone().next_back() } else { lines.clone().next() });
    line.unwrap_or_default().trim().to_owned()
}

/// The reported type, or else the type that begins the message, as in `KeyError: 'x'`.
fn kind(reported: &str, message_text: &str, stack: Option<&str>) -> String {
    if !reported.trim().is_empty() {
        return reported.trim().to_owned();
    }
    let message = message(message_text, stack);
    let Some((head, _)) = message.split_once(':') else {
        return String::new();
    };
    let named = ["Error", "Exception", "Failure", "Failed", "Warning"].iter().any(|end| head.ends_with(end));
    if named && !head.contains(char::is_whitespace) { head.to_owned() } else { String::new() }
}
