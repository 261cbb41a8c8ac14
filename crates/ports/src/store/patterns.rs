//! Test runs, signals, patterns and the memory of one tenant.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::api::TestRun;
use devos_contracts::ci::{LintFinding, LintReport, RunSource, TestReport};
use devos_contracts::journal::TestRecord;
use devos_contracts::pattern::{MemoryKind, OccurrenceBucket, Pattern, PatternState, Pause};
use devos_contracts::signal::FailureSignal;
use devos_contracts::{CommitId, MemoryId, PatternId, Redacted, RepositoryId, TestRunId};

use super::StoreResult;

/// Newest results of a test that its record counts.
pub const RECORDED_RESULTS: u16 = 20;

/// Test runs, signals, patterns and the memory of one tenant.
#[async_trait]
pub trait PatternTx {
    /// Stores a test run with all of its cases; `Err(id)` inside `Ok` names the run that holds the same report already.
    async fn add_test_run(
        &mut self,
        run: &NewTestRun,
        report: &Redacted<TestReport>,
    ) -> StoreResult<Result<(), TestRunId>>;

    /// Stores a lint run with all of its findings, as [`Self::add_test_run`] does a test run.
    async fn add_lint_run(
        &mut self,
        run: &NewTestRun,
        report: &Redacted<LintReport>,
    ) -> StoreResult<Result<(), TestRunId>>;

    /// A lint run's findings in the order of the report, the first `skip` left out; `None` when the repository has no
    /// such lint run.
    async fn lint_findings(
        &mut self,
        repository: RepositoryId,
        run: TestRunId,
        skip: i64,
        limit: i64,
    ) -> StoreResult<Option<Vec<LintFinding>>>;

    /// Those of the tests that are flaky on a commit: one run of CI passed it and another one failed it, or a report
    /// of CI says so itself. What runs on somebody's machine proves nothing, since its working tree may differ.
    async fn flaky_tests(
        &mut self,
        repository: RepositoryId,
        commit: &CommitId,
        tests: &[String],
    ) -> StoreResult<BTreeSet<String>>;

    /// The patterns that a test run's failures were counted into.
    async fn patterns_of_run(&mut self, run: TestRunId) -> StoreResult<Vec<PatternId>>;

    /// A repository's test runs, newest first.
    async fn test_runs(&mut self, repository: RepositoryId, limit: i64) -> StoreResult<Vec<TestRun>>;

    /// The newest commit on which a test passed, uploaded before `before`, and its newest results up to that one, at
    /// most [`RECORDED_RESULTS`].
    async fn last_passed(
        &mut self,
        repository: RepositoryId,
        test: &str,
        before: DateTime<Utc>,
    ) -> StoreResult<Option<(CommitId, TestRecord)>>;

    /// Results of a test uploaded since `since`, as (commit, passed), oldest first.
    async fn test_results(
        &mut self,
        repository: RepositoryId,
        test: &str,
        since: DateTime<Utc>,
    ) -> StoreResult<Vec<(CommitId, bool)>>;

    /// Stores a signal and counts it into its pattern.
    async fn record_signal(&mut self, signal: &FailureSignal) -> StoreResult<SeenPattern>;

    /// Patterns, last seen first; `after` is the last item of the previous page.
    async fn patterns(&mut self, filter: &PatternFilter) -> StoreResult<Vec<Pattern>>;

    /// One pattern.
    async fn pattern(&mut self, id: PatternId) -> StoreResult<Option<Pattern>>;

    /// A pattern's newest signal.
    async fn latest_signal(&mut self, pattern: PatternId) -> StoreResult<Option<FailureSignal>>;

    /// Signals per hour since `since`, oldest first.
    async fn histogram(&mut self, pattern: PatternId, since: DateTime<Utc>) -> StoreResult<Vec<OccurrenceBucket>>;

    /// Signals of a pattern that occurred after `since`.
    async fn occurrences_since(&mut self, pattern: PatternId, since: DateTime<Utc>) -> StoreResult<u32>;

    /// Moves a pattern to a state.
    async fn set_pattern_state(&mut self, pattern: PatternId, state: PatternState) -> StoreResult<()>;

    /// Pauses a pattern, or lifts its pause. A pause moves it to Paused; lifting it moves it from Paused to Open.
    async fn set_pause(&mut self, pattern: PatternId, pause: Option<&Pause>) -> StoreResult<()>;

    /// Remembers something; the same (kind, pattern, title) is remembered once.
    async fn remember(&mut self, item: &NewMemory) -> StoreResult<()>;

    /// Memory items that share words with `query`, best first by the database's own ranking; logic re-ranks them.
    async fn recall(&mut self, query: &str, limit: i64) -> StoreResult<Vec<MemoryItem>>;
}

/// Which patterns to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatternFilter {
    /// Only these.
    pub state: Option<PatternState>,
    /// Only this repository's.
    pub repository: Option<RepositoryId>,
    /// Only those whose title, test or service contains this.
    pub text: Option<String>,
    /// Only those after this one in the list's order.
    pub after: Option<(DateTime<Utc>, PatternId)>,
    /// At most so many.
    pub limit: i64,
}

/// A test run to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTestRun {
    /// Identity.
    pub id: TestRunId,
    /// Where.
    pub repository: RepositoryId,
    /// On which commit.
    pub commit: CommitId,
    /// Where it ran.
    pub source: RunSource,
    /// SHA-256 of the report's bytes: a report is stored once per commit.
    pub digest: [u8; 32],
    /// When it was uploaded.
    pub at: DateTime<Utc>,
}

/// The pattern that a signal was counted into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenPattern {
    /// Which.
    pub pattern: PatternId,
    /// How often it has been seen now.
    pub occurrences: i64,
    /// Where it stood before this signal.
    pub state: PatternState,
}

/// Something to remember.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMemory {
    /// Identity.
    pub id: MemoryId,
    /// What it remembers.
    pub kind: MemoryKind,
    /// The pattern it came from.
    pub pattern: PatternId,
    /// One line for people.
    pub title: String,
    /// The normalised text it is found by.
    pub text: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Something remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryItem {
    /// Identity.
    pub id: MemoryId,
    /// What it remembers.
    pub kind: MemoryKind,
    /// The pattern it came from.
    pub pattern: PatternId,
    /// One line for people.
    pub title: String,
    /// The normalised text it is found by.
    pub text: String,
    /// When.
    pub at: DateTime<Utc>,
}
