use super::*;

fn offences(path: &str, text: &str) -> usize {
    check(&[Source { path: path.to_owned(), text: text.to_owned() }]).len()
}

/// Per rule: a file that breaks it, the same text where it is allowed.
#[test]
fn each_rule_finds_its_bad_sample_and_spares_the_good_one() {
    let samples = [
        ("fn f() { let t = Utc::now(); }", "crates/logic/src/a.rs", "server/src/a.rs"),
        ("use std::{fs, io};", "crates/otlp/src/a.rs", "server/src/a.rs"),
        ("fn f() { rand::random() }", "crates/contracts/src/a.rs", "server/src/a.rs"),
        ("fn f() { let t = Utc::now(); }", "crates/services/src/a.rs", "server/src/a.rs"),
        ("fn f() { Redacted::assume(x) }", "crates/services/src/a.rs", "crates/logic/src/redact.rs"),
        ("fn f() { std::env::var(\"A\") }", "server/src/main.rs", "server/src/config.rs"),
        ("use sqlx::PgPool;", "crates/services/src/a.rs", "crates/adapters/postgres/src/a.rs"),
        ("use apalis::prelude::Monitor;", "server/src/a.rs", "worker/src/jobs.rs"),
        ("use octocrab::Octocrab;", "crates/services/src/a.rs", "crates/adapters/forge/src/github.rs"),
        ("use cudarc::driver::CudaContext;", "worker/src/a.rs", "crates/adapters/embed/src/cuda.rs"),
        ("use anyhow::Result;", "crates/services/src/a.rs", "worker/src/main.rs"),
        ("use devos_forge::LocalForge;", "server/src/http.rs", "server/src/wire.rs"),
        ("use devos_embedded::Cluster;", "server/src/wire.rs", "cli/src/up.rs"),
        ("const A: &str = \"SELECT a FROM b\";", "server/src/http.rs", "crates/adapters/postgres/src/a.rs"),
    ];
    for (text, bad, good) in samples {
        assert_eq!(offences(bad, text), 1, "{bad}: {text}");
        assert_eq!(offences(good, text), 0, "{good}: {text}");
    }
}

#[test]
fn test_code_and_plain_words_are_spared() {
    assert_eq!(offences("crates/logic/tests/corpus.rs", "use std::fs;"), 0);
    assert_eq!(offences("crates/logic/src/score/tests.rs", "use std::fs;"), 0);
    assert_eq!(offences("crates/logic/src/a.rs", "fn f(rand: u8) -> u8 { rand }"), 0);
    assert_eq!(offences("crates/logic/src/a.rs", "use std::env::consts::ARCH;"), 0);
    assert_eq!(offences("cli/src/main.rs", "fn f() { devos_workspace::sandbox_exec_main() }"), 0);
    assert_eq!(offences("server/src/a.rs", "const A: &str = \"Select a repository\";"), 0);
    assert_eq!(offences("server/src/a.rs", "const A: &str = \"update the settings\";"), 0);
}

#[test]
fn a_file_that_does_not_parse_is_told() {
    assert_eq!(offences("server/src/a.rs", "fn f( {"), 1);
}
