//! The phases of the loop, in order. Each answers the next plan, or `None` when its work is done.

use chrono::TimeDelta;
use devos_contracts::journal::{Command, ProbeOutcome};
use devos_contracts::repair::RepairState;
use devos_contracts::run::GateStage;

use super::facts::{Facts, Prepared, index};
use super::{DUPLICATE_FIX, Plan, text};
use crate::culprit::Step;
use crate::slo;

/// How often a red gate or proof is run again before it is believed.
const RERUNS: usize = 1;

fn plan(state: RepairState, command: Command, reason: impl Into<String>) -> Plan {
    Plan { state, command, reason: reason.into() }
}

#[expect(clippy::unnecessary_wraps, reason = "a phase that ends the repair answers as any other phase does")]
fn finish(state: RepairState, reason: impl Into<String>) -> Option<Plan> {
    Some(plan(state, Command::Finish, reason))
}

/// Ends the repair; a branch that is on the remote is deleted first.
fn close(facts: &Facts, during: RepairState, end: RepairState, reason: impl Into<String>) -> Option<Plan> {
    if facts.pushed && !facts.closed {
        return Some(plan(during, Command::CloseProposal, reason));
    }
    finish(end, reason)
}

/// A person's stop, or a command that can not be executed.
pub(super) fn stopping(facts: &Facts) -> Option<Plan> {
    if let Some((by, reason)) = facts.cancelled {
        return close(facts, RepairState::Gating, RepairState::Cancelled, format!("{by} stopped it: {reason}"));
    }
    let (_, code, detail) = facts.failed?;
    let reason = format!("{code}: {detail}");
    let end = if facts.pushed && code != DUPLICATE_FIX { RepairState::Escalated } else { RepairState::Abstained };
    close(facts, RepairState::Gating, end, reason)
}

/// Looks into the memory.
pub(super) fn retrieving(facts: &Facts) -> Option<Plan> {
    if facts.similar.is_some() {
        return None;
    }
    Some(plan(RepairState::Detected, Command::Retrieve, "a failure was seen; looking for similar ones"))
}

/// Attempts, pauses, caps and what there is to work with.
pub(super) fn guarding(facts: &Facts) -> Option<Plan> {
    let found = facts.similar.map_or(0, <[_]>::len);
    let Some(guards) = facts.guards else {
        return Some(plan(
            RepairState::Retrieving,
            Command::CheckGuards,
            text::counted(found, "similar item") + " found",
        ));
    };
    if let Err(limit) = slo::attempts(guards) {
        return finish(limit.state, limit.reason);
    }
    if facts.prepared.is_some() {
        return None;
    }
    if facts.opened.is_none_or(|opened| opened.test.is_none()) {
        let reason = "no failing test shows this failure, so nothing could be proven";
        return finish(RepairState::Abstained, reason);
    }
    if facts.opened.is_none_or(|opened| opened.commit.is_none()) {
        return finish(RepairState::Abstained, "the failing commit is not known");
    }
    if guards.settings.gates.full.is_empty() {
        return finish(RepairState::Abstained, "the repository has no gate command, so nothing could be proven");
    }
    Some(plan(RepairState::Reproducing, Command::Prepare, "allowed; fetching the repository"))
}

/// Reproduces the failure and finds its culprit.
pub(super) fn searching(facts: &Facts) -> Option<Plan> {
    if facts.change.is_some() {
        return None;
    }
    let prepared = facts.prepared?;
    if let Some((culprit, files)) = facts.conflict {
        let reason = format!(
            "{} ({}) broke it, but does not revert cleanly: {}",
            culprit.commit.short(),
            culprit.subject,
            files.join(", ")
        );
        return finish(RepairState::Abstained, reason);
    }
    if let Some(decided) = head_check(facts, &prepared) {
        return Some(decided);
    }
    match facts.search()? {
        Step::Probe { index, why } => Some(probe(facts, &prepared, index, why)),
        Step::Found { index, confidence } => found(facts, &prepared, index, confidence),
        Step::Flaky { failures, passes } => finish(
            RepairState::Abstained,
            format!(
                "flaky: on the same commit the test failed {failures} and passed {passes} times; no commit is accused"
            ),
        ),
        Step::NotReproduced { passes } => finish(
            RepairState::Abstained,
            format!("not reproduced: the test passed {} on the failing commit", text::counted(passes as usize, "time")),
        ),
        Step::Unproven { reason } => finish(RepairState::Abstained, reason),
        Step::Untestable => {
            let why = text::silence(facts.probes.last().map(|probe| probe.run));
            finish(RepairState::Abstained, format!("the test can not be run at the failing commit{why}"))
        }
    }
}

