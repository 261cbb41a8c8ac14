//! Hardened git: bare mirrors of repositories, shared by the forge and workspace adapters.
//!
//! Architecture invariant: nothing a repository says is executed. No hook, filter, file-system monitor,
//! credential helper or merge driver of a remote runs, the environment is built from nothing, `--git-dir`
//! is always explicit, and every call is bounded in time and output. A local path is read and written by git
//! running as the owner of that path, so that root never acts inside somebody else's repository.

mod command;
mod config;
mod credentials;
mod error;
mod history;
mod mirror;
mod mirrors;
mod policy;
mod remote;
mod standalone;

pub use config::Environment;
pub use error::GitError;
pub use history::LogEntry;
pub use mirror::{IDENTITY_EMAIL, IDENTITY_NAME, Merged, Mirror, NewCommit};
pub use mirrors::Mirrors;
pub use policy::{Location, RemotePolicy};
pub use remote::{Checkout, Refs, Remote};
pub use standalone::{History, Tag};
