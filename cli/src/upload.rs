//! `devos upload`: results of tests and linters.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use devos_contracts::api::TestRunReceipt;
use devos_contracts::ci::LintCounts;

use crate::client::Client;
use crate::config;

/// Subcommands of `devos upload`.
#[derive(Subcommand)]
pub enum Upload {
    /// Send JUnit XML reports, as pytest, cargo nextest, node --test, Maven, Go and others write them
    Junit(Reports),
    /// Send test results as plain JSON: {"tests": [{"name": "adds", "outcome": "passed"}]}
    Json(Reports),
    /// Send SARIF 2.1.0 logs, as linters and analysers write them
    Sarif(Reports),
}

/// Arguments of every subcommand.
#[derive(Args)]
pub struct Reports {
    /// The repository's name or id
    #[arg(long)]
    repo: String,
    /// The full id of the commit that was tested
    #[arg(long)]
    commit: String,
    /// Where it was tested; ci where `CI` is set, else local
    #[arg(long, value_parser = ["ci", "local"])]
    source: Option<String>,
    /// The server; `DEVOS_URL` or the running `devos up` when absent
    #[arg(long)]
    url: Option<String>,
    /// The reports
    #[arg(required = true, value_name = "REPORTS")]
    files: Vec<PathBuf>,
}

/// Runs the subcommand.
pub fn run(what: Upload) -> Result<ExitCode> {
    let (format, media, arguments) = match what {
        Upload::Junit(arguments) => ("junit", "application/xml", arguments),
        Upload::Json(arguments) => ("json", "application/json", arguments),
        Upload::Sarif(arguments) => ("sarif", "application/sarif+json", arguments),
    };
    let client = Client::open(arguments.url)?;
    let source = arguments.source.as_deref().unwrap_or(if config::is_ci() { "ci" } else { "local" });
    let query = [("commit", arguments.commit.as_str()), ("source", source), ("format", format)];
    for report in &arguments.files {
        let bytes = fs::read(report).with_context(|| format!("cannot read {}", report.display()))?;
        let receipt: TestRunReceipt = client
            .upload(&path(&arguments.repo, "results"), &query, media, bytes)
            .with_context(|| report.display().to_string())?;
        let again = if receipt.duplicate { " (uploaded before)" } else { "" };
        println!("{}: {}{again}", report.display(), told(&receipt));
        for pattern in &receipt.patterns {
            println!("  {}/patterns/{pattern}", client.url());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Sends one JUnit XML report of CI.
pub fn junit(client: &Client, repository: &str, commit: &str, report: Vec<u8>) -> Result<TestRunReceipt> {
    client.upload(&path(repository, "junit"), &[("commit", commit)], "application/xml", report)
}

fn path(repository: &str, rest: &str) -> String {
    let name = repository.replace('%', "%25").replace('/', "%2F");
    format!("/repositories/{name}/{rest}")
}

fn told(receipt: &TestRunReceipt) -> String {
    if let Some(LintCounts { errors, warnings, notes, suppressed }) = receipt.lint {
        let (errors, warnings, notes) =
            (counted(errors, "error"), counted(warnings, "warning"), counted(notes, "note"));
        return format!("{errors}, {warnings}, {notes}, {suppressed} suppressed");
    }
    let flaky = if receipt.flaky == 0 { String::new() } else { format!(", {} flaky", receipt.flaky) };
    format!("{} passed, {} failed, {} skipped{flaky}", receipt.passed, receipt.failed, receipt.skipped)
}

fn counted(number: u32, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
