//! Why a use case did not happen.

use devos_logic::access::Denied;
use devos_ports::{ForgeError, StoreError, WorkspaceError};
use thiserror::Error;

/// The result of a use case.
pub type ServiceResult<T> = Result<T, ServiceError>;

/// Why a use case did not happen; entrypoints map it once to a problem code or a retry.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// Wrong credentials; deliberately silent about which part.
    #[error("the address and password do not match, or the link was used or has expired")]
    Unauthenticated,
    /// Known, but not granted.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It does not exist for this tenant.
    #[error("{0} does not exist")]
    NotFound(&'static str),
    /// Refused by a rule; the text says which.
    #[error("{0}")]
    Invalid(String),
    /// The present state does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// Work of ours ended early; it is not the caller's fault.
    #[error("the request was interrupted")]
    Interrupted,
    /// The tenant sent more telemetry than it may.
    #[error("more telemetry than the quota of {records_per_minute:.0} records a minute; send it later")]
    OverQuota {
        /// Of one signal.
        records_per_minute: f64,
    },
    /// Changed since it was read.
    #[error("it changed since you read it; read it again")]
    Stale,
    /// The database.
    #[error(transparent)]
    Store(StoreError),
    /// The forge.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// The workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale => Self::Stale,
            StoreError::TooSlow => {
                Self::Invalid("the search takes longer than it may; narrow the time range or the filter".into())
            }
            StoreError::Duplicate(what) => Self::Conflict(format!("{what} exists already")),
            other => Self::Store(other),
        }
    }
}
