//! What the loop writes for people: commit messages and pull requests.

use std::fmt::Write;

use devos_contracts::RepairId;
use devos_contracts::proposal::{Claim, Culprit};
use devos_contracts::run::{GateStage, RunEnd, RunSummary};

use super::evidence;
use super::facts::Facts;

/// `1 run`, `2 runs`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The gate's name in sentences.
pub fn gate(stage: GateStage) -> &'static str {
    match stage {
        GateStage::Fast => "FAST",
        GateStage::Full => "FULL",
    }
}

/// Why a run said nothing, as the end of a sentence.
pub fn silence(run: Option<&RunSummary>) -> String {
    run.and_then(|run| run.silent.as_ref()).map(|silent| format!(": {silent}")).unwrap_or_default()
}

/// The title of the pull request, and the subject of its commit.
pub fn title(culprit: &Culprit) -> String {
    format!("Revert \"{}\"", culprit.subject)
}

/// The whole message of the commit that reverts the culprit.
pub fn commit_message(repair: RepairId, facts: &Facts, culprit: &Culprit) -> String {
    let test = facts.opened.and_then(|opened| opened.test).unwrap_or("the failing test");
    format!(
        "{}\n\nThis reverts commit {}.\n\nIt made `{test}` fail: the test passes on its parent, fails on it\nand on every later commit tried ({} in all).\n\nDevOS-Repair: {repair}\n",
        title(culprit),
        culprit.commit,
        counted(facts.probes.len(), "run"),
    )
}

/// The message of the merge commit.
pub fn merge_message(title: &str, branch: &str, approved_by: &str) -> String {
    format!("Merge {branch}: {title}\n\nApproved-by: {approved_by}\n")
}

/// The text of the pull request: what, why, proof.
pub fn pull_request(facts: &Facts) -> String {
    let mut body = String::new();
    let (Some(change), Some(prepared)) = (facts.change, facts.prepared) else {
        return body;
    };
    let test = facts.opened.and_then(|opened| opened.test).unwrap_or("the failing test");
    let culprit = change.culprit;
    let _ = writeln!(
        body,
        "`{test}` fails on `{}`. The commit that broke it is `{}` \"{}\" by {} ({}); this change reverts it.\n",
        prepared.base_branch,
        culprit.commit.short(),
        culprit.subject,
        culprit.author,
        culprit.committed_at.format("%F"),
    );
    let _ = writeln!(
        body,
        "How it was found: {} over {}, {} % sure.\n",
        counted(facts.probes.len(), "sandboxed run"),
        counted(prepared.suspects.len(), "suspect commit"),
        evidence::confidence(facts),
    );
    body.push_str("| proof | commit | exit | ms | output (SHA-256) |\n|---|---|---|---|---|\n");
    for item in evidence::collect(facts) {
        let _ = writeln!(
            body,
            "| {}{} | `{}` | {} | {} | `{}` |",
            claim(item.claim),
            if item.holds { "" } else { " (did not hold)" },
            item.commit.short(),
            end(item.run.end),
            item.run.duration_ms,
            item.run.output_sha256.get(..12).unwrap_or_default(),
        );
    }
    if let Some((_, risk)) = facts.validated {
        let _ = writeln!(body, "\nRisk {} of 100:", risk.score);
        for factor in &risk.factors {
            let _ = writeln!(body, "- {} (+{}): {}", factor.name, factor.points, factor.explanation);
        }
    }
    if let Some(similar) = facts.similar.filter(|similar| !similar.is_empty()) {
        body.push_str("\nSimilar before:\n");
        for item in similar {
            let _ = writeln!(body, "- {} ({:.2})", item.title, item.score);
        }
    }
    body
}

fn claim(claim: Claim) -> &'static str {
    match claim {
        Claim::HeadFails => "the head fails",
        Claim::ParentPasses => "the commit before passes",
        Claim::CulpritFails => "the culprit fails",
        Claim::ChangePasses => "the change passes",
        Claim::FastGate => "FAST gate",
        Claim::FullGate => "FULL gate",
    }
}

fn end(end: RunEnd) -> String {
    match end {
        RunEnd::Exited { code } => code.to_string(),
        RunEnd::Signaled { signal } => format!("signal {signal}"),
        RunEnd::TimedOut => "timed out".into(),
        RunEnd::DiskFull => "disk full".into(),
    }
}
