//! Forges: where repositories are hosted. Plain git remotes today.
//!
//! Architecture invariant: this crate never runs git itself and never decides whether a merge is wanted; it does
//! one write at a time, and every write names the commit that it expects to replace.

mod error;
mod local;

pub use local::LocalForge;
