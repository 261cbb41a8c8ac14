//! One observed failure, whatever saw it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{CommitId, Fingerprint, GroupKey, RepositoryId, SignalId};

/// What kind of failure a signal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignalType {
    /// A test of an uploaded report failed.
    TestFailure,
    /// A CI job failed outside its tests.
    CiFailure,
    /// A service raised an exception or logged an error.
    RuntimeError,
    /// A policy was violated.
    PolicyViolation,
    /// A service level objective burned too fast.
    SloBreach,
}

impl SignalType {
    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TestFailure => "test_failure",
            Self::CiFailure => "ci_failure",
            Self::RuntimeError => "runtime_error",
            Self::PolicyViolation => "policy_violation",
            Self::SloBreach => "slo_breach",
        }
    }
}

/// A failure as detected, before redaction and before it has an identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawFailure {
    /// What kind.
    pub signal_type: SignalType,
    /// What triggered it: `run:{id}`, `error:{trace or span id}`, `slo:{id}`.
    pub trigger_id: String,
    /// The exception or assertion type, possibly empty.
    pub kind: String,
    /// The message.
    pub message: String,
    /// The stack trace, when there is one.
    pub stack: Option<String>,
    /// Files named by the report or the stack.
    pub files: Vec<String>,
    /// The failing test's id, for test failures.
    pub test: Option<String>,
    /// The service, for runtime errors.
    pub service: Option<String>,
    /// The commit that failed, when known.
    pub commit: Option<CommitId>,
    /// The repository, as far as the telemetry says.
    #[serde(default)]
    pub repository: Option<RepositoryHint>,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// What telemetry says of a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RepositoryHint {
    /// Its address.
    pub url: Option<String>,
    /// Its name, with or without its owner.
    pub name: Option<String>,
}

/// A failure with its identity; every text in it passed redaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailureSignal {
    /// Identity.
    pub id: SignalId,
    /// What kind.
    #[serde(rename = "type")]
    pub signal_type: SignalType,
    /// What triggered it.
    pub trigger_id: String,
    /// The specification's bit-exact key.
    pub pattern_id: Fingerprint,
    /// The key of normalised text.
    pub group_key: GroupKey,
    /// The repository, when known.
    pub repository: Option<RepositoryId>,
    /// One line for people: `{kind}: {message}`, cut at 200 characters.
    pub title: String,
    /// The message.
    pub message: String,
    /// The message after normalisation.
    pub normalized: String,
    /// The stack trace.
    pub stack: Option<String>,
    /// Affected files, sorted.
    pub files: Vec<String>,
    /// The failing test's id.
    pub test: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// The commit that failed.
    pub commit: Option<CommitId>,
    /// When; of several the last.
    pub occurred_at: DateTime<Utc>,
    /// How many equal failures of one batch it stands for.
    #[serde(default = "one")]
    pub occurrences: u32,
}

fn one() -> u32 {
    1
}
