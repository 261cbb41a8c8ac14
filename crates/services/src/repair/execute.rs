//! One command to the one port that executes it.

use chrono::{DateTime, TimeDelta, Utc};
use devos_contracts::journal::{Command, Guards, JournalEntry, Observation};
use devos_contracts::pattern::MemoryKind;
use devos_contracts::proposal::{Proposal, ProposalState};
use devos_contracts::repair::Repair as RepairRow;
use devos_contracts::{CommitId, MemoryId, Scope};
use devos_logic::repair::{DUPLICATE_FIX, evidence, text};
use devos_logic::{autonomy, risk, validate};
use devos_ports::store::Tx;
use devos_ports::store::patterns::NewMemory;

use super::history::failed;
use super::{Repair, Step};
use crate::incidents::{memory_text, similar};
use crate::{ServiceError, ServiceResult};

/// After so many watch windows without enough observations, nobody will ever tell.
const OVERDUE_WINDOWS: i32 = 7;

impl Repair {
    /// Executes a command. `None`: there is nothing new to journal yet.
    pub(super) async fn execute(&self, step: &Step<'_>, command: &Command) -> ServiceResult<Option<Observation>> {
        let observed = match command {
            Command::Retrieve => self.retrieve(step).await?,
            Command::CheckGuards => Observation::GuardsChecked { guards: self.guards(step).await? },
            Command::Prepare => self.prepare(step).await?,
            Command::Probe { commit, index } => self.probe(step, commit, *index).await?,
            Command::BuildRevert { culprit } => self.build_revert(step, culprit).await?,
            Command::ProveChange { commit } => self.prove(step, commit).await?,
            Command::Validate => match self.duplicate(step, command).await? {
                Some(duplicate) => duplicate,
                None => validated(step),
            },
            Command::PushBranch { commit } => self.push_branch(step, commit).await?,
            Command::Gate { stage, commit } => self.gate(step, *stage, commit).await?,
            Command::OpenPullRequest => match self.duplicate(step, command).await? {
                Some(duplicate) => duplicate,
                None => Observation::PullRequestOpened { branch: branch(step)? },
            },
            Command::CheckAutonomy => autonomy_checked(step),
            Command::Merge => self.merge(step).await?,
            Command::CloseProposal => self.close(step).await?,
            Command::Watch { until } => return self.watch(step, *until).await,
            Command::AwaitDecision | Command::Finish => return Ok(None),
        };
        Ok(Some(observed))
    }

    async fn retrieve(&self, step: &Step<'_>) -> ServiceResult<Observation> {
        let mut tx = self.store.begin(step.scope).await?;
        let pattern = tx.pattern(step.repair.pattern).await?.ok_or(ServiceError::NotFound("the pattern"))?;
        let latest = tx.latest_signal(pattern.id).await?.ok_or(ServiceError::NotFound("the pattern"))?;
        let similar = similar(&mut *tx, &pattern, &latest.normalized, latest.stack.as_deref()).await?;
        Ok(Observation::Retrieved { similar })
    }

    /// Reads everything that limits the repair, as it is now.
    pub(super) async fn guards(&self, step: &Step<'_>) -> ServiceResult<Guards> {
        let mut tx = self.store.begin(step.scope).await?;
        let settings = step.repository.settings.clone();
        let since = step.now - TimeDelta::hours(settings.attempts_window_hours.into());
        let attempts = tx.attempts(step.repair.pattern, since).await?;
        let open = tx.open_proposals(step.repository.id).await?;
        let own = step.facts().opened.map(|opened| opened.proposal);
        let open_proposals = open.iter().filter(|id| Some(**id) != own).count();
        let pattern = tx.pattern(step.repair.pattern).await?.ok_or(ServiceError::NotFound("the pattern"))?;
        // A failing test is repaired for itself; what has none may be another face of one that has.
        let facts = step.facts();
        let similar = if pattern.test.is_none() { facts.similar.unwrap_or_default() } else { &[] };
        let mut covered_by = None;
        for item in similar.iter().filter(|item| item.kind == MemoryKind::Incident) {
            let other = tx.pattern(item.pattern).await?;
            if other.is_some_and(|other| other.test.is_some() && other.repository == pattern.repository) {
                covered_by = Some(item.pattern);
                break;
            }
        }
        let now = step.now;
        let paused = pattern
            .pause
            .filter(|pause| pause.holds(now))
            .map(|pause| format!("paused by {}: {}", pause.by, pause.reason));
        Ok(Guards {
            attempts,
            open_proposals: u32::try_from(open_proposals).unwrap_or(u32::MAX),
            paused,
            settings,
            covered_by,
            at: now,
        })
    }

