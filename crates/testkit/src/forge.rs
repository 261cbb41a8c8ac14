//! A forge in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use devos_contracts::proposal::{MergeResult, WorkingTree};
use devos_contracts::repository::Repository;
use devos_contracts::{CommitId, RepositoryId};
use devos_ports::forge::Merge;
use devos_ports::{Forge, ForgeError};

use crate::samples;

/// A forge that remembers branches and merges, and fails where a test says so.
#[derive(Debug, Default)]
pub struct MemForge(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    branches: BTreeMap<(RepositoryId, String), CommitId>,
    merges: Vec<(RepositoryId, Merge, MergeResult)>,
    refused: BTreeSet<String>,
    conflicts: BTreeSet<String>,
    failures: Vec<ForgeError>,
}

impl MemForge {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses a remote from now on.
    pub fn refuse(&self, remote: &str) {
        self.state().refused.insert(remote.to_owned());
    }

    /// Lets merges of a branch conflict from now on.
    pub fn conflict_on(&self, branch: &str) {
        self.state().conflicts.insert(branch.to_owned());
    }

    /// Lets the next write fail; several calls fail several writes, the last given first.
    pub fn fail_next(&self, error: ForgeError) {
        self.state().failures.push(error);
    }

    /// What a branch points to.
    pub fn branch(&self, repository: RepositoryId, name: &str) -> Option<CommitId> {
        self.state().branches.get(&(repository, name.to_owned())).cloned()
    }

    /// The merges done, oldest first.
    pub fn merges(&self) -> Vec<(RepositoryId, Merge)> {
        self.state().merges.iter().map(|(repository, merge, _)| (*repository, merge.clone())).collect()
    }
}

#[async_trait]
impl Forge for MemForge {
    async fn check(&self, remote: &str) -> Result<String, ForgeError> {
        if self.state().refused.contains(remote) {
            let reason = "the test refuses it".to_owned();
            return Err(ForgeError::RemoteRefused { remote: remote.to_owned(), reason });
        }
        Ok("main".to_owned())
    }

    async fn push(&self, repository: &Repository, branch: &str, commit: &CommitId) -> Result<(), ForgeError> {
        let mut state = self.state();
        if let Some(error) = state.failures.pop() {
            return Err(error);
        }
        let present = state.branches.entry((repository.id, branch.to_owned())).or_insert_with(|| commit.clone());
        if present == commit { Ok(()) } else { Err(ForgeError::Diverged(format!("{branch} holds {present}"))) }
    }

    async fn merge(&self, repository: &Repository, merge: &Merge) -> Result<MergeResult, ForgeError> {
        let mut state = self.state();
        if let Some(error) = state.failures.pop() {
            return Err(error);
        }
        if let Some((.., done)) =
            state.merges.iter().find(|(id, earlier, _)| *id == repository.id && earlier.branch == merge.branch)
        {
            return Ok(done.clone());
        }
        match state.branches.get(&(repository.id, merge.branch.clone())) {
            Some(head) if *head == merge.head => {}
            Some(head) => return Err(ForgeError::Diverged(format!("{} holds {head}", merge.branch))),
            None => return Err(ForgeError::Diverged(format!("{} is gone", merge.branch))),
        }
        if state.conflicts.contains(&merge.branch) {
            return Err(ForgeError::Conflict("the test says so".to_owned()));
        }
        let commit = samples::commit(&format!("merge {} into {} at {}", merge.head, merge.base, merge.at));
        let result = MergeResult { commit: commit.clone(), working_tree: WorkingTree::None };
        state.branches.insert((repository.id, merge.base.clone()), commit);
        state.merges.push((repository.id, merge.clone(), result.clone()));
        Ok(result)
    }

    async fn delete_branch(&self, repository: &Repository, branch: &str) -> Result<(), ForgeError> {
        let mut state = self.state();
        if let Some(error) = state.failures.pop() {
            return Err(error);
        }
        state.branches.remove(&(repository.id, branch.to_owned()));
        Ok(())
    }

    async fn forget(&self, _repository: RepositoryId) -> Result<(), ForgeError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge_of(branch: &str) -> Merge {
        Merge {
            branch: branch.to_owned(),
            head: samples::commit("change"),
            base: "main".to_owned(),
            message: "Merge".to_owned(),
            at: samples::at(0),
        }
    }

    #[tokio::test]
    async fn writes_are_idempotent_and_never_overwrite() {
        let (forge, repository) = (MemForge::default(), samples::repository(1, "shop"));
        let change = samples::commit("change");
        forge.push(&repository, "selfheal/1", &change).await.unwrap();
        forge.push(&repository, "selfheal/1", &change).await.unwrap();
        let other = forge.push(&repository, "selfheal/1", &samples::commit("other")).await;
        assert!(matches!(other, Err(ForgeError::Diverged(_))));

        let first = forge.merge(&repository, &merge_of("selfheal/1")).await.unwrap();
        assert_eq!(forge.merge(&repository, &merge_of("selfheal/1")).await.unwrap(), first);
        assert_eq!(forge.merges().len(), 1);
        assert_eq!(forge.branch(repository.id, "main"), Some(first.commit));
    }

    #[tokio::test]
    async fn failures_come_once_and_conflicts_stay() {
        let (forge, repository) = (MemForge::default(), samples::repository(1, "shop"));
        forge.fail_next(ForgeError::Unreachable("down".to_owned()));
        let change = samples::commit("change");
        assert!(forge.push(&repository, "selfheal/1", &change).await.is_err());
        forge.push(&repository, "selfheal/1", &change).await.unwrap();
        forge.conflict_on("selfheal/1");
        let merged = forge.merge(&repository, &merge_of("selfheal/1")).await;
        assert!(matches!(merged, Err(ForgeError::Conflict(_))));
    }
}
