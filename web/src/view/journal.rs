//! The journal of a repair in sentences.

use devos_contracts::journal::{Guards, Observation, ProbeOutcome};
use devos_contracts::proposal::WorkingTree;
use devos_contracts::run::RunSummary;
use devos_contracts::signal::SignalType;

use super::quantity::counted;
use super::risk::humanise;
use super::state::{self, Tone};

/// What a journal entry says, in one line.
pub fn headline(observation: &Observation) -> String {
    match observation {
        Observation::Opened { by, signal_type, .. } => format!("Opened by {by} for a {}", signal(*signal_type)),
        Observation::Retrieved { similar } if similar.is_empty() => "Nothing similar is remembered".into(),
        Observation::Retrieved { similar } => format!("Found {} in memory", counted(similar.len(), "similar item")),
        Observation::GuardsChecked { guards } => format!("Read the limits: {}", limits(guards)),
        Observation::Prepared { suspects, base_branch, .. } => {
            format!("Fetched {base_branch}; {} may be to blame", counted(suspects.len(), "commit"))
        }
        Observation::Probed { commit, outcome, run, .. } => {
            format!("Ran the test at {}: {}", commit.short(), verdict(*outcome, run))
        }
        Observation::RevertBuilt { culprit, .. } => format!("Built the revert of {}", culprit.commit.short()),
        Observation::RevertConflicted { culprit, files } => {
            format!("{} does not revert cleanly: {} in conflict", culprit.commit.short(), counted(files.len(), "file"))
        }
        Observation::ChangeProven { outcome, run, .. } => {
            format!("Ran the test on the change: {}", verdict(*outcome, run))
        }
        Observation::Validated { violations, risk } if violations.is_empty() => {
            format!("No rule is broken; risk {} of 100", risk.score)
        }
        Observation::Validated { violations, .. } => format!("{} broken", counted(violations.len(), "rule")),
        Observation::BranchPushed { branch, .. } => format!("Pushed {branch}"),
        Observation::GateRan { stage, passed, runs } => {
            let word = if *passed { "passed" } else { "failed" };
            format!("{} gate {word}, {}", state::gate(*stage), counted(runs.len(), "command"))
        }
        Observation::PullRequestOpened { branch } => format!("Opened the pull request from {branch}"),
        Observation::AutonomyChecked { level, merges_alone: true, .. } => {
            format!("Level {level} merges this by itself")
        }
        Observation::AutonomyChecked { level, .. } => format!("Level {level}: a person decides"),
        Observation::Decided { decision } => {
            format!("{} by {}", if decision.approved { "Approved" } else { "Rejected" }, decision.by)
        }
        Observation::Merged { result, .. } => format!("Merged as {}", result.commit.short()),
        Observation::MergeConflicted { .. } => "The change no longer merges cleanly".into(),
        Observation::MergeBlocked { .. } => "The remote can not take the merge now".into(),
        Observation::ProposalClosed => "Deleted the branch and remembered the refusal".into(),
        Observation::Watched { passes, failures: 0, overdue: true, needed, .. } => {
            format!("Silence can not be told: only {passes} of {needed} observations in time")
        }
        Observation::Watched { passes, failures: 0, needed, .. } => {
            format!("Silent so far: {passes} of {needed} passing observations")
        }
        Observation::Watched { failures, .. } => {
            format!("The failure came back {}", counted(*failures as usize, "time"))
        }
        Observation::Failed { code, .. } => format!("Could not go on: {}", humanise(code).to_lowercase()),
        Observation::Cancelled { by, .. } => format!("Cancelled by {by}"),
    }
}

/// The colour's meaning of an entry.
pub fn tone(observation: &Observation) -> Tone {
    match observation {
        Observation::Probed { outcome, .. } => state::outcome(*outcome).tone,
        Observation::ChangeProven { outcome: ProbeOutcome::Passed, .. }
        | Observation::GateRan { passed: true, .. }
        | Observation::Watched { failures: 0, overdue: false, .. }
        | Observation::Merged { .. } => Tone::Good,
        Observation::Validated { violations, .. } => {
            if violations.is_empty() {
                Tone::Good
            } else {
                Tone::Bad
            }
        }
        Observation::Decided { decision } => {
            if decision.approved {
                Tone::Good
            } else {
                Tone::Bad
            }
        }
        Observation::ChangeProven { .. }
        | Observation::GateRan { .. }
        | Observation::Watched { .. }
        | Observation::RevertConflicted { .. }
        | Observation::MergeConflicted { .. }
        | Observation::Failed { .. } => Tone::Bad,
        Observation::PullRequestOpened { .. } | Observation::MergeBlocked { .. } => Tone::Waiting,
        Observation::AutonomyChecked { merges_alone, .. } => {
            if *merges_alone {
                Tone::Good
            } else {
                Tone::Waiting
            }
        }
        Observation::GuardsChecked { guards } if guards.paused.is_some() || guards.covered_by.is_some() => Tone::Warn,
        _ => Tone::Quiet,
    }
}

