//! Reading repositories and running untrusted code in the sandbox.

use std::path::PathBuf;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::repository::Repository;
use devos_contracts::run::{Limits, RunEnd};
use devos_contracts::{CommitId, RepositoryId};
use thiserror::Error;

/// A copy of each repository, and a sandbox to run its code in.
#[async_trait]
pub trait Workspace: Send + Sync {
    /// Brings the copy up to date and answers the head of the repository's default branch.
    async fn fetch(&self, repository: &Repository) -> Result<CommitId, WorkspaceError>;

    /// First-parent history from `from` backwards, newest first, at most `limit` commits.
    async fn history(
        &self,
        repository: RepositoryId,
        from: &CommitId,
        limit: usize,
    ) -> Result<Vec<CommitInfo>, WorkspaceError>;

    /// True when `ancestor` is reachable from `descendant`.
    async fn contains(
        &self,
        repository: RepositoryId,
        ancestor: &CommitId,
        descendant: &CommitId,
    ) -> Result<bool, WorkspaceError>;

    /// Reads a file of a commit; `None` when it is not there or is not a regular file.
    async fn read_file(
        &self,
        repository: RepositoryId,
        commit: &CommitId,
        path: &str,
    ) -> Result<Option<Vec<u8>>, WorkspaceError>;

    /// Builds, without touching any branch, the commit that undoes `revert.culprit` on `revert.onto`.
    /// Equal arguments make the same commit id.
    async fn revert(&self, repository: RepositoryId, revert: &Revert) -> Result<Reverted, WorkspaceError>;

    /// Runs commands in the sandbox on a private checkout of a commit, with a repository of its own that stands at that
    /// commit, detached, and knows its past and its tags. Setup commands run first, in their own
    /// phase with proxied network, and are cached; the commands themselves have no network. Stops at
    /// the first command that does not succeed.
    async fn run(&self, repository: RepositoryId, run: &SandboxRun) -> Result<SandboxOutcome, WorkspaceError>;
}

/// A commit as the culprit search sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitInfo {
    /// The commit.
    pub id: CommitId,
    /// Its first parent; none for a root.
    pub parent: Option<CommitId>,
    /// Subject line.
    pub subject: String,
    /// Author's name.
    pub author: String,
    /// Committer date.
    pub committed_at: DateTime<Utc>,
    /// Paths that it changed against its first parent.
    pub files: Vec<String>,
}

/// A revert to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revert {
    /// The commit to undo; a merge is undone against its first parent.
    pub culprit: CommitId,
    /// The commit to stand on.
    pub onto: CommitId,
    /// The whole commit message.
    pub message: String,
    /// Author and committer date.
    pub at: DateTime<Utc>,
}

/// What building a revert gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reverted {
    /// It applied cleanly.
    Clean {
        /// The commit.
        commit: CommitId,
        /// Its diff against `onto`, as `git diff` prints it with full index and no colours.
        diff: String,
    },
    /// It did not.
    Conflict {
        /// The files in conflict.
        files: Vec<String>,
    },
    /// It applied, but changes nothing: the culprit was undone already.
    Empty,
}

/// Commands to run on a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxRun {
    /// The commit to check out.
    pub commit: CommitId,
    /// Fetches dependencies; empty when there are none.
    pub setup: Vec<String>,
    /// Run in order by `sh -c` at the root of the checkout.
    pub commands: Vec<String>,
    /// Extra environment. `$DEVOS_OUT` is always set to a writable directory outside the checkout.
    pub env: Vec<(String, String)>,
    /// Globs of report files to bring back, relative to the checkout; files in `$DEVOS_OUT` always come back.
    pub collect: Vec<String>,
    /// What each command may use.
    pub limits: Limits,
}

/// What came of a sandboxed run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxOutcome {
    /// One entry per command that ran, setup not counted.
    pub commands: Vec<CommandOutcome>,
    /// Report files brought back, at most 16 MiB together.
    pub files: Vec<CollectedFile>,
    /// The isolation that held, e.g. `bubblewrap+landlock+seccomp`.
    pub profile: String,
}

/// What came of one command. Its output is untrusted and not yet redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOutcome {
    /// As given.
    pub command: String,
    /// How it ended. A command that failed while memory ran out was ended by signal 9, whatever it exited with.
    pub end: RunEnd,
    /// True when memory ran out for the run as a whole, and the kernel ended a process of it; known only where the
    /// machine limits the memory of whole runs.
    pub out_of_memory: bool,
    /// Wall-clock milliseconds.
    pub duration_ms: u64,
    /// Standard output and error, interleaved; the last `limits.output_bytes` of them, lossy UTF-8.
    pub output: String,
    /// SHA-256 of all of the output, hex.
    pub output_sha256: String,
    /// Bytes of all of the output.
    pub output_bytes: u64,
}

/// A file that a run left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectedFile {
    /// Relative to the checkout or to `$DEVOS_OUT`.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why the workspace did not do it.
#[derive(Debug, Error)]
pub enum WorkspaceError {
    /// The repository can not be cloned or fetched.
    #[error("the repository could not be fetched: {0}")]
    Fetch(String),
    /// The remote may not be used here.
    #[error("the remote is not allowed: {0}")]
    RemoteRefused(String),
    /// The commit is not in the repository.
    #[error("the commit {0} is not in the repository")]
    UnknownCommit(CommitId),
    /// The sandbox can not hold what is configured; nothing ran.
    #[error("the sandbox is not available as configured: {0}")]
    SandboxUnavailable(String),
    /// The setup phase failed.
    #[error("setup failed: {detail}")]
    Setup {
        /// Which command, and the end of its output (untrusted, not redacted).
        detail: String,
    },
    /// Anything else; trying again may help.
    #[error("the workspace failed: {0}")]
    Other(String),
}

impl WorkspaceError {
    /// The stable word for the journal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fetch(_) => "clone_failed",
            Self::RemoteRefused(_) => "remote_refused",
            Self::UnknownCommit(_) => "unknown_commit",
            Self::SandboxUnavailable(_) => "sandbox_unavailable",
            Self::Setup { .. } => "setup_failed",
            Self::Other(_) => "workspace_failed",
        }
    }
}
