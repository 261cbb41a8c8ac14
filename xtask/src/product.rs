//! The shipped binary, `devos`, with the dashboard inside.

use std::path::PathBuf;

use anyhow::Result;

use crate::bundle::{self, Mode};
use crate::command::Cargo;
use crate::workspace::Workspace;

/// Builds the binary for development; the dashboard must have been bundled.
pub fn debug(workspace: &Workspace) -> Result<PathBuf> {
    // Selected as for lints and tests: for another selection cargo would choose other features and build anew.
    Cargo::new(workspace.root(), &["build", "--workspace", "--bin", "devos"]).run()?;
    Ok(workspace.target().join("debug/devos"))
}

/// Builds the small dashboard and the binary that ships with it.
pub fn release(workspace: &Workspace) -> Result<PathBuf> {
    bundle::build(workspace, Mode::Release)?;
    Cargo::new(workspace.root(), &["build", "--release", "--package", "devos-cli"]).run()?;
    Ok(workspace.target().join("release/devos"))
}

/// Builds the bench as the product is built for shipping, and runs it with the arguments given.
pub fn bench(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let run = ["run", "--release", "--package", "devos-bench", "--"];
    let arguments: Vec<&str> = run.into_iter().chain(arguments.iter().map(String::as_str)).collect();
    Cargo::new(workspace.root(), &arguments).run()
}
