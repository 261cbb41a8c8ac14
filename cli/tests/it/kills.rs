//! The worker, killed without warning at every step of a repair.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use devos_contracts::api::{Page, RepairDetail};
use devos_contracts::journal::JournalEntry;
use devos_contracts::proposal::{Proposal, ProposalState};
use devos_contracts::repair::{Repair, RepairState};
use devos_logic::repair as machine;
use nix::sys::signal::{Signal, kill};

use crate::history::History;
use crate::shop::{self, RIGHT};
use crate::system::{System, wait};

/// From a kill to the next step, that step's own work included; a heartbeat alone would take half a minute.
const RECOVERY: Duration = Duration::from_secs(20);

/// Kills the worker whenever the journal has grown.
#[derive(Default)]
struct Killer {
    /// Lengths of the journal at which it struck.
    struck: BTreeSet<usize>,
    slowest: Duration,
}

impl Killer {
    /// Follows a repair until it is in a state, and strikes at every step on the way.
    fn follow(&mut self, system: &System, repair: &Repair, until: RepairState) -> RepairDetail {
        let mut moved = Instant::now();
        loop {
            let detail = system.detail(repair);
            let state = detail.repair.state;
            assert!(!state.is_final() || state == until, "{state:?}: {}", detail.repair.reason);
            if state == until {
                return detail;
            }
            if self.struck.insert(detail.journal.len()) {
                self.slowest = self.slowest.max(moved.elapsed());
                moved = Instant::now();
                strike(system);
            }
            assert!(moved.elapsed() < RECOVERY, "no step since the kill; {} strikes", self.struck.len());
        }
    }
}

/// Kills the worker; returns when another one is there.
fn strike(system: &System) {
    let worker = system.worker();
    kill(worker, Signal::SIGKILL).unwrap();
    wait("another worker", Duration::from_secs(10), || (system.worker() != worker).then_some(()));
}

#[test]
fn a_worker_killed_at_every_step_repairs_once_and_only_once() {
    let system = System::start();
    let (history, culprit) = shop::broken(|_| {});
    // Slow enough that kills hit the runs themselves.
    history.write("check.sh", &format!("sleep 0.2\n{}", shop::CHECK)).commit("Let the check take its time");
    shop::report(&system, "shop", &history);
    let repair = system.repair_of("shop");

    let mut killer = Killer::default();
    let detail = killer.follow(&system, &repair, RepairState::AwaitingHuman);
    let steps = detail.journal.len();
    let (strikes, slowest) = (killer.struck.len(), killer.slowest);
    println!("{strikes} kills over {steps} steps; from a kill to the next step it took {slowest:?} at most");
    // Two steps may follow so closely that one kill is for both.
    assert!(strikes * 4 >= steps * 3, "{strikes} kills over {steps} steps are not every step");
    check_journal(&detail.journal);
    let proposal = only_proposal(&system);
    assert_eq!(proposal.culprit.commit.as_str(), culprit);
    assert_eq!(history.branches(), std::slice::from_ref(&proposal.branch));

    assert!(system.approve(&system.sign_in(), &proposal).status().is_success());
    let detail = killer.follow(&system, &repair, RepairState::Merged);
    check_journal(&detail.journal);
    check_merge(&history);
    let proposal = only_proposal(&system);
    assert_eq!(proposal.state, ProposalState::Merged);
    assert_eq!(proposal.merge.unwrap().commit.as_str(), history.head());
}

/// Every step once, chained to the one before it, and each the state that the journal so far leads to.
fn check_journal(journal: &[JournalEntry]) {
    let mut previous = "";
    let mut observations = Vec::new();
    for (number, entry) in journal.iter().enumerate() {
        assert_eq!(usize::try_from(entry.step).unwrap(), number);
        let bytes = serde_json::to_vec(&entry.observation).unwrap();
        assert_eq!(entry.hash, machine::chain(previous, &bytes), "step {number} breaks the chain");
        previous = &entry.hash;
        observations.push(entry.observation.clone());
        let plan = machine::next(&observations);
        assert_eq!((entry.state, &entry.reason), (plan.state, &plan.reason), "step {number} is not what follows");
    }
}

fn only_proposal(system: &System) -> Proposal {
    let mut page: Page<Proposal> = system.get("/proposals");
    assert_eq!(page.items.len(), 1);
    page.items.remove(0)
}

fn check_merge(history: &History) {
    assert_eq!(history.git(&["rev-list", "--count", "--merges", "main"]), "1");
    assert_eq!(fs::read_to_string(history.path().join("total.sh")).unwrap(), RIGHT);
    assert_eq!(history.git(&["status", "--porcelain"]), "");
}
