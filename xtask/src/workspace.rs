use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command::Cargo;

/// The repository's root and where cargo puts what it builds.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo, which knows `CARGO_TARGET_DIR` and the configuration files.
    pub fn locate() -> Result<Self> {
        #[derive(Deserialize)]
        struct Metadata {
            workspace_root: PathBuf,
            target_directory: PathBuf,
        }
        // Set by `cargo run`. What it was when this was compiled may be another checkout with the same target directory.
        let here = env::var_os("CARGO_MANIFEST_DIR").map_or_else(env::current_dir, |folder| Ok(folder.into()))?;
        let text = Cargo::new(&here, &["metadata", "--format-version=1", "--no-deps"]).capture()?;
        let metadata: Metadata = serde_json::from_str(&text).context("cargo metadata")?;
        Ok(Self { root: metadata.workspace_root, target: metadata.target_directory })
    }

    /// The repository's root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path inside the repository.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// Cargo's target directory for the host.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Cargo's target directory for the dashboard, apart so that the two builds do not wait for each other.
    pub fn web_target(&self) -> PathBuf {
        self.target.join("web")
    }
}
