use std::io;

use devos_contracts::CommitId;
use thiserror::Error;

/// Why git did not do it. No variant ever holds credentials.
#[derive(Debug, Error)]
pub enum GitError {
    /// The remote may not be used here.
    #[error("the remote {remote} is not allowed: {reason}")]
    RemoteRefused {
        /// The remote, without credentials.
        remote: String,
        /// Why, with what to do.
        reason: String,
    },
    /// The remote can not be reached or is not a repository.
    #[error("{0}")]
    Unreachable(String),
    /// A branch at the remote is not where it was expected to be.
    #[error("{0}")]
    Stale(String),
    /// The remote said no to a write.
    #[error("{0}")]
    Refused(String),
    /// The commit is not in the mirror.
    #[error("the commit {0} is not in the repository")]
    UnknownCommit(CommitId),
    /// A name that git does not accept for a branch.
    #[error("`{0}` is not a branch name")]
    BadBranch(String),
    /// Git took longer than it may.
    #[error("git {command} took longer than {seconds} s")]
    TimedOut {
        /// The subcommand.
        command: String,
        /// The limit.
        seconds: u64,
    },
    /// Git wrote more than it may.
    #[error("git {command} wrote more than {limit} bytes")]
    TooLarge {
        /// The subcommand.
        command: String,
        /// The limit, bytes.
        limit: usize,
    },
    /// Git failed in a way nobody foresaw.
    #[error("git {command} failed: {detail}")]
    Failed {
        /// The subcommand.
        command: String,
        /// The end of what it said.
        detail: String,
    },
    /// Git answered something that could not be read.
    #[error("git {command} answered something unexpected")]
    Unexpected {
        /// The subcommand.
        command: String,
    },
    /// The machine failed: no git, no disk, no permission.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
}

impl GitError {
    /// Wraps an error of the machine.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        |source| Self::Io { what, source }
    }
}
