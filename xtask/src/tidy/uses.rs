//! Which names may be written in which files.

use super::Offence;
use super::rust::Code;
use crate::tree::Source;

/// A set of names and where they may stand.
struct Confinement {
    /// Paths; one segment means a crate, more mean a part of any path.
    names: &'static [&'static str],
    /// Parts of paths that are no offence although `names` matches.
    but: &'static [&'static str],
    /// Whether the rule is about this file.
    about: fn(&str) -> bool,
    /// What is right instead.
    says: &'static str,
}

const RULES: [Confinement; 11] = [
    Confinement {
        names: &[
            "std::fs",
            "std::env",
            "std::net",
            "std::process",
            "std::thread",
            "std::os",
            "time::Instant",
            "time::SystemTime",
            "Instant::now",
            "SystemTime::now",
            "Utc::now",
            "Local::now",
            "Uuid::new_v4",
            "Uuid::now_v7",
            "rand",
            "getrandom",
            "tokio",
            "reqwest",
            "rustls",
        ],
        but: &["std::env::consts"],
        about: is_pure,
        says: "a pure room has no clock, randomness, environment, file, network or process; take it as an argument",
    },
    Confinement {
        names: &[
            "std::fs",
            "std::net",
            "std::process",
            "Instant::now",
            "SystemTime::now",
            "Utc::now",
            "Uuid::new_v4",
            "Uuid::now_v7",
            "rand",
        ],
        but: &[],
        about: |path| path.starts_with("crates/services/src/") || path.starts_with("crates/ports/src/"),
        says: "a service takes time, ids and the world from its ports",
    },
    Confinement {
        names: &["Redacted::assume"],
        but: &[],
        about: |path| path != "crates/logic/src/redact.rs" && !path.starts_with("crates/logic/src/redact/"),
        says: "only devos_logic::redact says that a value is redacted",
    },
    Confinement {
        names: &["std::env", "env::var", "env::var_os", "env::vars", "env::vars_os", "env::args", "env::temp_dir"],
        but: &[
            "std::env::consts",
            "std::env::current_exe",
            "std::env::args_os",
            "std::env::split_paths",
            "std::env::join_paths",
        ],
        about: |path| is_product(path) && !is_named(path, "config.rs"),
        says: "only config.rs reads the environment",
    },
    Confinement {
        names: &["sqlx", "pgvector", "apalis_postgres"],
        but: &[],
        about: |path| !path.starts_with("crates/adapters/postgres/") && !path.starts_with("crates/bench/"),
        says: "PostgreSQL is spoken in crates/adapters/postgres alone, and by crates/bench that measures it",
    },
    Confinement {
        names: &["apalis"],
        but: &[],
        about: |path| !path.starts_with("crates/adapters/postgres/") && !path.starts_with("worker/"),
        says: "the queue is run in worker and filled in crates/adapters/postgres",
    },
    Confinement {
        names: &["octocrab"],
        but: &[],
        about: |path| !path.starts_with("crates/adapters/forge/"),
        says: "octocrab is named in crates/adapters/forge alone",
    },
    Confinement {
        names: &["cudarc", "candle_core", "candle_nn", "candle_transformers", "tokenizers"],
        but: &[],
        about: |path| !path.starts_with("crates/adapters/embed/"),
        says: "embedding engines are named in crates/adapters/embed alone",
    },
    Confinement {
        names: &["anyhow"],
        but: &[],
        about: |path| {
            let allowed =
                ["cli/", "xtask/", "crates/testkit/", "crates/bench/", "server/src/main.rs", "worker/src/main.rs"];
            !allowed.iter().any(|prefix| path.starts_with(prefix))
        },
        says: "anyhow is for main, cli, xtask and testkit; a room has its own error type",
    },
    Confinement {
        names: &[
            "devos_postgres",
            "devos_forge",
            "devos_workspace",
            "devos_git",
            "devos_system",
            "devos_inference",
            "devos_embed",
            "devos_notify",
        ],
        // The sandbox starts our own binary again, before anything is wired.
        but: &["devos_workspace::sandbox_exec_main"],
        about: |path| {
            let entrypoint = ["server/src/", "worker/src/", "cli/src/"].iter().any(|prefix| path.starts_with(prefix));
            entrypoint && !is_named(path, "wire.rs") && !path.contains("/wire/")
        },
        says: "adapters are named in wire.rs alone",
    },
    Confinement {
        names: &["devos_embedded"],
        but: &[],
        about: |path| {
            !["cli/", "xtask/", "crates/testkit/", "crates/bench/", "crates/embedded/"]
                .iter()
                .any(|room| path.starts_with(room))
        },
        says: "the embedded PostgreSQL is for cli, testkit, bench and xtask",
    },
];

