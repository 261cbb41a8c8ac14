//! `devos upload`: CI results.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use devos_contracts::api::TestRunReceipt;

use crate::client::Client;

/// Subcommands of `devos upload`.
#[derive(Subcommand)]
pub enum Upload {
    /// Send JUnit XML reports, as pytest, cargo nextest, node --test, Maven, Go and others write them
    Junit(Junit),
}

/// Arguments of `devos upload junit`.
#[derive(Args)]
pub struct Junit {
    /// The repository's name or id
    #[arg(long)]
    repo: String,
    /// The full id of the commit that was tested
    #[arg(long)]
    commit: String,
    /// The server; `DEVOS_URL` or the running `devos up` when absent
    #[arg(long)]
    url: Option<String>,
    /// The reports
    #[arg(required = true)]
    reports: Vec<PathBuf>,
}

/// Runs the subcommand.
pub fn run(what: Upload) -> Result<ExitCode> {
    let Upload::Junit(arguments) = what;
    let client = Client::open(arguments.url)?;
    for report in &arguments.reports {
        let bytes = fs::read(report).with_context(|| format!("cannot read {}", report.display()))?;
        let receipt =
            junit(&client, &arguments.repo, &arguments.commit, bytes).with_context(|| report.display().to_string())?;
        let again = if receipt.duplicate { " (uploaded before)" } else { "" };
        println!(
            "{}: {} passed, {} failed, {} skipped{again}",
            report.display(),
            receipt.passed,
            receipt.failed,
            receipt.skipped
        );
        for pattern in &receipt.patterns {
            println!("  {}/patterns/{pattern}", client.url());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Sends one report.
pub fn junit(client: &Client, repository: &str, commit: &str, report: Vec<u8>) -> Result<TestRunReceipt> {
    let name = repository.replace('%', "%25").replace('/', "%2F");
    client.upload(&format!("/repositories/{name}/junit"), &[("commit", commit)], report)
}
