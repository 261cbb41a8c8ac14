//! The architecture's rules, checked over the repository's text and its dependency graph.
//!
//! Every rule is a pure function from what it reads to the offences it finds, and has a test that shows it a
//! bad sample. ARCHITECTURE.md and STYLE.md say why the rules are there.

mod arrows;
mod compose;
mod graph;
mod layout;
mod licences;
mod migrations;
mod rust;
mod strings;
mod uses;
mod versions;

use std::fmt;

use anyhow::{Result, bail};

use crate::tree::{self, Source};
use crate::workspace::Workspace;

/// One place that breaks one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offence {
    /// A file, or a package where the graph is at fault.
    place: String,
    /// The line, counted from one, where there is one.
    line: Option<usize>,
    /// What is wrong, and what would be right.
    says: String,
}

impl Offence {
    fn of(place: &str, says: impl Into<String>) -> Self {
        Self { place: place.to_owned(), line: None, says: says.into() }
    }

    fn at(place: &str, line: usize, says: impl Into<String>) -> Self {
        Self { place: place.to_owned(), line: Some(line), says: says.into() }
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.place, self.says),
            None => write!(f, "{}: {}", self.place, self.says),
        }
    }
}

/// Prints every offence; one is enough to fail.
pub fn run(workspace: &Workspace) -> Result<()> {
    let sources = tree::read(workspace)?;
    let graph = graph::read(workspace)?;
    let offences = check(&sources, &graph);
    for offence in &offences {
        eprintln!("{offence}");
    }
    match offences.len() {
        0 => Ok(()),
        count => bail!("{count} offences against the rules of ARCHITECTURE.md and STYLE.md"),
    }
}

fn check(sources: &[Source], graph: &graph::Graph) -> Vec<Offence> {
    [
        layout::check(sources),
        strings::check(sources),
        migrations::check(sources),
        compose::check(sources),
        uses::check(sources),
        arrows::check(graph),
        versions::check(graph),
        licences::check(graph),
        licences::check_our_own(sources),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each room of rules must be asked: a tree that breaks one rule of each is told so by each.
    #[test]
    fn every_room_of_rules_is_asked() {
        let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
        let sources = [
            source("crates/logic/src/mod.rs", ""),
            source("docs/guide.md", &strings::SAMPLE.concat()),
            source("migrations/first.sql", ""),
            source("docker-compose.yml", "services: {db: {image: postgres}}"),
            source("crates/logic/src/score.rs", "fn f() { std::fs::read(path) }"),
        ];
        let graph = graph::sample(&[
            ("devos-logic", "0.1.0", Some("Apache-2.0"), &["sqlx"]),
            ("openssl", "0.10.0", Some("GPL-3.0-only"), &[]),
        ]);
        let offences = check(&sources, &graph);
        let told = |part: &str| {
            assert!(offences.iter().any(|offence| offence.to_string().contains(part)), "{part}: {offences:#?}");
        };
        let places =
            ["logic/src/mod.rs", "docs/guide.md:1", "migrations/first.sql", "docker-compose.yml", "score.rs:1"];
        places.into_iter().for_each(told);
        ["devos-logic: ", "openssl: banned", "GPL-3.0-only", "LICENSE"].into_iter().for_each(told);
    }
}
