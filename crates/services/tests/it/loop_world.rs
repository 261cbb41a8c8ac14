//! A tenant with one repository whose newest commits fail, and the worker's part played by hand.

use std::sync::Arc;

use devos_contracts::api::TestRunReceipt;
use devos_contracts::ci::RunSource;
use devos_contracts::job::Job;
use devos_contracts::journal::JournalEntry;
use devos_contracts::repair::Repair as RepairRow;
use devos_contracts::repository::GatePlan;
use devos_contracts::scope::{Actor, Rights, Role, Scope};
use devos_contracts::{CommitId, PatternId, RepairId, UserId};
use devos_logic::quota::Quota;
use devos_ports::{Clock, Store};
use devos_services::ingest::Upload;
use devos_services::{Incidents, Ingest, Proposals, Repair, Repairs};
use devos_testkit::{FixedClock, MemForge, MemStore, MemWorkspace, SeededEntropy, samples, workspace};

/// The commits, oldest first; `culprit` broke the test.
pub const COMMITS: [&str; 9] = ["one", "two", "three", "four", "culprit", "six", "seven", "eight", "nine"];
/// The test that fails.
pub const TEST: &str = "shop::adds";

const DIFF: &str = "diff --git a/src/culprit.py b/src/culprit.py\nindex 1111111..2222222 100644\n\
                    --- a/src/culprit.py\n+++ b/src/culprit.py\n@@ -1,2 +1,1 @@\n one\n-two\n";

/// Services over doubles.
pub struct LoopWorld {
    pub scope: Scope,
    pub clock: Arc<FixedClock>,
    pub store: Arc<MemStore>,
    pub forge: Arc<MemForge>,
    pub workspace: Arc<MemWorkspace>,
    pub ingest: Ingest,
    pub incidents: Incidents,
    pub proposals: Proposals,
    pub repairs: Repairs,
    pub repair: Repair,
}

impl LoopWorld {
    /// A world in which `culprit` broke the test.
    pub async fn new() -> Self {
        let history = workspace::history(&COMMITS);
        let culprit = samples::commit("culprit");
        let workspace =
            MemWorkspace::broken_by(history, &culprit, "FAILED shop::adds\nFAILED shop::totals\nFAILED shop::ships");
        workspace.set_diff(&culprit, DIFF);
        let (workspace, forge) = (Arc::new(workspace), Arc::new(MemForge::default()));
        let clock = Arc::new(FixedClock::at(samples::at(0)));
        let store = Arc::new(MemStore::at(clock.clone()));
        let owner = UserId(samples::id(1));
        let tenant = store.add_tenant("Acme", owner, "ana@acme.example");
        let actor = Actor::User { id: owner, email: "ana@acme.example".into() };
        let scope = Scope { tenant, actor, rights: Rights::Role(Role::Owner) };
        let entropy = Arc::new(SeededEntropy::new(7));
        let shared: Arc<dyn Store> = store.clone();
        let world = Self {
            ingest: Ingest::new(shared.clone(), clock.clone(), entropy.clone(), Quota { records_per_minute: 1000.0 }),
            incidents: Incidents::new(shared.clone(), clock.clone()),
            proposals: Proposals::new(shared.clone(), clock.clone()),
            repairs: Repairs::new(shared.clone(), clock.clone(), entropy.clone()),
            repair: Repair::new(shared.clone(), workspace.clone(), forge.clone(), clock.clone(), entropy),
            scope,
            clock,
            store,
            forge,
            workspace,
        };
        let mut repository = samples::repository(10, "shop");
        repository.settings.gates = GatePlan { full: vec!["make test".into()], ..GatePlan::default() };
        repository.settings.watch_window_seconds = 60;
        repository.settings.watch_min_observations = 1;
        let mut tx = shared.begin(&world.scope).await.unwrap();
        tx.add_repository(&repository).await.unwrap();
        tx.commit().await.unwrap();
        world
    }

    /// Uploads a report of the test.
    pub async fn upload(&self, commit: &CommitId, passed: bool) -> TestRunReceipt {
        let mark = format!("{commit} {passed} {}", self.clock.now());
        let upload = Upload {
            repository: "shop".into(),
            commit: commit.clone(),
            source: RunSource::Ci,
            report: samples::report(&[(TEST, passed)]),
            digest: samples::digest(&mark),
        };
        self.ingest.upload(&self.scope, upload).await.unwrap()
    }

    /// Uploads a report in which several tests of the newest commit fail.
    pub async fn fail_many(&self, tests: &[&str]) {
        let results: Vec<(&str, bool)> = tests.iter().map(|test| (*test, false)).collect();
        let upload = Upload {
            repository: "shop".into(),
            commit: samples::commit("nine"),
            source: RunSource::Ci,
            report: samples::report(&results),
            digest: samples::digest("many"),
        };
        self.ingest.upload(&self.scope, upload).await.unwrap();
    }

    /// Uploads the failing report of the newest commit and answers its pattern.
    pub async fn fail(&self) -> PatternId {
        self.upload(&samples::commit("nine"), false).await.patterns[0]
    }

    /// Does one job, as often as asked: a job may be done again after a crash.
    pub async fn work_once(&self, times: usize) -> bool {
        let Some(job) = self.store.take_job() else { return false };
        let system = Scope::system(self.scope.tenant);
        for _ in 0..times {
            match &job {
                Job::ConsiderPattern { pattern, .. } => {
                    self.repair.consider(&system, *pattern).await.unwrap();
                }
                Job::AdvanceRepair { repair, .. } => {
                    self.repair.advance(&system, *repair).await.unwrap();
                }
            }
        }
        true
    }

    /// Works until nothing waits, doing every job as often as asked.
    pub async fn work(&self, times: usize) {
        for _ in 0..500 {
            if !self.work_once(times).await {
                return;
            }
        }
        panic!("the outbox never empties");
    }

    /// The newest repair.
    pub async fn newest(&self) -> Option<RepairRow> {
        self.repairs.list(&self.scope, None, None, None).await.unwrap().items.into_iter().next()
    }

    /// A repair's journal.
    pub async fn journal(&self, id: RepairId) -> Vec<JournalEntry> {
        self.repairs.get(&self.scope, id).await.unwrap().journal
    }
}
