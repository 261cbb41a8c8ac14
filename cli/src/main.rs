//! `devos`: the whole product in one binary.

mod client;
mod config;
mod connect;
mod demo;
mod doctor;
mod migrate;
mod place;
mod serve;
mod token;
mod up;
mod upload;
mod wire;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Telemetry and CI results in, proven pull requests out.
#[derive(Parser)]
#[command(version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything on this machine: PostgreSQL, API, OTLP, dashboard, worker
    Up(up::Arguments),
    /// Run the API server on `DATABASE_URL`
    Server,
    /// Run the worker on `DATABASE_URL`
    Worker(serve::WorkerArguments),
    /// Bring the database of `DATABASE_OWNER_URL` up to date
    Migrate(migrate::Arguments),
    /// Connect a repository, and opt in to its repair
    Connect(connect::Arguments),
    /// Send CI results
    #[command(subcommand)]
    Upload(upload::Upload),
    /// Break a small service on purpose and watch it being repaired
    Demo(demo::Arguments),
    /// Make, list and revoke API tokens
    #[command(subcommand)]
    Token(token::Token),
    /// Say what this machine offers and what it lacks
    Doctor(doctor::Arguments),
    /// Print the OpenAPI document
    #[command(hide = true)]
    Openapi,
    /// Run inside the sandbox; never by hand
    #[command(hide = true)]
    SandboxExec {
        /// Handed on by the sandbox
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    match Cli::parse().command {
        // First of all and without a runtime: inside the sandbox every thread is one too many.
        Command::SandboxExec { arguments } => wire::sandbox_exec(arguments),
        command => match run(command) {
            Ok(code) => code,
            Err(error) => {
                eprintln!("devos: {error:#}");
                ExitCode::FAILURE
            }
        },
    }
}

fn run(command: Command) -> Result<ExitCode> {
    config::install_tls()?;
    match command {
        Command::Up(arguments) => up::run(arguments),
        Command::Server => serve::server(),
        Command::Worker(arguments) => serve::worker(&arguments),
        Command::Migrate(arguments) => migrate::run(&arguments),
        Command::Connect(arguments) => connect::run(arguments),
        Command::Upload(what) => upload::run(what),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Token(what) => token::run(what),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Openapi => {
            println!("{}", devos_server::openapi().to_pretty_json()?);
            Ok(ExitCode::SUCCESS)
        }
        Command::SandboxExec { .. } => Ok(ExitCode::FAILURE),
    }
}
