//! Plain git remotes; their pull requests live in the product.

use async_trait::async_trait;
use devos_contracts::proposal::{MergeResult, WorkingTree};
use devos_contracts::repository::Repository;
use devos_contracts::{CommitId, RepositoryId};
use devos_git::{Checkout, GitError, Merged, Mirror, Mirrors, NewCommit, Remote};
use devos_ports::forge::Merge;
use devos_ports::{Forge, ForgeError};

use crate::error::forge_error;

/// Merges computed again when somebody else pushes in between.
const MERGE_ATTEMPTS: u32 = 3;

/// A forge that is nothing but a git remote.
#[derive(Debug, Clone)]
pub struct LocalForge {
    mirrors: Mirrors,
}

impl LocalForge {
    /// A forge that works through these mirrors.
    pub fn new(mirrors: Mirrors) -> Self {
        Self { mirrors }
    }

    /// Merges once; `None` when somebody else moved the base branch in between.
    async fn try_merge(
        &self,
        mirror: &Mirror,
        remote: &Remote,
        merge: &Merge,
    ) -> Result<Option<MergeResult>, ForgeError> {
        remote.fetch(mirror).await.map_err(forge_error)?;
        let Some(base) = mirror.head(&merge.base).await.map_err(forge_error)? else {
            return Err(ForgeError::Diverged(format!("the branch {} is gone", merge.base)));
        };
        if let Some(commit) = earlier_merge(mirror, &merge.head, &base).await.map_err(forge_error)? {
            let working_tree = working_tree(remote.checkout(&merge.base).await.map_err(forge_error)?);
            return Ok(Some(MergeResult { commit, working_tree }));
        }
        let branch = mirror.head(&merge.branch).await.map_err(forge_error)?;
        if branch.as_ref() != Some(&merge.head) {
            let now = branch.map_or_else(|| "is gone".to_owned(), |head| format!("is at {}", head.short()));
            let (name, proven) = (&merge.branch, merge.head.short());
            return Err(ForgeError::Diverged(format!("the branch {name} {now}, but {proven} was proven")));
        }
        let tree = match mirror.merge(&base, &merge.head).await.map_err(forge_error)? {
            Merged::Clean(tree) => tree,
            Merged::Conflict(files) => return Err(ForgeError::Conflict(files.join(", "))),
        };
        let parents = [&base, &merge.head];
        let new = NewCommit { tree: &tree, parents: &parents, message: &merge.message, at: merge.at };
        let commit = mirror.commit(new).await.map_err(forge_error)?;
        match remote.push(mirror, &merge.base, &commit, Some(&base)).await {
            Ok(checkout) => Ok(Some(MergeResult { commit, working_tree: working_tree(checkout) })),
            Err(GitError::Stale(_)) => Ok(None),
            Err(error) => Err(forge_error(error)),
        }
    }
}

/// The commit on the base branch that brought `head`; `None` when it is not merged yet.
async fn earlier_merge(mirror: &Mirror, head: &CommitId, base: &CommitId) -> Result<Option<CommitId>, GitError> {
    if !mirror.has(head).await? || !mirror.is_ancestor(head, base).await? {
        return Ok(None);
    }
    // The oldest commit of the branch's own line that contains it; a fast-forward brought it as itself.
    let line = mirror.first_parent_containing(head, base).await?;
    let oldest = line.last().cloned().unwrap_or_else(|| head.clone());
    let fast_forwarded = mirror.first_parent(&oldest).await?.as_ref() == Some(head);
    Ok(Some(if fast_forwarded { head.clone() } else { oldest }))
}

#[async_trait]
impl Forge for LocalForge {
    async fn check(&self, remote: &str) -> Result<String, ForgeError> {
        let refs = self.mirrors.connect(remote).await.map_err(forge_error)?.refs().await.map_err(forge_error)?;
        if refs.heads.is_empty() {
            return Err(ForgeError::Unreachable("the repository has no commits yet; push one first".to_owned()));
        }
        match refs.default_branch {
            Some(branch) if refs.heads.contains_key(&branch) => Ok(branch),
            Some(branch) => {
                Err(ForgeError::Unreachable(format!("the repository's HEAD names {branch}, which does not exist")))
            }
            None => Err(ForgeError::Unreachable("the repository's HEAD names no branch; check one out".to_owned())),
        }
    }

    async fn push(&self, repository: &Repository, branch: &str, commit: &CommitId) -> Result<(), ForgeError> {
        let mirror = self.mirrors.lock(repository.id).await.map_err(forge_error)?;
        let remote = self.mirrors.connect(&repository.remote).await.map_err(forge_error)?;
        match remote.refs().await.map_err(forge_error)?.heads.get(branch) {
            Some(there) if there == commit => Ok(()),
            Some(there) => {
                let (there, commit) = (there.short(), commit.short());
                Err(ForgeError::Diverged(format!("the branch {branch} is at {there} already, not at {commit}")))
            }
            None => remote.push(&mirror, branch, commit, None).await.map(|_| ()).map_err(forge_error),
        }
    }

    async fn merge(&self, repository: &Repository, merge: &Merge) -> Result<MergeResult, ForgeError> {
        let mirror = self.mirrors.lock(repository.id).await.map_err(forge_error)?;
        let remote = self.mirrors.connect(&repository.remote).await.map_err(forge_error)?;
        for _ in 0..MERGE_ATTEMPTS {
            if let Some(result) = self.try_merge(&mirror, &remote, merge).await? {
                return Ok(result);
            }
            tracing::info!(base = merge.base, "the base branch moved during the merge; merging again");
        }
        Err(ForgeError::Other(format!("the branch {} kept moving", merge.base)))
    }

    async fn delete_branch(&self, repository: &Repository, branch: &str) -> Result<(), ForgeError> {
        let mirror = self.mirrors.lock(repository.id).await.map_err(forge_error)?;
        let remote = self.mirrors.connect(&repository.remote).await.map_err(forge_error)?;
        match remote.refs().await.map_err(forge_error)?.heads.get(branch) {
            Some(head) => remote.delete(&mirror, branch, head).await.map_err(forge_error),
            None => Ok(()),
        }
    }

    async fn forget(&self, repository: RepositoryId) -> Result<(), ForgeError> {
        self.mirrors.forget(repository).await.map_err(forge_error)
    }
}

fn working_tree(checkout: Checkout) -> WorkingTree {
    match checkout {
        Checkout::None => WorkingTree::None,
        Checkout::Updated => WorkingTree::Updated,
        Checkout::Untouched(reason) => WorkingTree::Untouched { reason },
    }
}
