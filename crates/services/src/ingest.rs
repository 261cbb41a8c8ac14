//! Telemetry and CI results on their way in.

use std::sync::Arc;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use devos_contracts::api::TestRunReceipt;
use devos_contracts::ci::{TestOutcome, TestReport};
use devos_contracts::job::Job;
use devos_contracts::pattern::{MemoryKind, PatternState};
use devos_contracts::scope::Actor;
use devos_contracts::signal::FailureSignal;
use devos_contracts::telemetry::{Refusal, TelemetryBatch};
use devos_contracts::{CommitId, MemoryId, PatternId, RepositoryId, Scope, SignalId, TestRunId};
use devos_logic::access::{self, Action};
use devos_logic::{redact, signal};
use devos_ports::store::patterns::NewMemory;
use devos_ports::store::{NewTestRun, SeenPattern, StoredBatch};
use devos_ports::{Clock, Entropy, Store};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::incidents::memory_text;
use crate::{ServiceError, ServiceResult};

/// Requests being written at once; the others wait in line, and the line is short.
const WRITERS: usize = 4;
/// Requests that may wait for a writer before the next one is told to come back.
const QUEUE: usize = 64;
/// A pattern that keeps failing is considered for repair at most once in this time.
const CONSIDER_EVERY: TimeDelta = TimeDelta::minutes(10);

/// Accepts telemetry and test results.
pub struct Ingest {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    line: Semaphore,
    writers: Semaphore,
}

/// What became of a telemetry batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// What was refused, by reason; the rest is durable.
    pub refused: Vec<Refusal>,
    /// True when the very same batch was stored before.
    pub duplicate: bool,
}

/// An upload of test results.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The repository, by name or id.
    pub repository: String,
    /// The commit that was tested.
    pub commit: CommitId,
    /// The decoded report.
    pub report: TestReport,
    /// SHA-256 of the report's bytes.
    pub digest: [u8; 32],
}

