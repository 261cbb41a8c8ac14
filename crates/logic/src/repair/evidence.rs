//! The proof that a journal holds, as the pull request shows it.

use devos_contracts::CommitId;
use devos_contracts::journal::ProbeOutcome;
use devos_contracts::proposal::{Claim, Evidence};
use devos_contracts::run::{GateStage, RunSummary};

use super::facts::{Facts, index};
use crate::culprit::Step;

/// The evidence for the change, in the order in which a sceptic would ask for it.
pub fn collect(facts: &Facts) -> Vec<Evidence> {
    let (Some(prepared), Some(change)) = (facts.prepared, facts.change) else {
        return Vec::new();
    };
    let culprit = prepared.suspects.iter().position(|suspect| suspect.commit == change.culprit.commit).map(index);
    let mut bundle = Vec::new();
    let mut add = |claim, commit: &CommitId, holds, run: &RunSummary| {
        bundle.push(Evidence { claim, commit: commit.clone(), holds, run: run.clone() });
    };
    let probed = |position: i32, outcome: ProbeOutcome| {
        facts.probes.iter().rev().find(|probe| probe.index == position && probe.outcome == outcome)
    };
    if let Some(probe) = probed(prepared.head_index(), ProbeOutcome::Failed) {
        add(Claim::HeadFails, probe.commit, true, probe.run);
    }
    if let Some(culprit) = culprit {
        if let Some(probe) = probed(culprit - 1, ProbeOutcome::Passed) {
            add(Claim::ParentPasses, probe.commit, true, probe.run);
        }
        if let Some(probe) = probed(culprit, ProbeOutcome::Failed) {
            add(Claim::CulpritFails, probe.commit, true, probe.run);
        }
    }
    for (outcome, run) in &facts.proofs {
        add(Claim::ChangePasses, change.commit, *outcome == ProbeOutcome::Passed, run);
    }
    for stage in [GateStage::Fast, GateStage::Full] {
        for (_, passed, runs) in facts.gates.iter().filter(|gate| gate.0 == stage) {
            for run in *runs {
                add(stage.into(), change.commit, *passed, run);
            }
        }
    }
    bundle
}

/// How sure the search is of the culprit, 0 to 100, rounded down.
pub fn confidence(facts: &Facts) -> u8 {
    match facts.search() {
        Some(Step::Found { confidence, .. }) => percent(confidence),
        _ => 0,
    }
}

fn percent(share: f64) -> u8 {
    let scaled = (share * 100.0).floor().clamp(0.0, 100.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=100")]
    let whole = scaled as u8;
    whole
}
