//! Rows that only a worker makes, made through the store's port.

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::TimeDelta;
use devos_contracts::journal::{Guards, JournalEntry, Observation, ProbeOutcome, Suspect};
use devos_contracts::proposal::Proposal;
use devos_contracts::repository::{GatePlan, Repository, RepositorySettings};
use devos_contracts::run::GateStage;
use devos_contracts::signal::FailureSignal;
use devos_contracts::{CommitId, PatternId, ProposalId, RepairId, RepositoryId, SignalId};
use devos_logic::repair;
use devos_ports::store::{NewEntry, NewRepair, Tx};
use devos_testkit::samples::{self, run_summary};
use uuid::Uuid;

use crate::cloud::{Cloud, now, unique};

/// A repair that waits for a person, and what belongs to it.
pub struct Waiting {
    pub repair: RepairId,
    pub proposal: Proposal,
}

impl Cloud {
    async fn write(&self) -> Box<dyn Tx> {
        self.store().begin(self.scope()).await.unwrap()
    }

    /// An enabled repository.
    pub async fn repository(&self) -> Repository {
        let gates = GatePlan { full: vec!["make test".to_owned()], ..GatePlan::default() };
        let settings = RepositorySettings { enabled: true, gates, ..RepositorySettings::default() };
        let id = RepositoryId(Uuid::now_v7());
        let repository = Repository { id, settings, created_at: now(), ..samples::repository(0, &unique("shop")) };
        let mut tx = self.write().await;
        tx.add_repository(&repository).await.unwrap();
        tx.commit().await.unwrap();
        repository
    }

    /// A pattern of one failure, seen `age` ago.
    pub async fn pattern_seen(&self, repository: RepositoryId, test: &str, age: TimeDelta) -> PatternId {
        let signal = FailureSignal {
            id: SignalId(Uuid::now_v7()),
            occurred_at: now() - age,
            ..samples::signal(0, Some(repository), test)
        };
        let mut tx = self.write().await;
        let seen = tx.record_signal(&signal).await.unwrap();
        tx.commit().await.unwrap();
        seen.pattern
    }

    /// A pattern of its own.
    pub async fn pattern(&self, repository: RepositoryId) -> PatternId {
        self.pattern_seen(repository, &unique("test_"), TimeDelta::zero()).await
    }

    /// A repair that has just begun.
    pub async fn repair(&self, repository: RepositoryId) -> RepairId {
        let pattern = self.pattern(repository).await;
        let mut journal = Journal::default();
        let repair = NewRepair { id: RepairId(Uuid::now_v7()), pattern, repository, at: now() };
        let mut tx = self.write().await;
        assert!(tx.add_repair(&repair, &journal.next(opened(pattern, ProposalId(Uuid::now_v7())))).await.unwrap());
        tx.commit().await.unwrap();
        repair.id
    }

    /// A repair whose proposal waits for a person, with the journal that leads there.
    pub async fn waiting(&self, repository: &Repository) -> Waiting {
        let pattern = self.pattern(repository.id).await;
        let repair = NewRepair { id: RepairId(Uuid::now_v7()), pattern, repository: repository.id, at: now() };
        let id = ProposalId(Uuid::now_v7());
        let sample = samples::proposal(0, &repair, repository);
        let proposal = Proposal { id, branch: id.branch(), created_at: now(), ..sample };
        let mut journal = Journal::default();
        let mut tx = self.write().await;
        assert!(tx.add_repair(&repair, &journal.next(opened(pattern, id))).await.unwrap());
        for observation in to_a_person(repository, &proposal) {
            assert!(tx.append(repair.id, &journal.next(observation)).await.unwrap());
        }
        tx.add_proposal(&proposal).await.unwrap();
        tx.commit().await.unwrap();
        Waiting { repair: repair.id, proposal }
    }

    /// A repository with one commit on `trunk`, on this machine.
    pub fn git_repository(&self) -> PathBuf {
        let path = self.files.path().join(unique("git"));
        git(self.files.path(), &["init", "-q", "-b", "trunk", path.to_str().unwrap()]);
        std::fs::write(path.join("app.txt"), "one").unwrap();
        git(&path, &["add", "."]);
        git(&path, &["commit", "-q", "-m", "first"]);
        path
    }
}

/// A commit id that nobody has used.
pub fn commit() -> CommitId {
    samples::commit(&unique("commit"))
}

fn git(directory: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Test", "-c", "user.email=test@localhost", "-C"]).arg(directory).args(args);
    let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repair's journal, written as the services write it.
#[derive(Default)]
struct Journal {
    entries: Vec<JournalEntry>,
}

impl Journal {
    fn next(&mut self, observation: Observation) -> NewEntry {
        let mut seen: Vec<_> = self.entries.iter().map(|entry| entry.observation.clone()).collect();
        seen.push(observation.clone());
        let plan = repair::next(&seen);
        let bytes = serde_json::to_vec(&observation).unwrap();
        let hash = repair::chain(self.entries.last().map_or("", |entry| entry.hash.as_str()), &bytes);
        let step = i32::try_from(self.entries.len()).unwrap();
        let (at, state, reason) = (now(), plan.state, plan.reason);
        self.entries.push(JournalEntry {
            step,
            at,
            observation: observation.clone(),
            state,
            reason: reason.clone(),
            hash: hash.clone(),
        });
        NewEntry { step, observation, bytes, state, reason, hash, at }
    }
}

fn opened(pattern: PatternId, proposal: ProposalId) -> Observation {
    match samples::opened(pattern).observation {
        Observation::Opened { pattern, signal_type, test, commit, last_passed, record, by, .. } => {
            Observation::Opened { pattern, signal_type, test, commit, last_passed, record, by, proposal }
        }
        other => other,
    }
}

/// What a repair learns after it was opened until a person must decide.
fn to_a_person(repository: &Repository, proposal: &Proposal) -> Vec<Observation> {
    let commit = proposal.head_commit.clone();
    let suspect = Suspect {
        commit: proposal.culprit.commit.clone(),
        subject: proposal.culprit.subject.clone(),
        committed_at: proposal.culprit.committed_at,
        touches: 1.0,
    };
    let guards = Guards {
        attempts: 1,
        open_proposals: 0,
        paused: None,
        settings: repository.settings.clone(),
        covered_by: None,
        at: now(),
    };
    let gate = |stage| Observation::GateRan { stage, passed: true, runs: vec![run_summary("make test")] };
    vec![
        Observation::Retrieved { similar: Vec::new() },
        Observation::GuardsChecked { guards },
        Observation::Prepared {
            base_branch: proposal.base_branch.clone(),
            head: proposal.base_commit.clone(),
            suspects: vec![suspect],
            before: Some(samples::commit("sound")),
        },
        Observation::RevertBuilt {
            culprit: proposal.culprit.clone(),
            base: proposal.base_commit.clone(),
            commit: commit.clone(),
            diff: proposal.diff.clone(),
        },
        Observation::ChangeProven {
            commit: commit.clone(),
            outcome: ProbeOutcome::Passed,
            run: run_summary("make test"),
        },
        Observation::Validated { violations: Vec::new(), risk: proposal.risk.clone() },
        Observation::BranchPushed { branch: proposal.branch.clone(), commit },
        gate(GateStage::Fast),
        gate(GateStage::Full),
        Observation::PullRequestOpened { branch: proposal.branch.clone() },
        Observation::AutonomyChecked { level: 0, merges_alone: false, limited_by: vec!["level 0".to_owned()] },
    ]
}
