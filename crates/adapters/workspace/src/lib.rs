//! The workspace: copies of repositories, and the sandbox in which their code runs.
//!
//! Architecture invariant: this process never executes, links to or walks what untrusted code left. Commands run in
//! bubblewrap's namespaces under Landlock, a system call filter and limits; their reports are read by the inner half of
//! the sandbox, after the last of them is dead, and come back as bytes over a pipe that they never had.

mod config;
mod error;
mod git_workspace;
mod inside;
mod packages;
mod profile;
mod protocol;
mod sandbox;
mod store;

pub use config::SandboxConfig;
pub use git_workspace::GitWorkspace;
pub use inside::sandbox_exec_main;
pub use profile::{SandboxProfile, probe};
pub use protocol::Require;