/// What a string begins with that is SQL.
const SQL: [&str; 10] = [
    "select ",
    "insert into ",
    "update ",
    "delete from ",
    "create table ",
    "create database ",
    "alter table ",
    "drop table ",
    "drop database ",
    "with recursive ",
];

/// Checks every Rust file that ships or runs.
pub fn check(sources: &[Source]) -> Vec<Offence> {
    let rust = sources.iter().filter(|source| source.extension() == "rs" && !is_test(&source.path));
    rust.flat_map(|source| match Code::read(&source.text) {
        Some(code) => {
            let mut offences = names(&source.path, &code);
            offences.extend(sql(&source.path, &code));
            offences
        }
        None => vec![Offence::of(&source.path, "is not Rust")],
    })
    .collect()
}

fn names(path: &str, code: &Code) -> Vec<Offence> {
    let rules = RULES.iter().filter(|rule| (rule.about)(path));
    let found = rules.flat_map(|rule| {
        code.paths
            .iter()
            .filter(|(_, used)| rule.matches(used))
            .map(|(line, used)| Offence::at(path, *line, format!("`{used}`: {}", rule.says)))
    });
    found.collect()
}

/// SQL in a string outside of the storage adapter.
fn sql(path: &str, code: &Code) -> Vec<Offence> {
    if !is_product(path) || path.starts_with("crates/adapters/postgres/") {
        return Vec::new();
    }
    let says = "SQL is written in crates/adapters/postgres alone";
    let strings = code.literals.iter().filter(|(_, literal)| is_sql(literal));
    strings.map(|(line, _)| Offence::at(path, *line, says)).collect()
}

fn is_sql(literal: &str) -> bool {
    let text = literal.trim_start_matches(['r', '#', '"']).trim_start().to_lowercase();
    let begins = SQL.iter().any(|begin| text.starts_with(begin));
    // `select` and `update` begin plain sentences too.
    let ambiguous = text.starts_with("select ") && !text.contains(" from ") && !text.contains('(')
        || text.starts_with("update ") && !text.contains(" set ");
    begins && !ambiguous
}

impl Confinement {
    fn matches(&self, used: &str) -> bool {
        let any = |names: &[&str]| names.iter().any(|name| is_part(used, name));
        any(self.names) && !any(self.but)
    }
}

/// Whether a path is in a crate, or has these segments one after another.
fn is_part(used: &str, name: &str) -> bool {
    let used: Vec<&str> = used.split("::").collect();
    let name: Vec<&str> = name.split("::").collect();
    match name[..] {
        [one] => used.len() > 1 && used[0] == one,
        _ => used.windows(name.len()).any(|window| window == name),
    }
}

fn is_pure(path: &str) -> bool {
    ["crates/contracts/src/", "crates/otlp/src/", "crates/logic/src/"].iter().any(|room| path.starts_with(room))
}

/// Sources that ship, which developers' tasks and test doubles do not.
fn is_product(path: &str) -> bool {
    let for_developers = ["xtask/", "crates/testkit/", "crates/bench/"];
    path.contains("src/") && !for_developers.iter().any(|room| path.starts_with(room))
}

fn is_test(path: &str) -> bool {
    is_named(path, "tests.rs") || is_named(path, "build.rs") || path.split('/').any(|part| part == "tests")
}

fn is_named(path: &str, name: &str) -> bool {
    path.rsplit('/').next() == Some(name)
}

#[cfg(test)]
mod tests;