    /// One commit can break many tests; the first proposal that undoes it answers for all of them.
    async fn duplicate(&self, step: &Step<'_>, command: &Command) -> ServiceResult<Option<Observation>> {
        let facts = step.facts();
        let Some(culprit) = facts.change.map(|change| &change.culprit.commit) else { return Ok(None) };
        let own = facts.opened.map(|opened| opened.proposal);
        let mut tx = self.store.begin(step.scope).await?;
        for id in tx.open_proposals(step.repository.id).await? {
            let other = tx.proposal(id).await?;
            if Some(id) != own && other.is_some_and(|other| other.culprit.commit == *culprit) {
                let detail = format!("proposal {id} undoes the same commit {} already", culprit.short());
                return Ok(Some(failed(command.clone(), DUPLICATE_FIX, detail)));
            }
        }
        Ok(None)
    }

    /// Looks at the results uploaded since the merge, on commits that hold it.
    async fn watch(&self, step: &Step<'_>, until: DateTime<Utc>) -> ServiceResult<Option<Observation>> {
        let facts = step.facts();
        let (Some((merge, _)), Some(opened)) = (facts.merged, facts.opened) else {
            return Ok(None);
        };
        let merged_at = step
            .journal
            .iter()
            .find(|entry| matches!(entry.observation, Observation::Merged { .. }))
            .map_or(step.now, |entry| entry.at);
        let test = opened.test.unwrap_or_default();
        let results = self.store.begin(step.scope).await?.test_results(step.repository.id, test, merged_at).await?;
        let (mut passes, mut failures) = (0, 0);
        for (commit, passed) in &results {
            if !self.holds(step, &merge.commit, commit).await? {
                continue;
            }
            if *passed { passes += 1 } else { failures += 1 }
        }
        let window =
            TimeDelta::seconds(i64::try_from(step.repository.settings.watch_window_seconds).unwrap_or(i64::MAX / 1000));
        let observed = Observation::Watched {
            passes,
            failures,
            window_over: step.now >= until,
            overdue: step.now >= merged_at + window * OVERDUE_WINDOWS,
            needed: step.repository.settings.watch_min_observations,
        };
        let known = step.observations.iter().rev().find(|known| matches!(known, Observation::Watched { .. }));
        Ok((known != Some(&observed)).then_some(observed))
    }

    /// True when `commit` contains the merge; a commit the mirror does not know yet is fetched once.
    async fn holds(&self, step: &Step<'_>, merge: &CommitId, commit: &CommitId) -> ServiceResult<bool> {
        let id = step.repository.id;
        if let Ok(contains) = self.workspace.contains(id, merge, commit).await {
            return Ok(contains);
        }
        self.workspace.fetch(step.repository).await?;
        Ok(self.workspace.contains(id, merge, commit).await.unwrap_or(false))
    }

    /// What an observation changes beside the journal, in the journal's own transaction.
    pub(super) async fn settle(
        &self,
        tx: &mut dyn Tx,
        scope: &Scope,
        repair: &RepairRow,
        journal: &[JournalEntry],
        observation: &Observation,
        now: DateTime<Utc>,
    ) -> ServiceResult<()> {
        let observations = crate::journal::observations(journal);
        let facts = devos_logic::repair::Facts::fold(&observations);
        let Some(proposal) = facts.opened.map(|opened| opened.proposal) else {
            return Ok(());
        };
        match observation {
            Observation::PullRequestOpened { branch } => {
                if let Some(proposal) = proposal_of(repair, &facts, branch, now) {
                    tx.add_proposal(&proposal).await?;
                }
            }
            Observation::MergeBlocked { .. } => tx.settle(proposal, ProposalState::Open, None).await?,
            Observation::Merged { result, .. } => {
                tx.settle(proposal, ProposalState::Merged, Some(result)).await?;
                self.remember(tx, repair, &facts, MemoryKind::Fix, now).await?;
            }
            Observation::ProposalClosed => {
                if tx.proposal(proposal).await?.is_some_and(|found| found.state != ProposalState::Rejected) {
                    tx.settle(proposal, ProposalState::Closed, None).await?;
                }
                self.remember(tx, repair, &facts, MemoryKind::RejectedFix, now).await?;
            }
            _ => {}
        }
        tracing::debug!(tenant = %scope.tenant, repair = %repair.id, "journalled");
        Ok(())
    }

