//! Checks a change against the rules that no repair may break, whoever or whatever made it.

mod diff;
pub(crate) mod path;
mod rules;
#[cfg(test)]
mod tests;
pub(crate) mod weakening;

pub use crate::error::DiffError;
pub use diff::{ChangeType, Content, FileChange, Hunk, Line, parse_diff};
pub use path::is_test;
pub use rules::{ChangeKind, rules};
