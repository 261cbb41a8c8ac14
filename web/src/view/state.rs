//! Words, tones and glyphs for every state the product knows.

use devos_contracts::journal::ProbeOutcome;
use devos_contracts::pattern::{MemoryKind, PatternState};
use devos_contracts::proposal::{Claim, ProposalState, RiskLabel};
use devos_contracts::repair::RepairState;
use devos_contracts::run::{GateStage, RunEnd};
use devos_contracts::scope::{Role, TokenScope};
use devos_contracts::signal::SignalType;
use serde::Serialize;

/// The meaning of a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to look at.
    Quiet,
    /// The platform works on it.
    Active,
    /// A person is asked for.
    Waiting,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Wrong.
    Bad,
}

impl Tone {
    /// The class that colours it.
    pub fn class(self) -> &'static str {
        match self {
            Self::Quiet => "tone-quiet",
            Self::Active => "tone-active",
            Self::Waiting => "tone-waiting",
            Self::Good => "tone-good",
            Self::Warn => "tone-warn",
            Self::Bad => "tone-bad",
        }
    }
}

/// The shape beside a state's word, so that colour is never the only sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    /// A dashed ring: known, untouched.
    Dashed,
    /// A ring filled like a clock, in eighths.
    Progress(u8),
    /// A filled disc with a tick.
    Tick,
    /// A filled disc with a cross.
    Cross,
    /// A filled disc with two bars.
    Bars,
    /// A filled disc with an exclamation mark.
    Alert,
    /// A ring around an eye's pupil: being watched.
    Eye,
    /// A filled disc with a dash: ended without a verdict.
    Dash,
}

/// How a state is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The word.
    pub label: &'static str,
    /// The colour's meaning.
    pub tone: Tone,
    /// The shape.
    pub glyph: Glyph,
}

const fn look(label: &'static str, tone: Tone, glyph: Glyph) -> Look {
    Look { label, tone, glyph }
}

/// A repair's state.
pub fn repair(state: RepairState) -> Look {
    match state {
        RepairState::Detected => look("Detected", Tone::Quiet, Glyph::Dashed),
        RepairState::Retrieving => look("Retrieving", Tone::Active, Glyph::Progress(1)),
        RepairState::Reproducing => look("Reproducing", Tone::Active, Glyph::Progress(2)),
        RepairState::Proposing => look("Finding the culprit", Tone::Active, Glyph::Progress(3)),
        RepairState::Validating => look("Validating", Tone::Active, Glyph::Progress(4)),
        RepairState::Applying => look("Applying", Tone::Active, Glyph::Progress(5)),
        RepairState::Gating => look("Running gates", Tone::Active, Glyph::Progress(6)),
        RepairState::PrOpen => look("Pull request open", Tone::Active, Glyph::Progress(7)),
        RepairState::AwaitingHuman => look("Awaiting a decision", Tone::Waiting, Glyph::Alert),
        RepairState::Merged => look("Merged", Tone::Good, Glyph::Progress(7)),
        RepairState::Watching => look("Watching", Tone::Good, Glyph::Eye),
        RepairState::Fixed => look("Fixed", Tone::Good, Glyph::Tick),
        RepairState::SloExceeded => look("Attempts used up", Tone::Warn, Glyph::Alert),
        RepairState::Escalated => look("Escalated", Tone::Warn, Glyph::Alert),
        RepairState::Abstained => look("Abstained", Tone::Quiet, Glyph::Dash),
        RepairState::Cancelled => look("Cancelled", Tone::Quiet, Glyph::Dash),
        RepairState::Rejected => look("Rejected", Tone::Bad, Glyph::Cross),
        RepairState::GateFailed => look("Gate failed", Tone::Bad, Glyph::Cross),
        RepairState::Regressed => look("Regressed", Tone::Bad, Glyph::Cross),
    }
}

/// A pattern's state.
pub fn pattern(state: PatternState) -> Look {
    match state {
        PatternState::Open => look("Open", Tone::Bad, Glyph::Dashed),
        PatternState::Repairing => look("Repairing", Tone::Active, Glyph::Progress(4)),
        PatternState::Paused => look("Paused", Tone::Quiet, Glyph::Bars),
        PatternState::Fixed => look("Fixed", Tone::Good, Glyph::Tick),
    }
}

