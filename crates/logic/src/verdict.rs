//! Decides what one run says about one test: from a report where there is one, else from the runner's output.

mod identity;
mod marker;
mod plan;
mod summary;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::LazyLock;

use devos_contracts::ci::{TestCase, TestOutcome, TestReport};
use devos_contracts::journal::ProbeOutcome;
use devos_contracts::run::RunEnd;
use regex::Regex;

use identity::TestName;
use marker::Mark;
pub use plan::{ReportPlan, detect_reports};
use summary::Summary;

/// Colours and cursor movements.
static ANSI: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\x1b\[[0-9;?]*[A-Za-z]").unwrap_or_else(|error| unreachable!("the expression is constant: {error}"))
});

/// What a run says about the test whose [`TestCase::id`] is `test`.
///
/// A report that holds the test decides; a report without it means that the test does not exist there, unless the
/// output names it. Without a report the output decides: a failure counts only where the runner names this test, and a
/// success only where it ran to its end. Everything else is [`ProbeOutcome::Untestable`], because a wrong "passed"
/// accuses an innocent commit.
pub fn of(test: &str, end: RunEnd, output: &str, reports: &[TestReport]) -> ProbeOutcome {
    let name = TestName::new(test);
    if let Some(outcome) = in_reports(test, &name, reports) {
        return outcome;
    }
    let RunEnd::Exited { code } = end else {
        return ProbeOutcome::Untestable;
    };
    let output = ANSI.replace_all(output, "");
    let reported = reports.iter().any(|report| !report.cases.is_empty());
    in_output(&name, code, &output, reported)
}

fn in_reports(test: &str, name: &TestName, reports: &[TestReport]) -> Option<ProbeOutcome> {
    let cases = || reports.iter().flat_map(|report| &report.cases);
    let mut found: Vec<&TestCase> = cases().filter(|case| case.id() == test).collect();
    if found.is_empty() {
        found = cases().filter(|case| name.is(&case.id())).collect();
        // Two tests of like names: neither can be meant for sure unless they agree.
        let outcome = |case: &TestCase| outcome(case);
        if found.windows(2).any(|pair| outcome(pair[0]) != outcome(pair[1])) {
            return Some(ProbeOutcome::Untestable);
        }
    }
    let outcomes: Vec<_> = found.into_iter().map(outcome).collect();
    [ProbeOutcome::Failed, ProbeOutcome::Passed, ProbeOutcome::Untestable]
        .into_iter()
        .find(|outcome| outcomes.contains(outcome))
}

/// A flaky case passed in the end; the failing attempt was chance.
fn outcome(case: &TestCase) -> ProbeOutcome {
    match case.outcome {
        TestOutcome::Passed => ProbeOutcome::Passed,
        TestOutcome::Failed(_) if case.flaky => ProbeOutcome::Passed,
        TestOutcome::Failed(_) => ProbeOutcome::Failed,
        TestOutcome::Skipped => ProbeOutcome::Untestable,
    }
}

fn in_output(name: &TestName, code: i32, output: &str, reported: bool) -> ProbeOutcome {
    let (mut ours, mut lists_passes) = (Vec::new(), false);
    let mut previous = "";
    let mut unfinished: Option<&str> = None;
    for line in output.lines() {
        // A test's own output can part its name from its result.
        let joined = unfinished.filter(|_| marker::is_result(line)).map(|open| format!("{open} ... {}", line.trim()));
        if let Some((mark, found)) = marker::read(joined.as_deref().unwrap_or(line), previous) {
            lists_passes |= mark == Mark::Passed;
            unfinished = None;
            if name.is(&found) {
                ours.push(mark);
            }
        } else if let Some((open, _)) = line.split_once(" ... ") {
            unfinished = Some(open);
        }
        previous = line;
    }
    // A failure shows again in the closing summary, and a retried test shows every attempt.
    if code != 0 && ours.contains(&Mark::Failed) {
        return ProbeOutcome::Failed;
    }
    if ours.contains(&Mark::Passed) {
        return ProbeOutcome::Passed;
    }
    if reported || ours.contains(&Mark::Skipped) {
        return ProbeOutcome::Untestable;
    }
    // A runner that lists what passed did not run what it does not list.
    let summary = Summary::read(output);
    let passed = !lists_passes && !summary.ran_nothing && (code == 0 || (summary.completed && !summary.broken));
    if passed { ProbeOutcome::Passed } else { ProbeOutcome::Untestable }
}

/// Everything that could be printed around a name without being part of it.
fn trim_name(name: &str) -> Cow<'_, str> {
    let name = name.trim().trim_end_matches(" (shuffled)");
    if name.contains("\\#") { name.replace("\\#", "#").into() } else { name.into() }
}
