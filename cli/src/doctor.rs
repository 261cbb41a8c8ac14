//! `devos doctor`: what this machine offers and what it lacks.

use std::process::{Command, ExitCode};

use anyhow::Result;
use clap::Args;
use tokio::runtime::Runtime;

use crate::place::Place;
use crate::wire;

/// Arguments of `devos doctor`.
#[derive(Args)]
pub struct Arguments {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints the profile; fails when something that the product needs is missing.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let place = Place::locate("local")?;
    let sandbox = Runtime::new()?.block_on(wire::sandbox_profile(&place.data()))?;
    let tools: Vec<(&str, Option<String>)> =
        ["git", "bwrap", "python3", "node"].into_iter().map(|tool| (tool, version(tool))).collect();
    let access = place.access();
    let missing = tools.iter().any(|(tool, version)| matches!(*tool, "git" | "bwrap") && version.is_none());
    if arguments.json {
        let tools: serde_json::Map<_, _> =
            tools.iter().map(|(tool, version)| ((*tool).to_owned(), serde_json::json!(version))).collect();
        let report = serde_json::json!({
            "tools": tools, "sandbox": sandbox, "data": place.root(), "server": access.map(|access| access.url) });
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        for (tool, version) in &tools {
            println!("{tool:<10} {}", version.as_deref().unwrap_or("not found"));
        }
        println!("sandbox    {}", sandbox.name);
        for lack in &sandbox.lacks {
            println!("  lacks    {lack}");
        }
        println!("data       {}", place.root().display());
        println!("server     {}", access.map_or("not started by `devos up` yet".into(), |access| access.url));
    }
    Ok(if missing { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn version(tool: &str) -> Option<String> {
    let output = Command::new(tool).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().lines().next().unwrap_or_default().to_owned();
    output.status.success().then_some(text)
}
