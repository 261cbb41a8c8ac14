//! Results of tests, as a strip from the oldest to the newest.

use devos_contracts::query::{TestHistory, TestResult};

use crate::view::state::Tone;

/// What the page of tests shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Runs, newest first.
    Runs,
    /// Tests whose newest result is a failure.
    Failing,
    /// Tests that pass and fail on one commit.
    Flaky,
    /// Every test.
    All,
}

impl View {
    /// The views with the words of the address bar and their labels.
    pub const OPTIONS: [(&'static str, &'static str); 4] =
        [("", "Runs"), ("failing", "Failing tests"), ("flaky", "Flaky tests"), ("all", "All tests")];

    /// Reads the word of the address bar.
    pub fn parse(word: &str) -> Self {
        match word {
            "failing" => Self::Failing,
            "flaky" => Self::Flaky,
            "all" => Self::All,
            _ => Self::Runs,
        }
    }

    /// True when a test belongs there.
    pub fn shows(self, test: &TestHistory) -> bool {
        match self {
            Self::Failing => fails(test),
            Self::Flaky => test.flaky,
            Self::Runs | Self::All => true,
        }
    }
}

/// True when the newest result that says something is a failure.
pub fn fails(test: &TestHistory) -> bool {
    test.results.iter().find(|result| result.outcome != "skipped").is_some_and(|result| result.outcome == "failed")
}

/// A result's colour.
pub fn tone(result: &TestResult) -> Tone {
    match result.outcome.as_str() {
        "passed" => Tone::Good,
        "failed" => Tone::Bad,
        _ => Tone::Quiet,
    }
}

/// How many of the runs that said something failed, in percent; none when none did.
pub fn failure_share(test: &TestHistory) -> Option<i64> {
    let ran = test.passed + test.failed;
    (ran > 0).then(|| (test.failed * 100 + ran / 2) / ran)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use devos_contracts::CommitId;

    use super::*;

    fn test(outcomes: &[&str]) -> TestHistory {
        let result = |outcome: &&str| TestResult {
            run: "01930000-0000-7000-8000-000000000001".parse().unwrap(),
            commit: CommitId("b1946ac92492d2347c6235b4d2611184a1b2c3d4".into()),
            at: DateTime::default(),
            outcome: (*outcome).to_owned(),
            duration_ms: 1,
        };
        let count = |wanted: &str| {
            (1_i64..).zip(outcomes.iter().filter(|outcome| **outcome == wanted)).last().map_or(0, |(n, _)| n)
        };
        TestHistory {
            test: "t".into(),
            passed: count("passed"),
            failed: count("failed"),
            skipped: count("skipped"),
            flaky: false,
            flaky_commits: 0,
            reported_flaky: 0,
            mean_duration_ms: 1,
            results: outcomes.iter().map(result).collect(),
        }
    }

    #[test]
    fn the_newest_result_decides_and_skipping_says_nothing() {
        assert!(fails(&test(&["failed", "passed"])));
        assert!(fails(&test(&["skipped", "failed", "passed"])));
        assert!(!fails(&test(&["passed", "failed"])));
        assert!(!fails(&test(&["skipped"])));
    }

    #[test]
    fn views_choose_their_tests() {
        let broken = test(&["failed"]);
        assert!(View::parse("failing").shows(&broken) && View::parse("all").shows(&broken));
        assert!(!View::parse("flaky").shows(&broken));
        assert!(View::parse("flaky").shows(&TestHistory { flaky: true, ..broken }));
    }

    #[test]
    fn shares_are_rounded_and_need_runs() {
        assert_eq!(failure_share(&test(&["failed", "passed", "passed"])), Some(33));
        assert_eq!(failure_share(&test(&["skipped"])), None);
    }
}
