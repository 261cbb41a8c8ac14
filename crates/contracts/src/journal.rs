//! The journal of a repair: commands decided by pure logic, observations made by ports.
//!
//! A repair **is** its journal. Folding the observations in order through `devos_logic::repair` yields
//! the next command; nothing else is remembered, so a crash costs one step and a replay must reproduce
//! every command.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::pattern::SimilarItem;
use crate::proposal::{Culprit, Decision, MergeResult, RiskAssessment, Violation};
use crate::repair::RepairState;
use crate::repository::RepositorySettings;
use crate::run::{GateStage, RunSummary};
use crate::signal::SignalType;
use crate::{CommitId, PatternId, ProposalId};

/// The next thing to do, decided by `devos_logic::repair::next` and executed by one port.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Search the memory for similar failures and fixes.
    Retrieve,
    /// Count attempts and open proposals, read settings, pauses and switches.
    CheckGuards,
    /// Fetch the repository and list the suspects.
    Prepare,
    /// Run the failing test at a commit.
    Probe {
        /// Where.
        commit: CommitId,
        /// Position in the suspects, oldest first; -1 is the last commit before them, their number is the head.
        index: i32,
    },
    /// Build the commit that reverts the culprit on the head of the base branch.
    BuildRevert {
        /// The commit to undo.
        culprit: CommitId,
    },
    /// Run the failing test on the change.
    ProveChange {
        /// The change.
        commit: CommitId,
    },
    /// Check the change against the rules and score its risk.
    Validate,
    /// Run a gate on the change.
    Gate {
        /// Which.
        stage: GateStage,
        /// The change.
        commit: CommitId,
    },
    /// Push the branch `selfheal/{id}`.
    PushBranch {
        /// The change.
        commit: CommitId,
    },
    /// Open the pull request with its evidence.
    OpenPullRequest,
    /// Ask the autonomy rules who merges.
    CheckAutonomy,
    /// Nothing to do until a person decides.
    AwaitDecision,
    /// Merge the branch into the base branch.
    Merge,
    /// Delete the branch of a refused change and remember the refusal.
    CloseProposal,
    /// Look whether the pattern stayed silent; look again at `until` when it cannot be said yet.
    Watch {
        /// The end of the window.
        until: DateTime<Utc>,
    },
    /// Nothing more to do.
    Finish,
}