/// What became of a checked-out working tree, when a person should know.
pub fn working_tree(tree: &WorkingTree) -> Option<String> {
    match tree {
        WorkingTree::None => None,
        WorkingTree::Updated => Some("The checked-out working tree was clean and now shows the merge.".into()),
        WorkingTree::Untouched { reason } => Some(format!("The checked-out working tree was left alone: {reason}")),
    }
}

fn verdict(outcome: ProbeOutcome, run: &RunSummary) -> &str {
    match outcome {
        ProbeOutcome::Passed => "it passed",
        ProbeOutcome::Failed => "it failed",
        ProbeOutcome::Untestable => run.silent.as_deref().unwrap_or("it can not be said here"),
    }
}

fn signal(kind: SignalType) -> String {
    let label = state::signal(kind);
    // Abbreviations keep their capitals.
    if label.starts_with("CI") || label.starts_with("SLO") { label.to_owned() } else { label.to_lowercase() }
}

fn limits(guards: &Guards) -> String {
    let settings = &guards.settings;
    format!(
        "attempt {} of {}, {} of {} proposals open, level {}",
        guards.attempts,
        settings.max_attempts_per_pattern,
        guards.open_proposals,
        settings.max_proposals,
        settings.level
    )
}

#[cfg(test)]
pub(crate) mod samples {
    use chrono::DateTime;
    use devos_contracts::CommitId;
    use devos_contracts::journal::{JournalEntry, Observation, ProbeOutcome};
    use devos_contracts::proposal::Culprit;
    use devos_contracts::repair::RepairState;
    use devos_contracts::run::{RunEnd, RunSummary};

    pub fn run() -> RunSummary {
        RunSummary {
            command: "python3 -m unittest".into(),
            end: RunEnd::Exited { code: 1 },
            duration_ms: 1200,
            output_sha256: "ab".repeat(32),
            output_bytes: 10,
            output_tail: "FAILED".into(),
            profile: "bubblewrap".into(),
            silent: None,
        }
    }

    pub fn entry(step: i32, observation: Observation) -> JournalEntry {
        JournalEntry {
            step,
            at: DateTime::UNIX_EPOCH,
            observation,
            state: RepairState::Reproducing,
            reason: "why".into(),
            hash: "00".repeat(32),
        }
    }

    pub fn probed(index: i32, outcome: ProbeOutcome) -> Observation {
        Observation::Probed { commit: CommitId(format!("{index:040x}")), index, outcome, run: run() }
    }

    pub fn revert_built(culprit: &str) -> Observation {
        let commit = CommitId(culprit.into());
        let culprit = Culprit {
            commit: commit.clone(),
            subject: "Cache prices".into(),
            author: "Ada".into(),
            committed_at: DateTime::UNIX_EPOCH,
        };
        Observation::RevertBuilt { culprit, base: commit.clone(), commit, diff: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::*;
    use super::*;

    #[test]
    fn probes_say_where_and_what() {
        let observation = probed(0, ProbeOutcome::Failed);
        assert_eq!(headline(&observation), "Ran the test at 000000000000: it failed");
        assert_eq!(tone(&observation), Tone::Bad);
    }

    #[test]
    fn silence_and_return_read_differently() {
        let watched =
            |failures| Observation::Watched { passes: 3, failures, window_over: false, overdue: false, needed: 20 };
        assert_eq!(headline(&watched(0)), "Silent so far: 3 of 20 passing observations");
        assert_eq!(headline(&watched(1)), "The failure came back 1 time");
        assert_ne!(tone(&watched(0)), tone(&watched(1)));
    }

    #[test]
    fn failures_read_as_words_not_codes() {
        let command = Box::new(devos_contracts::journal::Command::Prepare);
        let observation = Observation::Failed { command, code: "clone_failed".into(), detail: String::new() };
        assert_eq!(headline(&observation), "Could not go on: clone failed");
    }

    #[test]
    fn a_working_tree_is_mentioned_only_when_there_is_one() {
        assert_eq!(working_tree(&WorkingTree::None), None);
        assert!(
            working_tree(&WorkingTree::Untouched { reason: "local changes".into() })
                .unwrap()
                .ends_with("local changes")
        );
    }
}
