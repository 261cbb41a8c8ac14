//! Reading the repository: its suspects, and the revert of the one that did it.

use devos_contracts::CommitId;
use devos_contracts::journal::{Command, Observation, Suspect};
use devos_contracts::proposal::Culprit;
use devos_logic::repair::text;
use devos_ports::WorkspaceError;
use devos_ports::workspace::{CommitInfo, Revert, Reverted};

use super::{Repair, Step};
use crate::ServiceResult;

/// First-parent commits that are read to find the failing one.
const HISTORY: usize = 2000;
/// Suspects when no sound commit is known.
const SUSPECTS: usize = 128;

impl Repair {
    /// Fetches the repository and lists the suspects.
    pub(super) async fn prepare(&self, step: &Step<'_>) -> ServiceResult<Observation> {
        let head = match self.workspace.fetch(step.repository).await {
            Ok(head) => head,
            Err(error) => return refuse(Command::Prepare, error),
        };
        let facts = step.facts();
        let Some(failing) = facts.opened.and_then(|opened| opened.commit) else {
            return Ok(failed(Command::Prepare, "no_commit", "the failing commit is not known".into()));
        };
        let history = match self.workspace.history(step.repository.id, &head, HISTORY).await {
            Ok(history) => history,
            Err(error) => return refuse(Command::Prepare, error),
        };
        let Some(newest) = history.iter().position(|commit| commit.id == *failing) else {
            let branch = &step.repository.default_branch;
            let detail = format!("{} is not among the last {HISTORY} commits of {branch}", failing.short());
            return Ok(failed(Command::Prepare, "not_on_branch", detail));
        };
        let sound = facts.opened.and_then(|opened| opened.last_passed);
        let older = &history[newest..];
        let end = sound
            .and_then(|sound| older.iter().position(|commit| commit.id == *sound))
            .filter(|position| *position > 0)
            .unwrap_or_else(|| SUSPECTS.min(older.len()));
        let latest = self.store.begin(step.scope).await?.latest_signal(step.repair.pattern).await?;
        let blamed = latest.map(|signal| signal.files).unwrap_or_default();
        let suspects = older[..end].iter().rev().map(|commit| suspect(commit, &blamed)).collect();
        Ok(Observation::Prepared {
            base_branch: step.repository.default_branch.clone(),
            head,
            suspects,
            before: older.get(end).map(|commit| commit.id.clone()),
        })
    }

    /// Builds the commit that undoes the culprit on the head that was prepared.
    pub(super) async fn build_revert(&self, step: &Step<'_>, culprit: &CommitId) -> ServiceResult<Observation> {
        let command = || Command::BuildRevert { culprit: culprit.clone() };
        let facts = step.facts();
        let Some(prepared) = facts.prepared else {
            return Ok(failed(command(), "not_prepared", "the suspects are missing".into()));
        };
        let found = match self.workspace.history(step.repository.id, culprit, 1).await {
            Ok(found) => found.into_iter().next(),
            Err(error) => return refuse(command(), error),
        };
        let Some(commit) = found else {
            return refuse(command(), WorkspaceError::UnknownCommit(culprit.clone()));
        };
        let culprit = Culprit {
            commit: commit.id.clone(),
            subject: commit.subject,
            author: commit.author,
            committed_at: commit.committed_at,
        };
        let revert = Revert {
            culprit: commit.id,
            onto: prepared.head.clone(),
            message: text::commit_message(step.repair.id, &facts, &culprit),
            at: step.opened_at(),
        };
        match self.workspace.revert(step.repository.id, &revert).await {
            Ok(Reverted::Clean { commit, diff }) => {
                Ok(Observation::RevertBuilt { culprit, base: revert.onto, commit, diff })
            }
            Ok(Reverted::Conflict { files }) => Ok(Observation::RevertConflicted { culprit, files }),
            Ok(Reverted::Empty) => {
                Ok(failed(command(), "already_reverted", "the culprit is undone on the branch already".into()))
            }
            Err(error) => refuse(command(), error),
        }
    }
}

fn suspect(commit: &CommitInfo, blamed: &[String]) -> Suspect {
    let touched = blamed.iter().filter(|file| commit.files.iter().any(|path| same_file(path, file))).count();
    #[expect(clippy::cast_precision_loss, reason = "a handful of files")]
    let share = if blamed.is_empty() { 0.0 } else { touched as f64 / blamed.len() as f64 };
    Suspect {
        commit: commit.id.clone(),
        subject: commit.subject.clone(),
        committed_at: commit.committed_at,
        touches: (share * 100.0).round() / 100.0,
    }
}

/// A path in the repository and a path in a stack trace may differ in their prefix.
fn same_file(path: &str, named: &str) -> bool {
    let ends =
        |long: &str, short: &str| long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    ends(path, named) || ends(named, path)
}

/// The observation of a command that can not be executed.
pub(super) fn failed(command: Command, code: &str, detail: String) -> Observation {
    Observation::Failed { command: Box::new(command), code: code.to_owned(), detail }
}

/// Journals an error that trying again will not mend; passes on one that it may.
pub(super) fn refuse(command: Command, error: WorkspaceError) -> ServiceResult<Observation> {
    if matches!(error, WorkspaceError::Other(_)) {
        return Err(error.into());
    }
    let detail = devos_logic::redact::output(&error.to_string()).into_inner();
    Ok(failed(command, error.code(), detail))
}
