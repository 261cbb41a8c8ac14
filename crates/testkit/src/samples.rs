//! Samples of the domain's nouns, whole and valid; a test changes the fields it is about.

use chrono::{DateTime, Utc};
use devos_contracts::ci::{
    LintFinding, LintLevel, LintReport, RunSource, TestCase, TestFailure, TestOutcome, TestReport,
};
use devos_contracts::journal::{Observation, TestRecord};
use devos_contracts::proposal::{
    Claim, Culprit, Evidence, Proposal, ProposalState, RiskAssessment, RiskFactor, RiskLabel,
};
use devos_contracts::repair::RepairState;
use devos_contracts::repository::{ForgeKind, Repository, RepositorySettings};
use devos_contracts::run::{RunEnd, RunSummary};
use devos_contracts::signal::{FailureSignal, SignalType};
use devos_contracts::telemetry::TelemetryBatch;
use devos_contracts::{
    CommitId, Fingerprint, GroupKey, PatternId, ProposalId, Redacted, RepairId, RepositoryId, SignalId, TestRunId,
};
use devos_logic::redact;
use devos_ports::store::{BatchOrigin, NewEntry, NewRepair, NewTestRun, StoredBatch};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use telemetry::{measurements, telemetry};

mod telemetry;

/// A time in whole seconds after the samples' beginning, 2026-11-20 09:00 UTC.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_165_200 + seconds, 0).unwrap_or_default()
}

/// An id that is the same for the same number, ordered by it.
pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 | number)
}

/// A full commit id made from a word.
pub fn commit(word: &str) -> CommitId {
    CommitId(hex(&Sha256::digest(word)[..20]))
}

/// 32 bytes made from a word: a secret's hash, a digest, a batch id.
pub fn digest(word: &str) -> [u8; 32] {
    Sha256::digest(word).into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
        .collect()
}

/// An enabled repository with the product's defaults.
pub fn repository(number: u128, name: &str) -> Repository {
    Repository {
        id: RepositoryId(id(number)),
        name: name.to_owned(),
        forge: ForgeKind::Local,
        remote: format!("https://git.example.com/{name}.git"),
        default_branch: "main".to_owned(),
        services: Vec::new(),
        settings: RepositorySettings { enabled: true, ..RepositorySettings::default() },
        settings_version: 1,
        created_at: at(0),
    }
}

/// A test's failure in a repository; signals with equal tests share a pattern.
pub fn signal(number: u128, repository: Option<RepositoryId>, test: &str) -> FailureSignal {
    FailureSignal {
        id: SignalId(id(number)),
        signal_type: SignalType::TestFailure,
        trigger_id: format!("run:{}", id(number)),
        pattern_id: Fingerprint(hex(&digest(test))),
        group_key: GroupKey(format!("v1:{}", hex(&digest(test)))),
        repository,
        title: format!("AssertionError: {test} expected 2 but was 3"),
        message: format!("{test} expected 2 but was 3"),
        normalized: format!("{test} expected <n> but was <n>"),
        stack: Some("Traceback (most recent call last):\n  File \"shop/cart.py\", line 7, in total".to_owned()),
        files: vec!["shop/cart.py".to_owned()],
        test: Some(test.to_owned()),
        service: None,
        commit: Some(commit("broken")),
        occurred_at: at(0),
        occurrences: 1,
    }
}

/// A service's runtime error.
pub fn runtime_signal(number: u128, repository: Option<RepositoryId>, service: &str) -> FailureSignal {
    FailureSignal {
        signal_type: SignalType::RuntimeError,
        trigger_id: "error:0102030405060708".to_owned(),
        service: Some(service.to_owned()),
        test: None,
        commit: None,
        ..signal(number, repository, service)
    }
}

/// A repair of a pattern.
pub fn repair(number: u128, pattern: PatternId, repository: RepositoryId) -> NewRepair {
    NewRepair { id: RepairId(id(number)), pattern, repository, at: at(60) }
}

/// A journal row; its bytes are the observation's JSON.
pub fn entry(step: i32, observation: Observation, state: RepairState) -> NewEntry {
    let bytes = serde_json::to_vec(&observation).unwrap_or_default();
    NewEntry {
        step,
        hash: hex(&Sha256::digest(&bytes)),
        observation,
        bytes,
        state,
        reason: format!("step {step} leads to {}", state.as_str()),
        at: at(60 + i64::from(step)),
    }
}

/// Step 0 of a repair's journal.
pub fn opened(pattern: PatternId) -> NewEntry {
    let observation = Observation::Opened {
        pattern,
        signal_type: SignalType::TestFailure,
        test: Some("test_total".to_owned()),
        commit: Some(commit("broken")),
        last_passed: Some(commit("sound")),
        record: TestRecord { passes: 1, failures: 0 },
        by: "devos".to_owned(),
        proposal: ProposalId(id(9000)),
    };
    entry(0, observation, RepairState::Detected)
}

