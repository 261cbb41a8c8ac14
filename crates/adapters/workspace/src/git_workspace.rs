//! The workspace on top of git mirrors and bubblewrap.

use std::sync::Arc;

use async_trait::async_trait;
use devos_contracts::repository::Repository;
use devos_contracts::{CommitId, RepositoryId};
use devos_git::{LogEntry, Merged, Mirrors, NewCommit};
use devos_ports::workspace::{CommitInfo, Revert, Reverted, SandboxOutcome, SandboxRun};
use devos_ports::{Workspace, WorkspaceError};
use tokio::sync::{OnceCell, Semaphore};

use crate::SandboxConfig;
use crate::error::git_error;
use crate::packages::PackageSources;
use crate::sandbox::Sandbox;
use crate::store::Shelf;

mod run;
mod setup;

/// Largest file that is read, bytes.
const FILE_BYTES: usize = 1 << 20;

/// Copies of repositories, and a sandbox to run their code in.
#[derive(Debug, Clone)]
pub struct GitWorkspace {
    mirrors: Mirrors,
    sandbox: Sandbox,
    checkouts: Shelf,
    histories: Shelf,
    prepared: Shelf,
    sources: Arc<OnceCell<PackageSources>>,
    turns: Arc<Semaphore>,
}

impl GitWorkspace {
    /// A workspace that reads through these mirrors and runs commands as configured.
    pub fn new(mirrors: Mirrors, config: SandboxConfig) -> Self {
        let shelf = |name: &str| Shelf::new(config.directory.join(name), config.kept.max(1));
        Self {
            mirrors,
            checkouts: shelf("checkouts"),
            histories: shelf("histories"),
            prepared: shelf("prepared"),
            sources: Arc::default(),
            turns: Arc::new(Semaphore::new(config.parallel_runs.max(1))),
            sandbox: Sandbox::new(config),
        }
    }

    /// Removes checkouts and packed histories of a repository; its mirror is the forge's to forget.
    pub fn forget(&self, repository: RepositoryId) -> Result<(), WorkspaceError> {
        let name = repository.to_string();
        let forgotten = self.checkouts.forget(&name).and_then(|()| self.histories.forget(&name));
        forgotten.map_err(crate::error::machine("removing checkouts"))
    }
}

#[async_trait]
impl Workspace for GitWorkspace {
    async fn fetch(&self, repository: &Repository) -> Result<CommitId, WorkspaceError> {
        let mirror = self.mirrors.lock(repository.id).await.map_err(git_error)?;
        let remote = self.mirrors.connect(&repository.remote).await.map_err(git_error)?;
        remote.fetch(&mirror).await.map_err(git_error)?;
        let branch = &repository.default_branch;
        let head = mirror.head(branch).await.map_err(git_error)?;
        head.ok_or_else(|| WorkspaceError::Fetch(format!("the branch {branch} does not exist")))
    }

    async fn history(
        &self,
        repository: RepositoryId,
        from: &CommitId,
        limit: usize,
    ) -> Result<Vec<CommitInfo>, WorkspaceError> {
        let mirror = self.mirrors.mirror(repository).map_err(git_error)?;
        Ok(mirror.log(from, limit).await.map_err(git_error)?.into_iter().map(commit_info).collect())
    }

    async fn contains(
        &self,
        repository: RepositoryId,
        ancestor: &CommitId,
        descendant: &CommitId,
    ) -> Result<bool, WorkspaceError> {
        let mirror = self.mirrors.mirror(repository).map_err(git_error)?;
        mirror.is_ancestor(ancestor, descendant).await.map_err(git_error)
    }

    async fn read_file(
        &self,
        repository: RepositoryId,
        commit: &CommitId,
        path: &str,
    ) -> Result<Option<Vec<u8>>, WorkspaceError> {
        let mirror = self.mirrors.mirror(repository).map_err(git_error)?;
        mirror.file(commit, path, FILE_BYTES).await.map_err(git_error)
    }

    async fn revert(&self, repository: RepositoryId, revert: &Revert) -> Result<Reverted, WorkspaceError> {
        let mirror = self.mirrors.mirror(repository).map_err(git_error)?;
        let work = async {
            let culprit = mirror.tree(&revert.culprit).await?;
            let onto = mirror.tree(&revert.onto).await?;
            let before = match mirror.first_parent(&revert.culprit).await? {
                Some(parent) => mirror.tree(&parent).await?,
                None => mirror.empty_tree().await?,
            };
            let tree = match mirror.transplant(&onto, &culprit, &before).await? {
                Merged::Conflict(files) => return Ok(Reverted::Conflict { files }),
                Merged::Clean(tree) if tree == onto => return Ok(Reverted::Empty),
                Merged::Clean(tree) => tree,
            };
            let parents = [&revert.onto];
            let new = NewCommit { tree: &tree, parents: &parents, message: &revert.message, at: revert.at };
            let commit = mirror.commit(new).await?;
            let diff = mirror.diff(&revert.onto, &commit).await?;
            Ok(Reverted::Clean { commit, diff })
        };
        work.await.map_err(git_error)
    }

    async fn run(&self, repository: RepositoryId, run: &SandboxRun) -> Result<SandboxOutcome, WorkspaceError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let _turn = turn.map_err(|error| WorkspaceError::Other(error.to_string()))?;
        let checkout = self.checkout(repository, &run.commit).await?;
        let prepared = self.prepare(repository, run, &checkout).await?;
        self.run_commands(run, &checkout, prepared.as_ref()).await
    }
}

fn commit_info(entry: LogEntry) -> CommitInfo {
    let LogEntry { id, parent, subject, author, committed_at, files } = entry;
    CommitInfo { id, parent, subject, author, committed_at, files }
}
