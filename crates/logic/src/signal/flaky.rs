//! Tests that pass and fail on one and the same commit.

use std::collections::{BTreeMap, BTreeSet};

use devos_contracts::TestRunId;
use devos_contracts::ci::TestOutcome;

/// One result of a test on the commit in question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CommitResult<'a> {
    /// The test.
    pub test: &'a str,
    /// The run that it belongs to.
    pub run: TestRunId,
    /// What happened.
    pub outcome: &'a TestOutcome,
    /// True when the run's report itself shows both.
    pub flaky: bool,
}

#[derive(Default)]
struct Seen {
    passed: bool,
    failed: bool,
}

/// The flaky tests among the results of one commit.
///
/// A run failed a test if any of its results did, and passed it only if none did: several tests of a run may share an
/// id, and say nothing about each other.
pub fn flaky_tests<'a>(results: impl IntoIterator<Item = CommitResult<'a>>) -> BTreeSet<String> {
    let mut flaky = BTreeSet::new();
    let mut runs: BTreeMap<(&str, TestRunId), Seen> = BTreeMap::new();
    for result in results {
        if result.flaky {
            flaky.insert(result.test.to_owned());
        }
        let seen = runs.entry((result.test, result.run)).or_default();
        seen.passed |= matches!(result.outcome, TestOutcome::Passed);
        seen.failed |= matches!(result.outcome, TestOutcome::Failed(_));
    }
    let mut tests: BTreeMap<&str, Seen> = BTreeMap::new();
    for ((test, _), run) in runs {
        let seen = tests.entry(test).or_default();
        seen.failed |= run.failed;
        seen.passed |= run.passed && !run.failed;
    }
    let both = tests.into_iter().filter(|(_, seen)| seen.passed && seen.failed);
    flaky.extend(both.map(|(test, _)| test.to_owned()));
    flaky
}

#[cfg(test)]
mod tests {
    use devos_contracts::TestRunId;
    use devos_contracts::ci::{TestFailure, TestOutcome};
    use uuid::Uuid;

    use super::{CommitResult, flaky_tests};

    /// Results as `run test outcome`; `!` behind the outcome is the report's own mark.
    fn flaky(results: &[(u128, &str, &str)]) -> Vec<String> {
        let failed = TestOutcome::Failed(TestFailure::default());
        let results = results.iter().map(|(run, test, outcome)| CommitResult {
            test,
            run: TestRunId(Uuid::from_u128(*run)),
            outcome: match outcome.trim_end_matches('!') {
                "passed" => &TestOutcome::Passed,
                "skipped" => &TestOutcome::Skipped,
                _ => &failed,
            },
            flaky: outcome.ends_with('!'),
        });
        flaky_tests(results).into_iter().collect()
    }

    #[test]
    fn a_test_that_passed_and_failed_in_different_runs_is_flaky() {
        assert_eq!(flaky(&[(1, "a", "passed"), (2, "a", "failed"), (2, "b", "failed"), (1, "c", "passed")]), ["a"]);
        assert_eq!(flaky(&[(1, "a", "failed"), (2, "a", "passed"), (3, "a", "skipped")]), ["a"], "in either order");
        assert!(flaky(&[(1, "a", "failed"), (2, "a", "failed"), (3, "a", "skipped")]).is_empty());
        assert!(flaky(&[(1, "a", "passed"), (2, "b", "failed")]).is_empty());
    }

    #[test]
    fn tests_of_one_run_that_share_an_id_do_not_make_it_flaky() {
        assert!(flaky(&[(1, "a", "passed"), (1, "a", "failed"), (2, "a", "failed"), (2, "a", "passed")]).is_empty());
        assert_eq!(flaky(&[(1, "a", "passed"), (1, "a", "passed"), (2, "a", "failed"), (2, "a", "passed")]), ["a"]);
        assert_eq!(flaky(&[(1, "a", "failed!")]), ["a"], "unless the report says so");
    }
}