/// A proposal's state.
pub fn proposal(state: ProposalState) -> Look {
    match state {
        ProposalState::Open => look("Needs a decision", Tone::Waiting, Glyph::Alert),
        ProposalState::Approved => look("Approved, merging", Tone::Active, Glyph::Progress(6)),
        ProposalState::Merged => look("Merged", Tone::Good, Glyph::Tick),
        ProposalState::Rejected => look("Rejected", Tone::Bad, Glyph::Cross),
        ProposalState::Closed => look("Closed", Tone::Quiet, Glyph::Dash),
    }
}

/// A band of risk.
pub fn risk(label: RiskLabel) -> (&'static str, Tone) {
    match label {
        RiskLabel::Low => ("Low risk", Tone::Good),
        RiskLabel::Medium => ("Medium risk", Tone::Warn),
        RiskLabel::High => ("High risk", Tone::Bad),
    }
}

/// What one run of a test showed.
pub fn outcome(outcome: ProbeOutcome) -> Look {
    match outcome {
        ProbeOutcome::Passed => look("Passed", Tone::Good, Glyph::Tick),
        ProbeOutcome::Failed => look("Failed", Tone::Bad, Glyph::Cross),
        ProbeOutcome::Untestable => look("Untestable", Tone::Quiet, Glyph::Dash),
    }
}

/// The kind of a failure.
pub fn signal(kind: SignalType) -> &'static str {
    match kind {
        SignalType::TestFailure => "Test failure",
        SignalType::CiFailure => "CI failure",
        SignalType::RuntimeError => "Runtime error",
        SignalType::PolicyViolation => "Policy violation",
        SignalType::SloBreach => "SLO breach",
    }
}

/// What a memory item remembers.
pub fn memory(kind: MemoryKind) -> (&'static str, Tone) {
    match kind {
        MemoryKind::Incident => ("Failure", Tone::Quiet),
        MemoryKind::Fix => ("Fix", Tone::Good),
        MemoryKind::RejectedFix => ("Rejected fix", Tone::Bad),
    }
}

/// What a piece of evidence shows, as a sentence.
pub fn claim(claim: Claim) -> &'static str {
    match claim {
        Claim::HeadFails => "The test fails on the branch as it is",
        Claim::ParentPasses => "It passes on the commit before the culprit",
        Claim::CulpritFails => "It fails on the culprit",
        Claim::ChangePasses => "With the change, it passes",
        Claim::FastGate => "The FAST gate passes with the change",
        Claim::FullGate => "The FULL gate passes with the change",
    }
}

/// A gate's name.
pub fn gate(stage: GateStage) -> &'static str {
    match stage {
        GateStage::Fast => "FAST",
        GateStage::Full => "FULL",
    }
}

/// How a command ended.
pub fn end(end: RunEnd) -> String {
    match end {
        RunEnd::Exited { code } => format!("exit {code}"),
        RunEnd::Signaled { signal } => format!("signal {signal}"),
        RunEnd::TimedOut => "timed out".into(),
        RunEnd::DiskFull => "disk full".into(),
    }
}

/// A member's role.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        Role::Maintainer => "Maintainer",
        Role::Reviewer => "Reviewer",
        Role::Viewer => "Viewer",
    }
}

/// What a token's scope allows.
pub fn scope(scope: TokenScope) -> (&'static str, &'static str) {
    match scope {
        TokenScope::Ingest => ("ingest", "Send telemetry and test results"),
        TokenScope::Read => ("read", "Read everything in this organisation"),
        TokenScope::Write => ("write", "Change repositories, repairs and proposals"),
        TokenScope::Admin => ("admin", "Change settings and tokens"),
    }
}

/// Every scope, weakest first.
pub const SCOPES: [TokenScope; 4] = [TokenScope::Ingest, TokenScope::Read, TokenScope::Write, TokenScope::Admin];

/// The wire word of a unit variant, for query strings.
pub fn word<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_final_state_looks_final() {
        for state in RepairState::ALL {
            let progress = matches!(repair(state).glyph, Glyph::Progress(_) | Glyph::Dashed | Glyph::Eye);
            if state.is_final() {
                assert!(!progress, "{state:?} is final but drawn as under way");
            }
        }
    }

    #[test]
    fn words_are_those_of_the_wire() {
        assert_eq!(word(PatternState::Repairing), "repairing");
        assert_eq!(word(ProposalState::Open), "open");
    }

    #[test]
    fn ends_of_commands_are_told_apart() {
        assert_eq!(end(RunEnd::Exited { code: 1 }), "exit 1");
        assert_eq!(end(RunEnd::TimedOut), "timed out");
    }
}
