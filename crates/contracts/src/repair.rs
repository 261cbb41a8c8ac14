//! A run of the repair loop, as people see it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{PatternId, ProposalId, RepairId, RepositoryId};

/// Where a repair stands; the names are the product's and appear in the API, the journal and telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RepairState {
    /// A signal opened it.
    Detected,
    /// Looking for similar failures and fixes.
    Retrieving,
    /// Too many attempts on this pattern; a person must look.
    SloExceeded,
    /// Making the failure happen in the sandbox.
    Reproducing,
    /// It could not be proven; the reason says why.
    Abstained,
    /// Finding the culprit and building the change.
    Proposing,
    /// Checking the change against the rules.
    Validating,
    /// The rules, or a person, refused the change.
    Rejected,
    /// Writing the branch.
    Applying,
    /// Running the gates on the branch.
    Gating,
    /// A gate failed.
    GateFailed,
    /// The pull request is open.
    PrOpen,
    /// A person must decide.
    AwaitingHuman,
    /// Merged.
    Merged,
    /// Waiting for the pattern to stay silent.
    Watching,
    /// It stayed silent.
    Fixed,
    /// It came back.
    Regressed,
    /// Handed to a person with its history.
    Escalated,
    /// A person stopped it.
    Cancelled,
}

impl RepairState {
    /// Every state, in the order of the journey.
    pub const ALL: [Self; 19] = [
        Self::Detected,
        Self::Retrieving,
        Self::SloExceeded,
        Self::Reproducing,
        Self::Abstained,
        Self::Proposing,
        Self::Validating,
        Self::Rejected,
        Self::Applying,
        Self::Gating,
        Self::GateFailed,
        Self::PrOpen,
        Self::AwaitingHuman,
        Self::Merged,
        Self::Watching,
        Self::Fixed,
        Self::Regressed,
        Self::Escalated,
        Self::Cancelled,
    ];

    /// True when nothing more happens in this repair.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::SloExceeded
                | Self::Abstained
                | Self::Rejected
                | Self::GateFailed
                | Self::Fixed
                | Self::Regressed
                | Self::Escalated
                | Self::Cancelled
        )
    }

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Detected => "detected",
            Self::Retrieving => "retrieving",
            Self::SloExceeded => "slo_exceeded",
            Self::Reproducing => "reproducing",
            Self::Abstained => "abstained",
            Self::Proposing => "proposing",
            Self::Validating => "validating",
            Self::Rejected => "rejected",
            Self::Applying => "applying",
            Self::Gating => "gating",
            Self::GateFailed => "gate_failed",
            Self::PrOpen => "pr_open",
            Self::AwaitingHuman => "awaiting_human",
            Self::Merged => "merged",
            Self::Watching => "watching",
            Self::Fixed => "fixed",
            Self::Regressed => "regressed",
            Self::Escalated => "escalated",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the wire word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// One run of the loop on one pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Repair {
    /// Identity.
    pub id: RepairId,
    /// What it repairs.
    pub pattern: PatternId,
    /// The pattern's title.
    pub pattern_title: String,
    /// Where.
    pub repository: RepositoryId,
    /// The repository's name.
    pub repository_name: String,
    /// Where it stands.
    pub state: RepairState,
    /// Why it stands there.
    pub reason: String,
    /// What it proposed.
    pub proposal: Option<ProposalId>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// Its newest step.
    pub updated_at: DateTime<Utc>,
}
