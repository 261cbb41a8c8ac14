//! What can be wrong with what this room is given.

use devos_contracts::repair::RepairState;

/// A text that is no unified git diff; nothing of it may be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a git diff, line {line}: {detail}")]
pub struct DiffError {
    /// The offending line, from 1.
    pub line: usize,
    /// What is wrong.
    pub detail: String,
}

/// The reasons why a change may not be merged without a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a person must merge: {}", reasons.join("; "))]
pub struct NeedsPerson {
    /// All of them, for a person; never empty.
    pub reasons: Vec<String>,
}

/// What keeps a repair from starting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Limit {
    /// Which limit.
    pub code: LimitCode,
    /// Where the repair ends: `slo_exceeded` after too many attempts, else `abstained`.
    pub state: RepairState,
    /// Why, with the figures, for a person.
    pub reason: String,
}

/// Which limit keeps a repair from starting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitCode {
    /// Self-healing is off for the repository, or its tier refuses it.
    NotAllowed,
    /// A person paused the pattern.
    Paused,
    /// Too many repairs of the pattern in the window; a person must look.
    Attempts,
    /// Too many proposals wait for a person.
    OpenProposals,
    /// Another repair already answers the failure.
    Covered,
}

impl Limit {
    /// A limit with the state that it leads to.
    pub(crate) fn new(code: LimitCode, reason: String) -> Self {
        let state = if code == LimitCode::Attempts { RepairState::SloExceeded } else { RepairState::Abstained };
        Self { code, state, reason }
    }
}
