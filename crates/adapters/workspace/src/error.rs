use std::io;

use devos_git::GitError;
use devos_ports::WorkspaceError;

/// Says in the port's words what git said.
pub(crate) fn git_error(error: GitError) -> WorkspaceError {
    match error {
        GitError::RemoteRefused { remote, reason } => WorkspaceError::RemoteRefused(format!("{remote}: {reason}")),
        GitError::Unreachable(detail) => WorkspaceError::Fetch(detail),
        GitError::UnknownCommit(commit) => WorkspaceError::UnknownCommit(commit),
        error => WorkspaceError::Other(error.to_string()),
    }
}

/// Says what was tried when the machine failed.
pub(crate) fn machine(what: &str) -> impl FnOnce(io::Error) -> WorkspaceError {
    let what = what.to_owned();
    move |error| WorkspaceError::Other(format!("{what}: {error}"))
}