    async fn remember(
        &self,
        tx: &mut dyn Tx,
        repair: &RepairRow,
        facts: &devos_logic::repair::Facts<'_>,
        kind: MemoryKind,
        at: DateTime<Utc>,
    ) -> ServiceResult<()> {
        let Some(change) = facts.change else { return Ok(()) };
        let Some(latest) = tx.latest_signal(repair.pattern).await? else {
            return Ok(());
        };
        let word = facts.decision.map(|decision| decision.reason.as_str()).filter(|reason| !reason.is_empty());
        let title = match (kind, word) {
            (MemoryKind::RejectedFix, Some(reason)) => format!("{}: {reason}", text::title(change.culprit)),
            _ => text::title(change.culprit),
        };
        let text = memory_text(&latest.normalized, latest.stack.as_deref());
        let item = NewMemory { id: MemoryId(self.entropy.id()), kind, pattern: repair.pattern, title, text, at };
        Ok(tx.remember(&item).await?)
    }
}

/// The branch of the repair's proposal.
pub(super) fn branch(step: &Step<'_>) -> ServiceResult<String> {
    let opened = step.facts().opened;
    opened.map(|opened| opened.proposal.branch()).ok_or(ServiceError::NotFound("the repair's first entry"))
}

fn validated(step: &Step<'_>) -> Observation {
    let facts = step.facts();
    let settings = &step.repository.settings;
    let changes = match facts.change.map(|change| validate::parse_diff(change.diff)) {
        Some(Ok(changes)) => changes,
        Some(Err(error)) => return failed(Command::Validate, "unreadable_diff", error.to_string()),
        None => Vec::new(),
    };
    let test = facts.opened.and_then(|opened| opened.test);
    let violations = validate::rules(&changes, settings, validate::ChangeKind::Revert, test);
    let failing = facts.prepared.and_then(|prepared| prepared.suspects.last());
    let age = failing
        .zip(facts.change)
        .map_or(0, |(failing, change)| (failing.committed_at - change.culprit.committed_at).num_days());
    let since = facts.prepared.zip(facts.change).map_or(0, |(prepared, change)| {
        let position = prepared.suspects.iter().position(|suspect| suspect.commit == change.culprit.commit);
        position.map_or(0, |position| prepared.suspects.len() - 1 - position)
    });
    let known = risk::RiskFacts {
        confidence: evidence::confidence(&facts),
        culprit_age_days: u32::try_from(age).unwrap_or(0),
        commits_since: u32::try_from(since).unwrap_or(u32::MAX),
        has_full_gate: !settings.gates.full.is_empty(),
    };
    Observation::Validated { violations, risk: risk::score(&changes, &known) }
}

fn autonomy_checked(step: &Step<'_>) -> Observation {
    let facts = step.facts();
    let effective = autonomy::effective(&step.repository.settings);
    let known = autonomy::MergeFacts {
        base_branch: facts.prepared.map_or("", |prepared| prepared.base_branch),
        default_branch: &step.repository.default_branch,
        risk: facts.validated.map_or(100, |(_, risk)| risk.score),
        confidence: evidence::confidence(&facts),
        gates_green: facts.gates_green(),
        tests_included: !evidence::collect(&facts).is_empty(),
        // What is not known yet counts against merging alone.
        new_dependency: true,
        public_api_changed: true,
        telemetry_healthy: false,
    };
    let (merges_alone, limited_by) = match autonomy::may_merge_alone(&effective, &known) {
        Ok(()) => (true, Vec::new()),
        Err(needs) => (false, needs.reasons),
    };
    Observation::AutonomyChecked { level: effective.level, merges_alone, limited_by }
}

fn proposal_of(
    repair: &RepairRow,
    facts: &devos_logic::repair::Facts<'_>,
    branch: &str,
    now: DateTime<Utc>,
) -> Option<Proposal> {
    let (opened, prepared, change) = (facts.opened?, facts.prepared?, facts.change?);
    let (_, risk) = facts.validated?;
    Some(Proposal {
        id: opened.proposal,
        repair: repair.id,
        pattern: repair.pattern,
        repository: repair.repository,
        repository_name: repair.repository_name.clone(),
        title: text::title(change.culprit),
        body: text::pull_request(facts),
        branch: branch.to_owned(),
        base_branch: prepared.base_branch.to_owned(),
        base_commit: change.base.clone(),
        head_commit: change.commit.clone(),
        culprit: change.culprit.clone(),
        diff: change.diff.to_owned(),
        risk: risk.clone(),
        confidence: evidence::confidence(facts),
        evidence: evidence::collect(facts),
        state: ProposalState::Open,
        decision: None,
        merge: None,
        created_at: now,
    })
}
