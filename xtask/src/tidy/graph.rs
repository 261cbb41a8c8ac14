//! The dependency graph as cargo resolves it.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command::Cargo;
use crate::workspace::Workspace;

/// Every package of the graph; ours have no source.
#[derive(Debug, Deserialize)]
pub struct Graph {
    /// Ours and foreign, as cargo lists them.
    pub packages: Vec<Package>,
}

/// One version of one package.
#[derive(Debug, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence as an SPDX expression, if it states one.
    pub license: Option<String>,
    /// The registry it is from, nothing for ours.
    source: Option<String>,
    /// What its manifest asks for.
    pub dependencies: Vec<Dependency>,
}

/// One line of a manifest's dependencies.
#[derive(Debug, Deserialize)]
pub struct Dependency {
    /// The package asked for.
    pub name: String,
    /// Nothing for a normal dependency, else `dev` or `build`.
    pub kind: Option<String>,
}

impl Package {
    /// Whether it is one of ours.
    pub fn is_ours(&self) -> bool {
        self.source.is_none()
    }
}

impl Dependency {
    /// Whether only tests use it.
    pub fn is_for_tests(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

/// Asks cargo.
pub fn read(workspace: &Workspace) -> Result<Graph> {
    let text = Cargo::new(workspace.root(), &["metadata", "--format-version=1"]).capture()?;
    serde_json::from_str(&text).context("cargo metadata")
}

/// A graph for tests: packages (ours begin with `devos-` or are `xtask`), licence, normal dependencies.
#[cfg(test)]
pub fn sample(packages: &[(&str, &str, Option<&str>, &[&str])]) -> Graph {
    let packages = packages.iter().map(|(name, version, license, dependencies)| Package {
        name: (*name).to_owned(),
        version: (*version).to_owned(),
        license: license.map(str::to_owned),
        source: (!name.starts_with("devos-") && *name != "xtask").then(|| "a registry".to_owned()),
        dependencies: dependencies.iter().map(|name| Dependency { name: (*name).to_owned(), kind: None }).collect(),
    });
    Graph { packages: packages.collect() }
}
