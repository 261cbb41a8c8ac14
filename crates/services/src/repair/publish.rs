//! Writing to the outside: each write looks at the guards again, right before it.

use chrono::TimeDelta;
use devos_contracts::CommitId;
use devos_contracts::journal::{Command, Observation};
use devos_logic::repair::text;
use devos_logic::slo;
use devos_ports::ForgeError;
use devos_ports::forge::Merge;

use super::execute::branch;
use super::history::failed;
use super::{Repair, Step};
use crate::ServiceResult;

impl Repair {
    /// Pushes the branch.
    pub(super) async fn push_branch(&self, step: &Step<'_>, commit: &CommitId) -> ServiceResult<Observation> {
        let command = Command::PushBranch { commit: commit.clone() };
        if let Err(limit) = slo::may_write(&self.guards(step).await?) {
            return Ok(failed(command, "guard_changed", limit.reason));
        }
        let branch = branch(step)?;
        match self.forge.push(step.repository, &branch, commit).await {
            Ok(()) => Ok(Observation::BranchPushed { branch, commit: commit.clone() }),
            Err(error) if error.is_transient() => Err(error.into()),
            Err(error) => Ok(failed(command, "push_refused", error.to_string())),
        }
    }

    /// Merges the approved branch.
    pub(super) async fn merge(&self, step: &Step<'_>) -> ServiceResult<Observation> {
        if let Err(limit) = slo::may_write(&self.guards(step).await?) {
            return Ok(Observation::MergeBlocked { reason: limit.reason });
        }
        let facts = step.facts();
        let (Some(change), Some(prepared)) = (facts.change, facts.prepared) else {
            return Ok(failed(Command::Merge, "not_prepared", "the change is missing".into()));
        };
        let approved_by = facts.decision.map_or("devos", |decision| decision.by.as_str());
        let branch = branch(step)?;
        let merge = Merge {
            head: change.commit.clone(),
            base: prepared.base_branch.to_owned(),
            message: text::merge_message(&text::title(change.culprit), &branch, approved_by),
            at: facts.decision.map_or(step.opened_at(), |decision| decision.at),
            branch,
        };
        match self.forge.merge(step.repository, &merge).await {
            Ok(result) => {
                let seconds = i64::try_from(step.repository.settings.watch_window_seconds).unwrap_or(i64::MAX / 1000);
                Ok(Observation::Merged { result, watch_until: self.clock.now() + TimeDelta::seconds(seconds) })
            }
            Err(ForgeError::Conflict(reason) | ForgeError::Diverged(reason)) => {
                Ok(Observation::MergeConflicted { reason })
            }
            Err(ForgeError::Denied(reason)) => Ok(Observation::MergeBlocked { reason }),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes the branch of a change that nobody wants any more.
    pub(super) async fn close(&self, step: &Step<'_>) -> ServiceResult<Observation> {
        let branch = branch(step)?;
        match self.forge.delete_branch(step.repository, &branch).await {
            Ok(()) => Ok(Observation::ProposalClosed),
            Err(error) if error.is_transient() => Err(error.into()),
            // A remote that refuses the deletion keeps its branch; the proposal is closed all the same.
            Err(error) => {
                tracing::warn!(%error, branch, "the branch could not be deleted");
                Ok(Observation::ProposalClosed)
            }
        }
    }
}
