//! Tests with their results.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use devos_contracts::ci::{RunSource, TestCase, TestOutcome};
use devos_contracts::query::{TestHistory, TestResult};
use devos_logic::signal::{CommitResult, flaky_tests};
use devos_ports::store::telemetry::HISTORY_RESULTS;
use devos_ports::store::{NewTestRun, TestSearch};

use super::super::state::TenantData;
use super::{at_most, holds};

type Case<'a> = (&'a NewTestRun, usize, &'a TestCase);

pub(super) fn read(data: &TenantData, search: &TestSearch) -> Vec<TestHistory> {
    let text = search.text.as_ref().map(|text| text.to_lowercase());
    let mut tests: BTreeMap<String, Vec<Case<'_>>> = BTreeMap::new();
    for (run, report) in &data.runs {
        // Runs on a person's machine prove nothing about a commit.
        if run.repository == search.repository && run.source == RunSource::Ci && holds(search.range, run.at) {
            for (ordinal, case) in report.cases.iter().enumerate() {
                tests.entry(case.id()).or_default().push((run, ordinal, case));
            }
        }
    }
    let found = tests
        .into_iter()
        .filter(|(test, _)| text.as_ref().is_none_or(|text| test.to_lowercase().contains(text)))
        .filter(|(test, _)| search.after.as_ref().is_none_or(|after| test > after))
        .map(|(test, cases)| history(test, cases))
        .filter(|history| search.flaky.is_none_or(|flaky| history.flaky == flaky));
    at_most(found.collect(), search.limit)
}

fn history(test: String, mut cases: Vec<Case<'_>>) -> TestHistory {
    cases.sort_by_key(|(run, ordinal, _)| Reverse((run.at, run.id, *ordinal)));
    let count = |is: &dyn Fn(&TestCase) -> bool| {
        i64::try_from(cases.iter().filter(|(_, _, case)| is(case)).count()).unwrap_or(i64::MAX)
    };
    let passed = count(&|case| case.outcome == TestOutcome::Passed);
    let skipped = count(&|case| case.outcome == TestOutcome::Skipped);
    let failed = count(&|case| matches!(case.outcome, TestOutcome::Failed(_)));
    let reported_flaky = count(&|case| case.flaky);
    let mut flaky_commits = BTreeSet::new();
    let mut durations = Vec::new();
    for (run, _, case) in &cases {
        let of_commit = cases.iter().filter(|(other, ..)| other.commit == run.commit);
        let results = of_commit.map(|(other, _, case)| CommitResult {
            test: &test,
            run: other.id,
            outcome: &case.outcome,
            flaky: false,
        });
        if !flaky_tests(results).is_empty() {
            flaky_commits.insert(&run.commit);
        }
        if case.outcome != TestOutcome::Skipped {
            durations.push(i64::try_from(case.duration_ms).unwrap_or(i64::MAX));
        }
    }
    let flaky_commits = flaky_commits.len();
    let mean = durations.iter().copied().map(i128::from).sum::<i128>() / durations.len().max(1) as i128;
    let result = |(run, _, case): &Case<'_>| TestResult {
        run: run.id,
        commit: run.commit.clone(),
        at: run.at,
        outcome: match case.outcome {
            TestOutcome::Passed => "passed",
            TestOutcome::Skipped => "skipped",
            TestOutcome::Failed(_) => "failed",
        }
        .to_owned(),
        duration_ms: i64::try_from(case.duration_ms).unwrap_or(i64::MAX),
    };
    TestHistory {
        test,
        passed,
        failed,
        skipped,
        flaky: flaky_commits > 0 || reported_flaky > 0,
        flaky_commits: i64::try_from(flaky_commits).unwrap_or(i64::MAX),
        reported_flaky,
        mean_duration_ms: i64::try_from(mean).unwrap_or(i64::MAX),
        results: cases.iter().take(HISTORY_RESULTS).map(result).collect(),
    }
}
