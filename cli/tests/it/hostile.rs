//! Broken and hostile repositories: each repair ends in a named state, and the next one works.

use std::fs;

use devos_contracts::journal::Observation;
use devos_contracts::repair::RepairState;
use devos_contracts::run::RunEnd;

use crate::history::History;
use crate::shop::{self, FAILED, GATE, RIGHT, WRONG};
use crate::system::System;

/// A repository whose repair must end without a proposal, and the words that must say why.
struct Case {
    name: &'static str,
    history: History,
    commit: String,
    state: RepairState,
    words: &'static [&'static str],
}

impl Case {
    fn new(name: &'static str, history: History, state: RepairState, words: &'static [&'static str]) -> Self {
        let commit = history.head();
        Self { name, history, commit, state, words }
    }

    fn reported_at(self, commit: String) -> Self {
        Self { commit, ..self }
    }

    fn check(&self, system: &System) {
        let detail = system.settled(self.name, self.state);
        let reason = &detail.repair.reason;
        for word in self.words {
            assert!(reason.contains(word), "{}: {word:?} is missing in {reason:?}", self.name);
        }
        assert!(detail.proposal.is_none(), "{} made a proposal", self.name);
        assert_eq!(self.history.branches(), [] as [String; 0], "{} has a branch", self.name);
    }
}

/// Repairs a good repository, to show that the system still can.
fn repair_a_good_one(system: &System, name: &str) {
    let (history, culprit) = shop::broken(|_| {});
    shop::report(system, name, &history);
    let detail = system.settled(name, RepairState::AwaitingHuman);
    assert_eq!(detail.proposal.unwrap().culprit.commit.as_str(), culprit);
    assert_eq!(history.branches().len(), 1);
}

#[test]
fn what_can_not_be_repaired_ends_with_a_reason() {
    let system = System::start();
    let cases = [refused_changes(), unproven_failures(), wrong_commits()].into_iter().flatten();
    let cases: Vec<Case> = cases.collect();
    for case in &cases {
        shop::connect(&system, case.name, case.history.path(), GATE, "20");
        shop::upload(&system, case.name, &case.commit, FAILED);
    }
    for case in &cases {
        case.check(&system);
    }
    repair_a_good_one(&system, "good");
}

/// The culprit is found, but what undoes it may not be changed by a machine.
fn refused_changes() -> Vec<Case> {
    let with = |path: &'static str| {
        move |history: &History| {
            history.write(path, "on: push\n");
        }
    };
    let (workflow, _) = shop::broken(with(".github/workflows/x.yml"));
    let (protected, _) = shop::broken(with("src/auth/login.sh"));
    let (link, _) = shop::broken(|history| {
        history.link("current", "/etc/passwd");
    });
    let rejected = RepairState::Rejected;
    vec![
        Case::new("workflow", workflow, rejected, &["workflow_change", ".github/workflows/x.yml"]),
        Case::new("protected", protected, rejected, &["protected_path", "src/auth/login.sh"]),
        Case::new("link", link, rejected, &["symlink", "current"]),
    ]
}

/// The failure can not be laid on one commit, or not be undone.
fn unproven_failures() -> Vec<Case> {
    let (conflict, _) = shop::broken(|_| {});
    conflict.write("total.sh", "echo $(($1 * $2 * 1))\n").commit("Be explicit");

    let chance = History::new();
    chance.write("check.sh", shop::CHECK);
    // One run in two, since ever.
    chance.write("total.sh", "set -- $(od -An -N1 -tu1 /dev/urandom)\necho $((4 + $1 % 2))\n").commit("Found the shop");
    for subject in ["Describe the shop", "Add a price list", "Add a second list"] {
        chance.write("README.md", subject).commit(subject);
    }

    let always = History::new();
    always.write("total.sh", WRONG).write("check.sh", shop::CHECK).commit("Found the shop");
    always.write("README.md", "A shop.\n").commit("Describe the shop");

    let (mended, _) = shop::broken(|_| {});
    let failing = mended.head();
    mended.write("total.sh", RIGHT).commit("Mend the total");

    let abstained = RepairState::Abstained;
    vec![
        Case::new("conflict", conflict, abstained, &["does not revert cleanly", "total.sh"]),
        Case::new("chance", chance, abstained, &[]),
        Case::new("always", always, abstained, &["fails since the first commit"]),
        Case::new("mended", mended, abstained, &["does not show the failure any more"]).reported_at(failing),
    ]
}

