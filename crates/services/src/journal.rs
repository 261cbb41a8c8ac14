//! Appending to a repair's journal: the one way in which a repair moves.

use chrono::{DateTime, TimeDelta, Utc};
use devos_contracts::RepairId;
use devos_contracts::Scope;
use devos_contracts::job::Job;
use devos_contracts::journal::{Command, JournalEntry, Observation};
use devos_contracts::pattern::PatternState;
use devos_contracts::proposal::ProposalState;
use devos_contracts::repair::{Repair, RepairState};
use devos_logic::repair::{self, Plan};
use devos_ports::StoreError;
use devos_ports::store::{NewEntry, StoreResult, Tx};

/// How often a watched repair is looked at when no new result wakes it.
const WATCH_POLL: TimeDelta = TimeDelta::minutes(5);

/// What a journal taught, oldest first.
pub fn observations(entries: &[JournalEntry]) -> Vec<Observation> {
    entries.iter().map(|entry| entry.observation.clone()).collect()
}

/// The entry that `observation` becomes after `journal`, and the plan that follows from it.
pub fn entry(journal: &[JournalEntry], observation: Observation, at: DateTime<Utc>) -> StoreResult<(NewEntry, Plan)> {
    let bytes = serde_json::to_vec(&observation).map_err(|error| StoreError::Other(error.to_string()))?;
    let previous = journal.last().map_or("", |entry| entry.hash.as_str());
    let hash = repair::chain(previous, &bytes);
    let step = journal.last().map_or(0, |entry| entry.step + 1);
    let mut observations = observations(journal);
    observations.push(observation.clone());
    let plan = repair::next(&observations);
    let entry = NewEntry { step, observation, bytes, state: plan.state, reason: plan.reason.clone(), hash, at };
    Ok((entry, plan))
}

/// Appends `observation` to a locked repair and leaves whatever must happen next, all in one transaction.
/// `None` when somebody else took this step first.
pub async fn append(
    tx: &mut dyn Tx,
    scope: &Scope,
    locked: &Repair,
    journal: &[JournalEntry],
    observation: Observation,
    at: DateTime<Utc>,
) -> StoreResult<Option<Plan>> {
    let (entry, plan) = entry(journal, observation, at)?;
    if !tx.append(locked.id, &entry).await? {
        return Ok(None);
    }
    schedule(tx, scope, locked.id, entry.step, &plan, at).await?;
    if plan.command == Command::Finish {
        conclude(tx, locked, plan.state).await?;
    }
    Ok(Some(plan))
}

/// Leaves the job or the due time that the plan needs.
pub async fn schedule(
    tx: &mut dyn Tx,
    scope: &Scope,
    id: RepairId,
    step: i32,
    plan: &Plan,
    at: DateTime<Utc>,
) -> StoreResult<()> {
    match plan.command {
        Command::Finish | Command::AwaitDecision => tx.set_due(id, None).await,
        Command::Watch { until } => {
            let due = if until > at { until.min(at + WATCH_POLL) } else { at + WATCH_POLL };
            tx.set_due(id, Some(due)).await
        }
        _ => {
            let job = Job::AdvanceRepair { tenant: scope.tenant, repair: id };
            tx.push_job(&job, &job.idempotency_key(step.into())).await
        }
    }
}

/// What the end of a repair means for its pattern and its proposal.
async fn conclude(tx: &mut dyn Tx, repair: &Repair, end: RepairState) -> StoreResult<()> {
    let paused = tx.pattern(repair.pattern).await?.is_some_and(|pattern| pattern.pause.is_some());
    let pattern = match end {
        RepairState::Fixed => PatternState::Fixed,
        _ if paused => PatternState::Paused,
        _ => PatternState::Open,
    };
    tx.set_pattern_state(repair.pattern, pattern).await?;
    let Some(id) = repair.proposal else { return Ok(()) };
    let open = tx
        .proposal(id)
        .await?
        .filter(|proposal| matches!(proposal.state, ProposalState::Open | ProposalState::Approved));
    match open {
        Some(_) if end != RepairState::Fixed => tx.settle(id, ProposalState::Closed, None).await,
        _ => Ok(()),
    }
}