/// A head beyond the failing commit must still fail, else there is nothing to repair.
fn head_check(facts: &Facts, prepared: &Prepared) -> Option<Plan> {
    let head = prepared.head_index();
    if head < index(prepared.suspects.len()) {
        return None;
    }
    let probes = || facts.probes.iter().filter(|probe| probe.index == head);
    let outcomes: Vec<_> = probes().map(|probe| probe.outcome).collect();
    if outcomes.contains(&ProbeOutcome::Failed) {
        return None;
    }
    match outcomes.as_slice() {
        [] | [ProbeOutcome::Passed] => Some(probe(facts, prepared, head, "does the head of the branch still fail?")),
        [ProbeOutcome::Untestable, ..] => {
            let why = text::silence(probes().next().map(|probe| probe.run));
            finish(
                RepairState::Abstained,
                format!("the test can not be run at the head {}{why}", prepared.head.short()),
            )
        }
        _ => finish(
            RepairState::Abstained,
            format!("the head {} does not show the failure any more", prepared.head.short()),
        ),
    }
}

fn probe(facts: &Facts, prepared: &Prepared, position: i32, why: &str) -> Plan {
    let reproduced = facts.probes.iter().any(|probe| probe.outcome == ProbeOutcome::Failed);
    let state = if reproduced { RepairState::Proposing } else { RepairState::Reproducing };
    let commit = prepared.commit(position).unwrap_or(prepared.head).clone();
    let reason = format!("run {} at {}: {why}", facts.probes.len() + 1, commit.short());
    plan(state, Command::Probe { commit, index: position }, reason)
}

fn found(facts: &Facts, prepared: &Prepared, position: usize, confidence: f64) -> Option<Plan> {
    let suspect = prepared.suspects.get(position)?;
    let guards = facts.guards?;
    let limit = TimeDelta::days(guards.settings.max_culprit_age_days.into());
    // Measured to the failing commit, not to today: what counts is how much was built on the culprit.
    let age = prepared.suspects.last()?.committed_at - suspect.committed_at;
    if age > limit {
        let reason = format!(
            "{} ({}) broke it, {} days before the failing commit; only commits of {} days are reverted",
            suspect.commit.short(),
            suspect.subject,
            age.num_days(),
            limit.num_days()
        );
        return finish(RepairState::Abstained, reason);
    }
    let reason = format!(
        "{} ({}) broke it: {:.1} % sure after {}",
        suspect.commit.short(),
        suspect.subject,
        confidence * 100.0,
        text::counted(facts.probes.len(), "run")
    );
    Some(plan(RepairState::Proposing, Command::BuildRevert { culprit: suspect.commit.clone() }, reason))
}

/// The failing test must pass with the change.
pub(super) fn proving(facts: &Facts) -> Option<Plan> {
    let change = facts.change?;
    let passes = facts.proofs.iter().filter(|(outcome, _)| *outcome == ProbeOutcome::Passed).count();
    let misses = facts.proofs.len() - passes;
    // One pass is enough; after a miss two are asked for, so that luck is no proof.
    if passes > misses {
        return None;
    }
    if misses > RERUNS {
        return finish(RepairState::Abstained, "the failing test does not pass with the culprit reverted");
    }
    let reason = format!("reverted {} cleanly; does the failing test pass now?", change.culprit.commit.short());
    Some(plan(RepairState::Proposing, Command::ProveChange { commit: change.commit.clone() }, reason))
}

