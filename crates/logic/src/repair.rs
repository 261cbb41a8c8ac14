//! The repair loop as a state machine: the journal so far in, the next command out.
//!
//! Nothing is remembered but the journal, so a crash costs one step, and replaying a journal must
//! reproduce every command. [`next`] reads as the loop itself; each phase answers `None` once it is done.

pub mod evidence;
mod facts;
mod phases;
#[cfg(test)]
mod tests;
pub mod text;

use devos_contracts::journal::{Command, Observation};
use devos_contracts::repair::RepairState;
use sha2::{Digest, Sha256};

pub use facts::Facts;

/// What to do next, the state to show while it is done, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Where the repair stands.
    pub state: RepairState,
    /// What to do.
    pub command: Command,
    /// Why, in a sentence for people.
    pub reason: String,
}

/// The code of a repair that stops because an open proposal undoes the same commit.
pub const DUPLICATE_FIX: &str = "duplicate_fix";

/// Decides the next command of a repair from its journal, oldest observation first.
pub fn next(journal: &[Observation]) -> Plan {
    let facts = Facts::fold(journal);
    phases::stopping(&facts)
        .or_else(|| phases::retrieving(&facts))
        .or_else(|| phases::guarding(&facts))
        .or_else(|| phases::searching(&facts))
        .or_else(|| phases::proving(&facts))
        .or_else(|| phases::validating(&facts))
        .or_else(|| phases::gating(&facts))
        .or_else(|| phases::deciding(&facts))
        .unwrap_or_else(|| phases::watching(&facts))
}

/// Whether a pattern that was repaired before deserves another repair: never while one is under way, and
/// never to ask the same question about the same commit again, unless the last answer was a change of the world.
pub fn is_worth_another(last: RepairState, same_commit: bool) -> bool {
    let world_changed = matches!(last, RepairState::Fixed | RepairState::Regressed | RepairState::Cancelled);
    last.is_final() && (world_changed || !same_commit)
}

/// Hex SHA-256 that chains a journal entry's bytes to the entry before it.
pub fn chain(previous: &str, bytes: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(previous.as_bytes());
    hasher.update(bytes);
    hasher.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        use std::fmt::Write;
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
