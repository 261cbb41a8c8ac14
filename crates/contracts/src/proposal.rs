//! A proposed change, its risk and its proof.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::run::{GateStage, RunSummary};
use crate::{CommitId, PatternId, ProposalId, RepairId, RepositoryId};

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// Waits for a person.
    Open,
    /// Approved; the merge is under way.
    Approved,
    /// Refused by a person.
    Rejected,
    /// Merged.
    Merged,
    /// No longer wanted: the repair was cancelled, or the merge became impossible.
    Closed,
}

/// A proven change that waits for its decision; its pull request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Proposal {
    /// Identity; names the branch.
    pub id: ProposalId,
    /// The repair that made it.
    pub repair: RepairId,
    /// The pattern it answers.
    pub pattern: PatternId,
    /// Where.
    pub repository: RepositoryId,
    /// The repository's name.
    pub repository_name: String,
    /// The pull request's title.
    pub title: String,
    /// The pull request's text: what, why, proof.
    pub body: String,
    /// `selfheal/{id}`.
    pub branch: String,
    /// The branch it wants to be merged into.
    pub base_branch: String,
    /// The commit it was built on.
    pub base_commit: CommitId,
    /// The commit that carries the change.
    pub head_commit: CommitId,
    /// The commit it reverts.
    pub culprit: Culprit,
    /// Unified diff of the change.
    pub diff: String,
    /// Risk and its factors.
    pub risk: RiskAssessment,
    /// 0 to 100: how sure the search is of the culprit.
    pub confidence: u8,
    /// What proves it.
    pub evidence: Vec<Evidence>,
    /// Where it stands.
    pub state: ProposalState,
    /// Who decided, when, and why.
    pub decision: Option<Decision>,
    /// What the merge did.
    pub merge: Option<MergeResult>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
}

/// The commit that broke it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Culprit {
    /// The commit.
    pub commit: CommitId,
    /// Its subject line.
    pub subject: String,
    /// Its author's name.
    pub author: String,
    /// When it was committed.
    pub committed_at: DateTime<Utc>,
}

/// Risk of a change, 0 to 100, as a sum of named factors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RiskAssessment {
    /// The sum, at most 100.
    pub score: u8,
    /// low < 20, medium < 30, high from 30.
    pub label: RiskLabel,
    /// What adds up to it, largest first.
    pub factors: Vec<RiskFactor>,
}

/// The band of a risk score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RiskLabel {
    /// Below 20.
    Low,
    /// Below 30.
    Medium,
    /// From 30.
    High,
}

/// One reason for risk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RiskFactor {
    /// A stable name: `lines`, `files`, `protected_path`, ...
    pub name: String,
    /// What it adds.
    pub points: u8,
    /// Why, with the figures.
    pub explanation: String,
}

/// A rule that a change breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Violation {
    /// The rule's stable name: `workflow_change`, `symlink`, `too_many_lines`, ...
    pub rule: String,
    /// The offending path, where one is to blame.
    pub path: Option<String>,
    /// What is wrong.
    pub explanation: String,
}

/// One proven fact about a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// What it shows.
    pub claim: Claim,
    /// On which commit.
    pub commit: CommitId,
    /// Whether the run bore the claim out.
    pub holds: bool,
    /// The run behind it.
    pub run: RunSummary,
}

/// What a piece of evidence is meant to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// The failure shows on the branch as it is.
    HeadFails,
    /// The commit before the culprit is sound.
    ParentPasses,
    /// The culprit shows the failure.
    CulpritFails,
    /// With the change, the failing test passes.
    ChangePasses,
    /// The FAST gate passes with the change.
    FastGate,
    /// The FULL gate passes with the change.
    FullGate,
}

impl From<GateStage> for Claim {
    fn from(stage: GateStage) -> Self {
        match stage {
            GateStage::Fast => Self::FastGate,
            GateStage::Full => Self::FullGate,
        }
    }
}

/// A person's word on a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decision {
    /// True to merge.
    pub approved: bool,
    /// Who.
    pub by: String,
    /// Why; required to reject.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What merging did to the remote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MergeResult {
    /// The merge commit on the base branch.
    pub commit: CommitId,
    /// What became of a checked-out working tree at the remote.
    pub working_tree: WorkingTree,
}

/// What a merge did to a checked-out working tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WorkingTree {
    /// The remote has none (a bare repository), or another branch is checked out.
    None,
    /// It was clean and now shows the merge.
    Updated,
    /// It was left alone.
    Untouched {
        /// Why, with what to do about it.
        reason: String,
    },
}
