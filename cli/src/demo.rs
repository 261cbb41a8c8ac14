//! `devos demo`: a small service is broken on purpose, and repaired.

mod journey;
mod repository;
mod telemetry;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use tokio::runtime::Runtime;

use crate::client::Client;
use crate::config;
use crate::place::Place;
use crate::up::{self, System};
use journey::{Journey, Tempo};

/// Arguments of `devos demo`.
#[derive(Args)]
pub struct Arguments {
    /// Print one JSON object instead of lines for people
    #[arg(long)]
    json: bool,
    /// Start a system of its own from nothing, go all the way to the fix, and stop it
    #[arg(long)]
    once: bool,
}

/// Runs the demo on the running system, or on one of its own.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    config::start_logs("warn");
    if arguments.once {
        return once(arguments.json);
    }
    let client = Client::open(None)?;
    let place = Place::locate("local")?;
    let mut journey = Journey::new(client, &place.demo(), Tempo::Visitor, narrator(arguments.json))?;
    let outcome = journey.until_open()?;
    finish(&outcome, arguments.json)
}

/// From nothing to the fix, approving in the person's stead.
fn once(json: bool) -> Result<ExitCode> {
    let runtime = Runtime::new()?;
    let say = narrator(json);
    let arguments = up::Arguments::private(&format!("demo-{}", std::process::id()));
    say("starting a system of its own");
    let system = runtime.block_on(up::start(&arguments, &|_| {}))?;
    let outcome = whole(&system, say);
    let place = system.place.clone();
    runtime.block_on(system.stop())?;
    place.remove()?;
    finish(&outcome?, json)
}

fn whole(system: &System, say: fn(&str)) -> Result<journey::Outcome> {
    let client = Client::with_token(&system.url, system.token.clone())?;
    let mut journey = Journey::new(client, &system.place.demo(), Tempo::Once, say)?;
    journey.until_open()?;
    let link = system.link.as_deref().context("a fresh system has a sign-in link")?;
    let person = Client::sign_in(&system.url, link)?;
    journey.approve(&person)?;
    journey.until_fixed()
}

/// The demo of `devos up`: runs beside the system and tells what it does.
pub fn show(system: &System) {
    let (url, token, directory) = (system.url.clone(), system.token.clone(), system.place.demo());
    std::thread::spawn(move || {
        let told = Client::with_token(&url, token)
            .and_then(|client| Journey::new(client, &directory, Tempo::Visitor, narrator(false)))
            .and_then(|mut journey| {
                journey.until_open()?;
                journey.keep_testing(Duration::from_secs(5))
            });
        if let Err(error) = told {
            eprintln!("  demo: {error:#}");
        }
    });
}

fn narrator(json: bool) -> fn(&str) {
    if json { |line| eprintln!("{line}") } else { |line| println!("  demo: {line}") }
}

fn finish(outcome: &journey::Outcome, json: bool) -> Result<ExitCode> {
    if json {
        println!("{}", serde_json::to_string(outcome)?);
    }
    Ok(if outcome.is_proven() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
