//! Results of tests and linters.

use std::collections::BTreeSet;

use devos_contracts::api::TestRunReceipt;
use devos_contracts::ci::{LintReport, RunSource, TestCase, TestOutcome, TestReport};
use devos_contracts::job::Job;
use devos_contracts::pattern::MemoryKind;
use devos_contracts::signal::FailureSignal;
use devos_contracts::{CommitId, MemoryId, PatternId, RepositoryId, Scope, SignalId, TestRunId};
use devos_logic::access::{self, Action};
use devos_logic::{redact, signal};
use devos_ports::store::patterns::NewMemory;
use devos_ports::store::{NewTestRun, SeenPattern, Tx};

use super::{Ingest, consider};
use crate::incidents::memory_text;
use crate::{ServiceError, ServiceResult};

/// An upload of results, by default of tests.
#[derive(Debug, Clone)]
pub struct Upload<R = TestReport> {
    /// The repository, by name or id.
    pub repository: String,
    /// The commit that was tested.
    pub commit: CommitId,
    /// Where that was done.
    pub source: RunSource,
    /// The decoded report.
    pub report: R,
    /// SHA-256 of the report's bytes.
    pub digest: [u8; 32],
}

impl Ingest {
    /// Stores test results and counts their failures into patterns. A failure of a test that passed on the same commit
    /// too is stored, but as one that a report calls flaky it is no signal.
    pub async fn upload(&self, scope: &Scope, upload: Upload) -> ServiceResult<TestRunReceipt> {
        access::check(scope, Action::Ingest)?;
        let now = self.clock.now();
        let id = TestRunId(self.entropy.id());
        let failures = signal::from_report(&upload.report, &id.trigger(), Some(&upload.commit), now);
        let Upload { repository, commit, source, report, digest } = upload;
        let report = redact::report(report);
        let mut tx = self.store.begin(scope).await?;
        let repository = find(&mut *tx, &repository).await?;
        let run = NewTestRun { id, repository, commit, source, digest, at: now };
        let added = tx.add_test_run(&run, &report).await?;

        let identify =
            |failure| signal::identify(redact::failure(failure), SignalId(self.entropy.id()), Some(repository));
        let mut signals: Vec<FailureSignal> = failures.into_iter().map(identify).collect();
        let failing: Vec<String> = signals.iter().filter_map(|signal| signal.test.clone()).collect();
        let mut flaky = if failing.is_empty() {
            BTreeSet::new()
        } else {
            tx.flaky_tests(repository, &run.commit, &failing).await?
        };
        signals.retain(|signal| signal.test.as_ref().is_none_or(|test| !flaky.contains(test)));
        flaky.extend(said_to_be_flaky(report.get()));
        let mut receipt = TestRunReceipt { flaky: counted(flaky.len()), ..count(id, report.get()) };
        if let Err(earlier) = added {
            let patterns = tx.patterns_of_run(earlier).await?;
            return Ok(TestRunReceipt { id: earlier, duplicate: true, patterns, ..receipt });
        }
        for signal in signals {
            let seen = self.record(&mut *tx, &signal, &mut receipt).await?;
            if let Some((job, key)) = consider(scope, &signal, seen, now) {
                tx.push_job(&job, &key).await?;
            }
        }
        for repair in tx.watching(repository).await? {
            let job = Job::AdvanceRepair { tenant: scope.tenant, repair };
            tx.push_job(&job, &format!("advance:{repair}:{id}")).await?;
        }
        tx.commit().await?;
        Ok(receipt)
    }

    /// Stores lint findings and counts their errors into patterns. No repair is considered: a repair proves itself by a
    /// test, and a violation has none.
    pub async fn upload_lint(&self, scope: &Scope, upload: Upload<LintReport>) -> ServiceResult<TestRunReceipt> {
        access::check(scope, Action::Ingest)?;
        let now = self.clock.now();
        let id = TestRunId(self.entropy.id());
        let Upload { repository, commit, source, report, digest } = upload;
        let failures = signal::from_lint(&report, &id.trigger(), Some(&commit), now);
        let report = redact::lint_report(report);
        let mut tx = self.store.begin(scope).await?;
        let repository = find(&mut *tx, &repository).await?;
        let run = NewTestRun { id, repository, commit, source, digest, at: now };
        let counts = report.get().counts();
        let mut receipt =
            TestRunReceipt { failed: counts.errors, lint: Some(counts), ..count(id, &TestReport::default()) };
        if let Err(earlier) = tx.add_lint_run(&run, &report).await? {
            let patterns = tx.patterns_of_run(earlier).await?;
            return Ok(TestRunReceipt { id: earlier, duplicate: true, patterns, ..receipt });
        }
        let identify =
            |failure| signal::identify(redact::failure(failure), SignalId(self.entropy.id()), Some(repository));
        // Patterns are counted in the order of their keys, else two transactions could wait for each other.
        for signal in signal::fold(failures.into_iter().map(identify).collect()) {
            self.record(&mut *tx, &signal, &mut receipt).await?;
        }
        tx.commit().await?;
        Ok(receipt)
    }

    /// Counts a signal into its pattern, which is remembered when it is new.
    async fn record(
        &self,
        tx: &mut dyn Tx,
        signal: &FailureSignal,
        receipt: &mut TestRunReceipt,
    ) -> ServiceResult<SeenPattern> {
        let seen = tx.record_signal(signal).await?;
        if seen.occurrences == i64::from(signal.occurrences) {
            tx.remember(&self.incident(seen.pattern, signal)).await?;
        }
        if !receipt.patterns.contains(&seen.pattern) {
            receipt.patterns.push(seen.pattern);
        }
        Ok(seen)
    }

    fn incident(&self, pattern: PatternId, signal: &FailureSignal) -> NewMemory {
        NewMemory {
            id: MemoryId(self.entropy.id()),
            kind: MemoryKind::Incident,
            pattern,
            title: signal.title.clone(),
            text: memory_text(&signal.normalized, signal.stack.as_deref()),
            at: signal.occurred_at,
        }
    }
}

/// A repository by its name or its id.
async fn find(tx: &mut dyn Tx, repository: &str) -> ServiceResult<RepositoryId> {
    let found = match repository.parse::<RepositoryId>() {
        Ok(id) => tx.repository(id).await?,
        Err(_) => tx.repository_by_name(repository).await?,
    };
    Ok(found.ok_or(ServiceError::NotFound("the repository"))?.id)
}

/// Failing tests that the report itself calls flaky.
fn said_to_be_flaky(report: &TestReport) -> impl Iterator<Item = String> {
    let failing = |case: &&TestCase| matches!(case.outcome, TestOutcome::Failed(_)) && case.flaky;
    report.cases.iter().filter(failing).map(TestCase::id)
}

fn count(id: TestRunId, report: &TestReport) -> TestRunReceipt {
    let mut receipt = TestRunReceipt {
        id,
        passed: 0,
        failed: 0,
        skipped: 0,
        patterns: Vec::new(),
        duplicate: false,
        flaky: 0,
        lint: None,
    };
    for case in &report.cases {
        match case.outcome {
            TestOutcome::Passed => receipt.passed += 1,
            TestOutcome::Failed(_) => receipt.failed += 1,
            TestOutcome::Skipped => receipt.skipped += 1,
        }
    }
    receipt
}

fn counted(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}