/// What executing a command, or a person, taught us.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Observation {
    /// The repair was opened for a signal.
    Opened {
        /// The pattern.
        pattern: PatternId,
        /// What kind of failure.
        signal_type: SignalType,
        /// The failing test, when there is one.
        test: Option<String>,
        /// The commit that failed, when known.
        commit: Option<CommitId>,
        /// The newest commit on which the same test is known to have passed.
        last_passed: Option<CommitId>,
        /// What it showed up to then.
        #[serde(default)]
        record: TestRecord,
        /// Who or what opened it.
        by: String,
        /// The proposal id this repair will use if it gets that far.
        proposal: ProposalId,
    },
    /// The memory was searched.
    Retrieved {
        /// At most ten, best first.
        similar: Vec<SimilarItem>,
    },
    /// The guards were read.
    GuardsChecked {
        /// What limits this repair.
        guards: Guards,
    },
    /// The repository was fetched.
    Prepared {
        /// The branch to repair.
        base_branch: String,
        /// Its head.
        head: CommitId,
        /// First-parent commits that may be to blame, oldest first, the last one being the failing commit.
        suspects: Vec<Suspect>,
        /// The commit before the oldest suspect; none when the suspects reach the root.
        before: Option<CommitId>,
    },
    /// The failing test ran at a commit.
    Probed {
        /// Where.
        commit: CommitId,
        /// Position in the suspects; -1 is the commit before them, their number is the head of the branch.
        index: i32,
        /// What it showed.
        outcome: ProbeOutcome,
        /// The run behind it.
        run: RunSummary,
    },
    /// The revert was built.
    RevertBuilt {
        /// The commit it undoes.
        culprit: Culprit,
        /// The commit it stands on.
        base: CommitId,
        /// The commit that carries it.
        commit: CommitId,
        /// Its unified diff.
        diff: String,
    },
    /// The culprit does not revert cleanly.
    RevertConflicted {
        /// The commit that would have been undone.
        culprit: Culprit,
        /// Files in conflict.
        files: Vec<String>,
    },
    /// The failing test ran on the change.
    ChangeProven {
        /// The change.
        commit: CommitId,
        /// What it showed.
        outcome: ProbeOutcome,
        /// The run behind it.
        run: RunSummary,
    },
    /// The rules were checked.
    Validated {
        /// Broken rules; empty is good.
        violations: Vec<Violation>,
        /// The risk.
        risk: RiskAssessment,
    },
    /// The branch is on the remote.
    BranchPushed {
        /// Its name.
        branch: String,
        /// Its head.
        commit: CommitId,
    },
    /// A gate ran.
    GateRan {
        /// Which.
        stage: GateStage,
        /// True when all of its commands succeeded.
        passed: bool,
        /// Its runs in order.
        runs: Vec<RunSummary>,
    },
    /// The pull request is open.
    PullRequestOpened {
        /// Its branch.
        branch: String,
    },
    /// The autonomy rules answered.
    AutonomyChecked {
        /// The effective level.
        level: u8,
        /// True when the platform may merge by itself.
        merges_alone: bool,
        /// Everything that limits it.
        limited_by: Vec<String>,
    },
    /// A person decided.
    Decided {
        /// What.
        decision: Decision,
    },
    /// The branch was merged.
    Merged {
        /// What the merge did.
        result: MergeResult,
        /// When the watch ends.
        watch_until: DateTime<Utc>,
    },
    /// The base branch moved on and the change no longer merges cleanly.
    MergeConflicted {
        /// Why.
        reason: String,
    },
    /// The remote can not take the merge now; a person can mend that and approve again.
    MergeBlocked {
        /// What stands in the way, and what to do.
        reason: String,
    },
    /// The refused change's branch is gone.
    ProposalClosed,
    /// The watch was looked at.
    Watched {
        /// Passing observations of the same test since the merge.
        passes: u32,
        /// Failing ones.
        failures: u32,
        /// True when the window has ended.
        window_over: bool,
        /// True when so much time passed without enough observations that silence will never be told.
        overdue: bool,
        /// How many passes are needed.
        needed: u32,
    },
    /// A command could not be executed, and trying again will not help.
    Failed {
        /// Which command.
        command: Box<Command>,
        /// A stable word: `clone_failed`, `setup_failed`, `sandbox_unavailable`, ...
        code: String,
        /// What happened, for a person.
        detail: String,
    },
    /// A person stopped the repair.
    Cancelled {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
}

/// How often a test passed and failed up to a time, its newest results first counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestRecord {
    /// Passing results.
    pub passes: u32,
    /// Failing results.
    pub failures: u32,
}

/// What running the failing test once at a commit showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProbeOutcome {
    /// The test ran and passed.
    Passed,
    /// The same test failed.
    Failed,
    /// It can not be said at this commit: it does not build, the test does not exist yet, or something else failed.
    Untestable,
}

/// A commit that may be to blame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suspect {
    /// The commit.
    pub commit: CommitId,
    /// Its subject line.
    pub subject: String,
    /// When it was committed.
    pub committed_at: DateTime<Utc>,
    /// 0 to 1: how much of the failure's files it touched; the search's prior.
    pub touches: f64,
}

/// Everything that limits a repair, read together so that one journal row explains the decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Guards {
    /// Repairs of this pattern in the window, this one included.
    pub attempts: u32,
    /// Open proposals of the repository, this repair's own not counted.
    pub open_proposals: u32,
    /// The pause that holds the pattern, when one does.
    pub paused: Option<String>,
    /// The settings in force.
    pub settings: RepositorySettings,
    /// Another repair that already answers a similar failure.
    pub covered_by: Option<PatternId>,
    /// When the guards were read.
    pub at: DateTime<Utc>,
}

/// One row of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JournalEntry {
    /// 0, 1, 2, ...
    pub step: i32,
    /// When it was appended.
    pub at: DateTime<Utc>,
    /// What was learnt.
    pub observation: Observation,
    /// The state after it.
    pub state: RepairState,
    /// Why that state, in a sentence.
    pub reason: String,
    /// Hex SHA-256 over the previous entry's hash and this entry's bytes.
    pub hash: String,
}