/// The rules, then the branch.
pub(super) fn validating(facts: &Facts) -> Option<Plan> {
    let change = facts.change?;
    let Some((violations, risk)) = facts.validated else {
        return Some(plan(RepairState::Validating, Command::Validate, "the failing test passes with the change"));
    };
    if let Some(first) = violations.first() {
        let path = first.path.as_deref().map(|path| format!(" ({path})")).unwrap_or_default();
        let reason = format!("{}: {}{path}", first.rule, first.explanation);
        return finish(RepairState::Rejected, reason);
    }
    if facts.pushed {
        return None;
    }
    let reason = format!("no rule is broken, risk {} of 100", risk.score);
    Some(plan(RepairState::Applying, Command::PushBranch { commit: change.commit.clone() }, reason))
}

/// FAST, then FULL.
pub(super) fn gating(facts: &Facts) -> Option<Plan> {
    let change = facts.change?;
    for stage in [GateStage::Fast, GateStage::Full] {
        let runs: Vec<bool> = facts.gates.iter().filter(|gate| gate.0 == stage).map(|gate| gate.1).collect();
        if runs.contains(&true) {
            continue;
        }
        let name = text::gate(stage);
        if runs.len() > RERUNS {
            return close(facts, RepairState::Gating, RepairState::GateFailed, format!("the {name} gate failed"));
        }
        let again = if runs.is_empty() { "" } else { " again, in case it was a flake" };
        let command = Command::Gate { stage, commit: change.commit.clone() };
        return Some(plan(RepairState::Gating, command, format!("running the {name} gate{again}")));
    }
    if facts.pull_request {
        return None;
    }
    Some(plan(RepairState::Gating, Command::OpenPullRequest, "all gates pass"))
}

/// Who merges, and the merge.
pub(super) fn deciding(facts: &Facts) -> Option<Plan> {
    if facts.merged.is_some() {
        return None;
    }
    let Some((_, merges_alone, limited_by)) = facts.autonomy else {
        return Some(plan(RepairState::PrOpen, Command::CheckAutonomy, "the pull request is open"));
    };
    if let Some(reason) = facts.merge_conflict {
        return close(facts, RepairState::AwaitingHuman, RepairState::Escalated, reason);
    }
    match facts.decision {
        Some(decision) if decision.approved => {
            let reason = format!("{} approved it", decision.by);
            Some(plan(RepairState::AwaitingHuman, Command::Merge, reason))
        }
        Some(decision) => {
            let reason = format!("{} rejected it: {}", decision.by, decision.reason);
            close(facts, RepairState::AwaitingHuman, RepairState::Rejected, reason)
        }
        None if merges_alone => Some(plan(RepairState::PrOpen, Command::Merge, "the autonomy level allows it")),
        None => {
            let reason = match facts.blocked {
                Some(blocked) => format!("the merge could not be done: {blocked}"),
                None => format!("a person decides: {}", limited_by.join("; ")),
            };
            Some(plan(RepairState::AwaitingHuman, Command::AwaitDecision, reason))
        }
    }
}

/// Fixed means silent.
pub(super) fn watching(facts: &Facts) -> Plan {
    let Some((result, until)) = facts.merged else {
        return plan(RepairState::Escalated, Command::Finish, "the journal is incomplete");
    };
    let Some(watched) = facts.watched else {
        let reason = format!("merged as {}; watching until {}", result.commit.short(), until.format("%F %T UTC"));
        return plan(RepairState::Merged, Command::Watch { until }, reason);
    };
    let seen = format!("the test passed {} since", text::counted(watched.passes as usize, "time"));
    if watched.failures > 0 {
        let reason = format!("it failed again {} after the merge", text::counted(watched.failures as usize, "time"));
        return plan(RepairState::Regressed, Command::Finish, reason);
    }
    if watched.window_over && watched.passes >= watched.needed {
        return plan(RepairState::Fixed, Command::Finish, format!("silent: {seen} and never failed"));
    }
    if watched.overdue {
        let reason = format!("{seen}, {} are needed; nobody ran it often enough to tell", watched.needed);
        return plan(RepairState::Escalated, Command::Finish, reason);
    }
    let reason = format!("{seen} of {} needed", watched.needed);
    plan(RepairState::Watching, Command::Watch { until }, reason)
}
