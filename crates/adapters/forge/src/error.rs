use devos_git::GitError;
use devos_ports::ForgeError;

/// Says in the port's words what git said.
pub(crate) fn forge_error(error: GitError) -> ForgeError {
    match error {
        GitError::RemoteRefused { remote, reason } => ForgeError::RemoteRefused { remote, reason },
        GitError::Unreachable(detail) => ForgeError::Unreachable(detail),
        GitError::TimedOut { .. } => ForgeError::Unreachable(error.to_string()),
        GitError::Stale(detail) => ForgeError::Diverged(detail),
        GitError::UnknownCommit(_) => ForgeError::Diverged(error.to_string()),
        GitError::Refused(detail) => ForgeError::Denied(detail),
        GitError::BadBranch(_) => ForgeError::Denied(error.to_string()),
        error => ForgeError::Other(error.to_string()),
    }
}
