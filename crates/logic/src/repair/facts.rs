//! The journal folded into what is known now.

use chrono::{DateTime, Utc};
use devos_contracts::journal::{Command, Guards, Observation, ProbeOutcome, Suspect, TestRecord};
use devos_contracts::pattern::SimilarItem;
use devos_contracts::proposal::{Culprit, Decision, MergeResult, RiskAssessment, Violation};
use devos_contracts::run::{GateStage, RunSummary};
use devos_contracts::{CommitId, ProposalId};

use crate::culprit;

/// What the journal says, newest word first where it says a thing twice.
#[derive(Debug, Default, Clone)]
pub struct Facts<'a> {
    /// What failed.
    pub opened: Option<Opened<'a>>,
    /// Similar failures and fixes.
    pub similar: Option<&'a [SimilarItem]>,
    /// What limits the repair.
    pub guards: Option<&'a Guards>,
    /// The suspects.
    pub prepared: Option<Prepared<'a>>,
    /// Every run of the failing test on history, in order.
    pub probes: Vec<Probe<'a>>,
    /// The change.
    pub change: Option<Change<'a>>,
    /// The culprit and the files that keep it from being undone.
    pub conflict: Option<(&'a Culprit, &'a [String])>,
    /// Every run of the failing test on the change, in order.
    pub proofs: Vec<(ProbeOutcome, &'a RunSummary)>,
    /// Broken rules and the risk.
    pub validated: Option<(&'a [Violation], &'a RiskAssessment)>,
    /// The branch is on the remote.
    pub pushed: bool,
    /// Every gate run, in order.
    pub gates: Vec<(GateStage, bool, &'a [RunSummary])>,
    /// The pull request is open.
    pub pull_request: bool,
    /// What the autonomy rules answered: the level, whether it merges alone, what limits it.
    pub autonomy: Option<(u8, bool, &'a [String])>,
    /// The decision that still stands.
    pub decision: Option<&'a Decision>,
    /// Why the last approved merge could not be done yet.
    pub blocked: Option<&'a str>,
    /// The merge, and when its watch ends.
    pub merged: Option<(&'a MergeResult, DateTime<Utc>)>,
    /// Why it can not be merged any more.
    pub merge_conflict: Option<&'a str>,
    /// The branch of an unwanted change is gone.
    pub closed: bool,
    /// The newest look at the watch.
    pub watched: Option<Watched>,
    /// A command that can not be executed.
    pub failed: Option<(&'a Command, &'a str, &'a str)>,
    /// Who stopped it, and why.
    pub cancelled: Option<(&'a str, &'a str)>,
}

/// What failed.
#[derive(Debug, Clone, Copy)]
pub struct Opened<'a> {
    /// The failing test.
    pub test: Option<&'a str>,
    /// The commit that failed.
    pub commit: Option<&'a CommitId>,
    /// The newest commit known to be sound.
    pub last_passed: Option<&'a CommitId>,
    /// What it showed up to then.
    pub record: TestRecord,
    /// The id of the proposal to make.
    pub proposal: ProposalId,
}

/// The suspects.
#[derive(Debug, Clone, Copy)]
pub struct Prepared<'a> {
    /// The branch to repair.
    pub base_branch: &'a str,
    /// Its head.
    pub head: &'a CommitId,
    /// Oldest first; the last one failed.
    pub suspects: &'a [Suspect],
    /// The commit before the oldest suspect.
    pub before: Option<&'a CommitId>,
}

impl<'a> Prepared<'a> {
    /// The index that stands for the head of the branch: the last suspect, or one past it.
    pub fn head_index(&self) -> i32 {
        let count = index(self.suspects.len());
        let last = self.suspects.last().map(|suspect| &suspect.commit);
        if last == Some(self.head) { count - 1 } else { count }
    }

    /// The commit behind a search index.
    pub fn commit(&self, position: i32) -> Option<&'a CommitId> {
        if position < 0 {
            return self.before;
        }
        match usize::try_from(position).ok().and_then(|position| self.suspects.get(position)) {
            Some(suspect) => Some(&suspect.commit),
            None => Some(self.head),
        }
    }
}

/// One run of the failing test on history.
#[derive(Debug, Clone, Copy)]
pub struct Probe<'a> {
    /// Where.
    pub commit: &'a CommitId,
    /// Position in the suspects.
    pub index: i32,
    /// What it showed.
    pub outcome: ProbeOutcome,
    /// The run.
    pub run: &'a RunSummary,
}

/// The change.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The commit it undoes.
    pub culprit: &'a Culprit,
    /// The commit it stands on.
    pub base: &'a CommitId,
    /// The commit that carries it.
    pub commit: &'a CommitId,
    /// Its diff.
    pub diff: &'a str,
}