impl Ingest {
    /// Ingest over its ports.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, clock, entropy, line: Semaphore::new(WRITERS + QUEUE), writers: Semaphore::new(WRITERS) }
    }

    /// Stores a decoded OTLP request durably; `body_digest` is the SHA-256 of its body.
    pub async fn accept(
        &self,
        scope: &Scope,
        batch: TelemetryBatch,
        body_digest: &[u8; 32],
    ) -> ServiceResult<Accepted> {
        access::check(scope, Action::Ingest)?;
        let _place = self.line.try_acquire().map_err(|_| overloaded())?;
        let _writer = self.writers.acquire().await.map_err(|_| overloaded())?;
        let now = self.clock.now();
        let rows = (batch.logs.len() + batch.spans.len() + batch.points.len()) as u64;
        let (telemetry, redactions) = redact::batch(batch);
        let failures = signal::from_batch(telemetry.get(), now);

        let mut tx = self.store.begin_ingest(scope).await?;
        let stored =
            StoredBatch { id: batch_id(scope, body_digest), token: token(scope), rows, redactions, received_at: now };
        if !tx.claim_batch(&stored).await? {
            return Ok(Accepted { refused: telemetry.get().refused.clone(), duplicate: true });
        }
        let mut projects = Vec::with_capacity(telemetry.get().resources.len());
        for resource in &telemetry.get().resources {
            projects.push(match resource.service_name() {
                Some(service) => tx.repository_of_service(service).await?,
                None => None,
            });
        }
        let mut refused = telemetry.get().refused.clone();
        refused.extend(tx.copy(&stored, &telemetry, &projects).await?);
        tx.drop_records(&refused, now).await?;
        for (resource, failure) in failures {
            let repository = projects.get(resource).copied().flatten();
            let signal = signal::identify(redact::failure(failure), SignalId(self.entropy.id()), repository);
            let seen = tx.record_signal(&signal).await?;
            if let Some((job, key)) = consider(scope, &signal, seen, now) {
                tx.push_job(&job, &key).await?;
            }
        }
        tx.commit().await?;
        Ok(Accepted { refused, duplicate: false })
    }

    /// Stores test results and counts their failures into patterns.
    pub async fn upload(&self, scope: &Scope, upload: Upload) -> ServiceResult<TestRunReceipt> {
        access::check(scope, Action::Ingest)?;
        let now = self.clock.now();
        let id = TestRunId(self.entropy.id());
        let failures = signal::from_report(&upload.report, &id.trigger(), Some(&upload.commit), now);
        let report = redact::report(upload.report);
        let mut tx = self.store.begin(scope).await?;
        let repository = match upload.repository.parse::<RepositoryId>() {
            Ok(id) => tx.repository(id).await?,
            Err(_) => tx.repository_by_name(&upload.repository).await?,
        };
        let repository = repository.ok_or(ServiceError::NotFound("the repository"))?.id;
        let mut receipt = count(id, report.get());
        let run = NewTestRun { id, repository, commit: upload.commit, digest: upload.digest, at: now };
        if let Err(earlier) = tx.add_test_run(&run, &report).await? {
            let patterns = tx.patterns_of_run(earlier).await?;
            return Ok(TestRunReceipt { id: earlier, duplicate: true, patterns, ..receipt });
        }
        for failure in failures {
            let signal = signal::identify(redact::failure(failure), SignalId(self.entropy.id()), Some(repository));
            let seen = tx.record_signal(&signal).await?;
            if seen.occurrences == 1 {
                tx.remember(&self.incident(seen.pattern, &signal)).await?;
            }
            if let Some((job, key)) = consider(scope, &signal, seen, now) {
                tx.push_job(&job, &key).await?;
            }
            if !receipt.patterns.contains(&seen.pattern) {
                receipt.patterns.push(seen.pattern);
            }
        }
        for repair in tx.watching(repository).await? {
            let job = Job::AdvanceRepair { tenant: scope.tenant, repair };
            tx.push_job(&job, &format!("advance:{repair}:{id}")).await?;
        }
        tx.commit().await?;
        Ok(receipt)
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

fn overloaded() -> ServiceError {
    ServiceError::Store(devos_ports::StoreError::Unavailable("the ingest queue is full".into()))
}

fn token(scope: &Scope) -> Option<devos_contracts::TokenId> {
    match scope.actor {
        Actor::Token { id, .. } => Some(id),
        _ => None,
    }
}

/// SHA-256 of who sent it and what: a retried request has the id of the first one.
fn batch_id(scope: &Scope, body_digest: &[u8; 32]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(scope.tenant.0.to_be_bytes());
    if let Some(token) = token(scope) {
        hasher.update(token.0.as_bytes());
    }
    hasher.update(body_digest);
    hasher.finalize().into()
}

/// The job that looks whether a failing pattern is to be repaired; one in [`CONSIDER_EVERY`] for a pattern
/// that fails without end, but one for every failing commit.
fn consider(scope: &Scope, signal: &FailureSignal, seen: SeenPattern, now: DateTime<Utc>) -> Option<(Job, String)> {
    if signal.repository.is_none() || seen.state == PatternState::Repairing {
        return None;
    }
    let slot = now.duration_trunc(CONSIDER_EVERY).unwrap_or(now).timestamp();
    let commit = signal.commit.as_ref().map_or("", CommitId::as_str);
    let job = Job::ConsiderPattern { tenant: scope.tenant, pattern: seen.pattern };
    Some((job, format!("consider:{}:{commit}:{slot}", seen.pattern)))
}

fn count(id: TestRunId, report: &TestReport) -> TestRunReceipt {
    let mut receipt = TestRunReceipt { id, passed: 0, failed: 0, skipped: 0, patterns: Vec::new(), duplicate: false };
    for case in &report.cases {
        match case.outcome {
            TestOutcome::Passed => receipt.passed += 1,
            TestOutcome::Failed(_) => receipt.failed += 1,
            TestOutcome::Skipped => receipt.skipped += 1,
        }
    }
    receipt
}