/// A run that ended well.
pub fn run_summary(command: &str) -> RunSummary {
    RunSummary {
        command: command.to_owned(),
        end: RunEnd::Exited { code: 0 },
        duration_ms: 1200,
        output_sha256: hex(&digest(command)),
        output_bytes: 2,
        output_tail: "OK".to_owned(),
        profile: "none".to_owned(),
        silent: None,
    }
}

/// An open proposal of a repair.
pub fn proposal(number: u128, repair: &NewRepair, repository: &Repository) -> Proposal {
    let proposal = ProposalId(id(number));
    Proposal {
        id: proposal,
        repair: repair.id,
        pattern: repair.pattern,
        repository: repository.id,
        repository_name: repository.name.clone(),
        title: "Revert \"Round totals\"".to_owned(),
        body: "test_total fails since this commit.".to_owned(),
        branch: proposal.branch(),
        base_branch: repository.default_branch.clone(),
        base_commit: commit("head"),
        head_commit: commit("revert"),
        culprit: Culprit {
            commit: commit("broken"),
            subject: "Round totals".to_owned(),
            author: "Ada".to_owned(),
            committed_at: at(-3600),
        },
        diff: "diff --git a/shop/cart.py b/shop/cart.py\n".to_owned(),
        risk: RiskAssessment {
            score: 7,
            label: RiskLabel::Low,
            factors: vec![RiskFactor { name: "lines".to_owned(), points: 7, explanation: "2 lines".to_owned() }],
        },
        confidence: 99,
        evidence: vec![Evidence {
            claim: Claim::ChangePasses,
            commit: commit("revert"),
            holds: true,
            run: run_summary("python -m unittest"),
        }],
        state: ProposalState::Open,
        decision: None,
        merge: None,
        created_at: at(300),
    }
}

/// A test run to store.
pub fn test_run(number: u128, repository: RepositoryId, on: &CommitId) -> NewTestRun {
    NewTestRun {
        id: TestRunId(id(number)),
        repository,
        commit: on.clone(),
        source: RunSource::Ci,
        digest: digest(&number.to_string()),
        at: at(0),
    }
}

/// A lint report with one finding of each level, and an error that somebody accepted.
pub fn lint_report() -> LintReport {
    let finding = |level, rule: &str, suppressed| LintFinding {
        tool: "ruff".to_owned(),
        rule: rule.to_owned(),
        level,
        message: format!("{rule} is broken"),
        file: Some("src/shop/cart.py".to_owned()),
        line: Some(7),
        column: Some(1),
        end_line: Some(7),
        end_column: Some(12),
        fingerprints: [("line/v1".to_owned(), rule.to_lowercase())].into(),
        snippet: Some("import os".to_owned()),
        suppressed,
    };
    LintReport {
        findings: vec![
            finding(LintLevel::Error, "F401", false),
            finding(LintLevel::Warning, "W291", false),
            finding(LintLevel::Note, "N801", false),
            finding(LintLevel::None, "I001", false),
            finding(LintLevel::Error, "S602", true),
        ],
    }
}

/// A report in which each named test passed (`true`) or failed.
pub fn report(results: &[(&str, bool)]) -> TestReport {
    let case = |(name, passed): &(&str, bool)| TestCase {
        suite: "unit".to_owned(),
        class_name: String::new(),
        name: (*name).to_owned(),
        file: Some("shop/test_cart.py".to_owned()),
        line: Some(12),
        duration_ms: 5,
        outcome: if *passed {
            TestOutcome::Passed
        } else {
            TestOutcome::Failed(TestFailure {
                kind: "AssertionError".to_owned(),
                message: "3 != 2".to_owned(),
                text: "Traceback".to_owned(),
            })
        },
        flaky: false,
    };
    TestReport { cases: results.iter().map(case).collect() }
}

/// A batch as ingest hands it to the store.
pub fn redacted(batch: TelemetryBatch) -> Redacted<TelemetryBatch> {
    redact::batch(batch).0
}

/// A report as uploads hand it to the store.
pub fn redacted_report(report: TestReport) -> Redacted<TestReport> {
    redact::report(report)
}

/// The receipt of a batch.
pub fn stored_batch(word: &str, rows: u64, received_at: DateTime<Utc>) -> StoredBatch {
    let origin = BatchOrigin { id: Uuid::from_slice(&digest(word)[..16]).unwrap_or_default(), received_at };
    StoredBatch { origin, token: None, rows, redactions: 0, refused: 0, clamped: 0 }
}
