//! Everything CI runs, in the order that fails soonest.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use devos_embedded::{Ephemeral, Home, Install};

use crate::bundle::{self, Mode};
use crate::command::{self, Cargo, Stream};
use crate::product;
use crate::workspace::Workspace;
use crate::{openapi, prerequisites, tidy};

/// Rooms that must compile alone, so that no other room's features hold them up.
const PURE: [&str; 4] = ["devos-contracts", "devos-otlp", "devos-logic", "devos-ports"];

/// Where the tests find the server that they share.
const DATABASE: &str = "DEVOS_TEST_DATABASE_URL";

/// What a step leaves to say at the end.
type Closing = Vec<String>;

type Step = fn(&Workspace) -> Result<Closing>;

const STEPS: [(&str, Step); 12] = [
    ("prerequisites", |workspace| done(prerequisites::for_testing(workspace.root()))),
    ("format", |workspace| done(Cargo::new(workspace.root(), &["fmt", "--all", "--check"]).run())),
    ("tidy", |workspace| done(tidy::run(workspace))),
    ("pure rooms alone", |workspace| done(check_pure_rooms(workspace))),
    ("clippy", |workspace| done(clippy(workspace))),
    ("clippy (dashboard)", |workspace| done(clippy_web(workspace))),
    ("dashboard", |workspace| done(bundle::build(workspace, Mode::Quick))),
    ("tests", unit_and_integration),
    ("devos", |workspace| done(product::debug(workspace).map(drop))),
    ("openapi", |workspace| done(openapi::compare(workspace, &devos(workspace)))),
    ("end-to-end packages", |workspace| done(end_to_end_packages(workspace))),
    ("end-to-end", end_to_end),
];

/// Runs all steps, or those named, stopping at the first that fails, and sums up.
pub fn run(workspace: &Workspace, only: &[String]) -> Result<()> {
    if let Some(unknown) = only.iter().find(|only| STEPS.iter().all(|(name, _)| name != only)) {
        let names: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
        bail!("no step is named `{unknown}`; there are: {}", names.join(", "));
    }
    let start = Instant::now();
    let mut closings: Vec<String> = Vec::new();
    let mut times: Vec<(&str, Duration)> = Vec::new();
    for (name, step) in STEPS {
        if !only.is_empty() && !only.iter().any(|only| only == name) {
            continue;
        }
        eprintln!("\n=== {name}");
        let begun = Instant::now();
        let outcome = step(workspace);
        times.push((name, begun.elapsed()));
        match outcome {
            Ok(closing) => closings.extend(closing),
            Err(error) => {
                sum_up(&times, start.elapsed());
                return Err(error.context(format!("step `{name}` failed")));
            }
        }
    }
    sum_up(&times, start.elapsed());
    eprintln!();
    for line in closings {
        eprintln!("{line}");
    }
    eprintln!("{} of {} steps passed", times.len(), STEPS.len());
    Ok(())
}

fn sum_up(times: &[(&str, Duration)], total: Duration) {
    eprintln!("\n=== summary");
    for (name, time) in times {
        eprintln!("{:>8.1} s  {name}", time.as_secs_f64());
    }
    eprintln!("{:>8.1} s  together", total.as_secs_f64());
}

fn done(result: Result<()>) -> Result<Closing> {
    result.map(|()| Closing::new())
}

fn check_pure_rooms(workspace: &Workspace) -> Result<()> {
    PURE.into_iter().try_for_each(|room| Cargo::new(workspace.root(), &["check", "--package", room]).run())
}

fn clippy(workspace: &Workspace) -> Result<()> {
    Cargo::new(workspace.root(), &["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]).run()
}

fn clippy_web(workspace: &Workspace) -> Result<()> {
    let package = ["clippy", "--package", "devos-web", "--target", "wasm32-unknown-unknown"];
    let arguments = [&package[..], &["--profile", "wasm-dev", "--", "--deny", "warnings"]].concat();
    Cargo::new(workspace.root(), &arguments).env("CARGO_TARGET_DIR", workspace.web_target()).run()
}

/// All Rust tests, against one throw-away PostgreSQL, since every test is a process of its own.
fn unit_and_integration(workspace: &Workspace) -> Result<Closing> {
    let install = Install::ensure(&Home::locate()?)?;
    let server = Ephemeral::start(&install)?;
    Cargo::new(workspace.root(), &["nextest", "run", "--workspace"])
        .env(DATABASE, server.url("postgres"))
        .run_noting(Stream::Errors, "Summary [")
}

/// The journeys' packages, exactly as locked; fetched again only when the lock file changed.
fn end_to_end_packages(workspace: &Workspace) -> Result<()> {
    let folder = workspace.path("e2e");
    let locked = fs::read(folder.join("package-lock.json")).context("e2e/package-lock.json")?;
    let installed = folder.join("node_modules/.installed-lock");
    if fs::read(&installed).is_ok_and(|installed| installed == locked) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder);
    // The machine's own Chromium is used.
    npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    command::run(&mut npm)?;
    fs::write(&installed, locked).with_context(|| installed.display().to_string())
}

/// Journeys through the dashboard, on the real binary.
fn end_to_end(workspace: &Workspace) -> Result<Closing> {
    let chromium = prerequisites::chromium().context("no Chromium is installed")?;
    let mut npm = Command::new("npm");
    npm.arg("test").current_dir(workspace.path("e2e"));
    npm.env("DEVOS_BIN", devos(workspace)).env("CHROMIUM", chromium);
    command::run_noting(&mut npm, Stream::Output, " passed (")
}

fn devos(workspace: &Workspace) -> PathBuf {
    workspace.target().join("debug/devos")
}