/// A look at the watch.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    /// Passing observations.
    pub passes: u32,
    /// Failing ones.
    pub failures: u32,
    /// The window has ended.
    pub window_over: bool,
    /// Too late to ever tell.
    pub overdue: bool,
    /// Passes needed.
    pub needed: u32,
}

/// A list position as a search index.
pub(super) fn index(position: usize) -> i32 {
    i32::try_from(position).unwrap_or(i32::MAX)
}

impl<'a> Facts<'a> {
    /// Folds a journal, oldest observation first.
    pub fn fold(journal: &'a [Observation]) -> Self {
        let mut facts = Self::default();
        for observation in journal {
            facts.learn(observation);
        }
        facts
    }

    fn learn(&mut self, observation: &'a Observation) {
        match observation {
            Observation::Opened { test, commit, last_passed, record, proposal, .. } => {
                self.opened = Some(Opened {
                    test: test.as_deref(),
                    commit: commit.as_ref(),
                    last_passed: last_passed.as_ref(),
                    record: *record,
                    proposal: *proposal,
                });
            }
            Observation::Retrieved { similar } => self.similar = Some(similar),
            Observation::GuardsChecked { guards } => self.guards = Some(guards),
            Observation::Prepared { base_branch, head, suspects, before } => {
                self.prepared = Some(Prepared { base_branch, head, suspects, before: before.as_ref() });
            }
            Observation::Probed { commit, index, outcome, run } => {
                self.probes.push(Probe { commit, index: *index, outcome: *outcome, run });
            }
            Observation::RevertBuilt { culprit, base, commit, diff } => {
                self.change = Some(Change { culprit, base, commit, diff });
            }
            Observation::RevertConflicted { culprit, files } => self.conflict = Some((culprit, files)),
            Observation::ChangeProven { outcome, run, .. } => self.proofs.push((*outcome, run)),
            Observation::Validated { violations, risk } => self.validated = Some((violations, risk)),
            Observation::BranchPushed { .. } => self.pushed = true,
            Observation::GateRan { stage, passed, runs } => self.gates.push((*stage, *passed, runs)),
            Observation::PullRequestOpened { .. } => self.pull_request = true,
            Observation::AutonomyChecked { level, merges_alone, limited_by } => {
                self.autonomy = Some((*level, *merges_alone, limited_by));
            }
            Observation::Decided { decision } => self.decide(decision),
            Observation::Merged { result, watch_until } => self.merged = Some((result, *watch_until)),
            Observation::MergeBlocked { reason } => {
                self.blocked = Some(reason);
                self.decision = None;
            }
            Observation::MergeConflicted { reason } => self.merge_conflict = Some(reason),
            Observation::ProposalClosed => self.closed = true,
            Observation::Watched { passes, failures, window_over, overdue, needed } => {
                self.watched = Some(Watched {
                    passes: *passes,
                    failures: *failures,
                    window_over: *window_over,
                    overdue: *overdue,
                    needed: *needed,
                });
            }
            Observation::Failed { command, code, detail } => self.failed = Some((command, code, detail)),
            Observation::Cancelled { by, reason } => self.cancelled = Some((by, reason)),
        }
    }

    fn decide(&mut self, decision: &'a Decision) {
        self.decision = Some(decision);
        self.blocked = None;
    }

    /// True when each gate's last run passed, and both ran.
    pub fn gates_green(&self) -> bool {
        [GateStage::Fast, GateStage::Full]
            .iter()
            .all(|stage| self.gates.iter().rev().find(|gate| gate.0 == *stage).is_some_and(|gate| gate.1))
    }

    /// Where the culprit search stands. Suspects that touched the failure's files weigh up to five times as
    /// much; runs on a head beyond the suspects tell the search nothing.
    pub fn search(&self) -> Option<culprit::Step> {
        let prepared = self.prepared?;
        let suspects = index(prepared.suspects.len());
        let weights: Vec<f64> = prepared.suspects.iter().map(|suspect| 1.0 + 4.0 * suspect.touches).collect();
        let total: f64 = weights.iter().sum();
        let priors: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
        let runs: Vec<culprit::Run> = self
            .probes
            .iter()
            .filter(|probe| probe.index < suspects)
            .map(|probe| culprit::Run { index: probe.index, outcome: probe.outcome })
            .collect();
        let suspects = culprit::Suspects {
            priors: &priors,
            has_before: prepared.before.is_some(),
            record: self.opened.map(|opened| opened.record).unwrap_or_default(),
        };
        Some(culprit::next(&suspects, &runs, &culprit::Params::default()))
    }
}
