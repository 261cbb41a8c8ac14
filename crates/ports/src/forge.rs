//! Where repositories are hosted: branches, pull requests and merges on the outside.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::proposal::MergeResult;
use devos_contracts::repository::Repository;
use devos_contracts::{CommitId, RepositoryId};
use thiserror::Error;

/// Writes to a repository's host. Every method is idempotent: asked twice, it acts once.
#[async_trait]
pub trait Forge: Send + Sync {
    /// Refuses a remote that this installation may not reach, and answers its default branch.
    async fn check(&self, remote: &str) -> Result<String, ForgeError>;

    /// Pushes `commit` as `branch`; nothing happens when the branch is already there with that commit.
    async fn push(&self, repository: &Repository, branch: &str, commit: &CommitId) -> Result<(), ForgeError>;

    /// Merges `merge.branch` into `merge.base` and pushes; answers the earlier merge when it was done before.
    async fn merge(&self, repository: &Repository, merge: &Merge) -> Result<MergeResult, ForgeError>;

    /// Deletes a branch; nothing happens when it is gone.
    async fn delete_branch(&self, repository: &Repository, branch: &str) -> Result<(), ForgeError>;

    /// Forgets local copies of a repository.
    async fn forget(&self, repository: RepositoryId) -> Result<(), ForgeError>;
}

/// A merge to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The branch that carries the change.
    pub branch: String,
    /// The commit that was proven; anything else on the branch is refused.
    pub head: CommitId,
    /// The branch to merge into.
    pub base: String,
    /// Subject and body of the merge commit.
    pub message: String,
    /// The merge commit's date, so that a repeated merge makes the same commit.
    pub at: DateTime<Utc>,
}

/// Why a forge did not do it.
#[derive(Debug, Error)]
pub enum ForgeError {
    /// The remote may not be used here: a path outside `devos up`, a transport that is not allowed.
    #[error("the remote {remote} is not allowed: {reason}")]
    RemoteRefused {
        /// The remote, without credentials.
        remote: String,
        /// Why, with what to do.
        reason: String,
    },
    /// The remote can not be reached or read.
    #[error("the remote could not be reached: {0}")]
    Unreachable(String),
    /// The branch holds something else than what was proven.
    #[error("{0}")]
    Diverged(String),
    /// The change no longer merges cleanly.
    #[error("the change no longer merges cleanly: {0}")]
    Conflict(String),
    /// The remote refused the write.
    #[error("the remote refused the push: {0}")]
    Denied(String),
    /// Anything else; trying again may help.
    #[error("git failed: {0}")]
    Other(String),
}

impl ForgeError {
    /// True when trying again later may help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Other(_))
    }
}