/// The report names a commit that the branch does not have.
fn wrong_commits() -> Vec<Case> {
    let (unknown, _) = shop::broken(|_| {});
    let (elsewhere, _) = shop::broken(|_| {});
    elsewhere.git(&["checkout", "--quiet", "-b", "feature"]);
    let feature = elsewhere.write("total.sh", "echo 7\n").commit("Try something");
    elsewhere.git(&["checkout", "--quiet", "main"]);
    let abstained = RepairState::Abstained;
    vec![
        Case::new("unknown", unknown, abstained, &["not_on_branch"]).reported_at("deadbeef".repeat(5)),
        Case::new("elsewhere", elsewhere, abstained, &["not_on_branch", "main"]).reported_at(feature),
    ]
}

#[test]
fn what_exhausts_the_machine_is_stopped_and_the_next_repair_works() {
    let system = System::start();
    let gates = [
        ("endless", "sleep 100000", "3", RunEnd::TimedOut, "it timed out after 3 s"),
        ("flood", "head -c 10G /dev/zero > flood", "30", RunEnd::DiskFull, "it filled its disk of"),
        ("forks", "bomb() { bomb | bomb & }; bomb; sleep 100000", "3", RunEnd::TimedOut, "it timed out after 3 s"),
    ];
    for (name, gate, timeout, end, why) in gates {
        let (history, _) = shop::broken(|_| {});
        shop::connect(&system, name, history.path(), gate, timeout);
        shop::upload(&system, name, &history.head(), FAILED);
        let detail = system.settled(name, RepairState::Abstained);
        let reason = &detail.repair.reason;
        assert!(reason.contains("can not be run at the failing commit") && reason.contains(why), "{name}: {reason}");
        let ends: Vec<RunEnd> = detail
            .journal
            .iter()
            .filter_map(|entry| match &entry.observation {
                Observation::Probed { run, .. } => Some(run.end),
                _ => None,
            })
            .collect();
        assert!(ends.contains(&end), "{name}: {ends:?}");
        repair_a_good_one(&system, &format!("after-{name}"));
    }
    let kept = size(&system.directory().join("data"));
    assert!(kept < 100 << 20, "{kept} bytes are kept of what was written in sandboxes");
}

#[test]
fn a_repository_that_vanishes_ends_its_repair_and_no_other() {
    let system = System::start();
    let (history, _) = shop::broken(|_| {});
    shop::connect(&system, "gone", history.path(), GATE, "20");
    let head = history.head();
    let path = history.path().to_owned();
    drop(history);
    assert!(!path.exists());
    shop::upload(&system, "gone", &head, FAILED);
    let detail = system.settled("gone", RepairState::Abstained);
    let reason = &detail.repair.reason;
    assert!(reason.contains("clone_failed") && reason.contains("does not exist"), "{reason}");

    // What its setup needs may vanish as well.
    let (history, _) = shop::broken(|_| {});
    let path = history.path().to_str().unwrap();
    let setup = ["--setup", "echo no such package >&2; exit 7"];
    let connect = ["connect", "--name", "bare", "--path", path, "--gate", GATE, setup[0], setup[1]];
    system.devos_ok(&connect);
    shop::upload(&system, "bare", &history.head(), FAILED);
    let detail = system.settled("bare", RepairState::Abstained);
    let reason = &detail.repair.reason;
    assert!(reason.contains("setup_failed") && reason.contains("no such package"), "{reason}");
    repair_a_good_one(&system, "good");
}

fn size(directory: &std::path::Path) -> u64 {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let found = entry.metadata().unwrap();
            if found.is_dir() { size(&entry.path()) } else { found.len() }
        })
        .sum()
}
