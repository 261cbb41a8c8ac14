//! Measures the product against physical limits, side by side in one run; developers start it with `cargo xtask bench`.
//!
//! A figure is a ratio to what the same machine does at the same time without us: raw COPY of the same rows.

mod config;
mod database;
mod figures;
mod ingest;
mod overload;
mod process;
mod served;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

#[derive(Parser)]
#[command(about = "Measures DevOS Cloud against physical limits")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Raw COPY, our storage path, and the whole way from an OTLP request to a durable ack
    Ingest(IngestArguments),
    /// More senders than can be served: what is refused, and what memory does
    Overload {
        /// For how long
        #[arg(long, default_value_t = 600)]
        seconds: u64,
        /// Senders that never pause
        #[arg(long, default_value_t = 256)]
        senders: usize,
        /// Records in a batch
        #[arg(long, default_value_t = 500)]
        batch: usize,
    },
    /// The server of the run, a process of its own
    #[command(hide = true)]
    Serve,
}

#[derive(clap::Args)]
struct IngestArguments {
    /// End with one line of JSON
    #[arg(long)]
    json: bool,
    /// How long each lane runs
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Records in a batch
    #[arg(long, default_value_t = 500)]
    batch: usize,
    /// Connections at once, in every lane
    #[arg(long, default_value_t = 4)]
    connections: usize,
}

fn main() -> Result<ExitCode> {
    let runtime = Runtime::new()?;
    match Arguments::parse().command {
        Command::Ingest(arguments) => {
            let plan = ingest::Plan {
                lane: Duration::from_secs(arguments.seconds),
                batch: arguments.batch,
                connections: arguments.connections,
            };
            let report = runtime.block_on(ingest::run(&plan))?;
            report.print();
            if arguments.json {
                println!("{}", serde_json::to_string(&report)?);
            }
        }
        Command::Overload { seconds, senders, batch } => {
            let plan = overload::Plan { length: Duration::from_secs(seconds), senders, batch };
            println!("{}", serde_json::to_string(&runtime.block_on(overload::run(&plan))?)?);
        }
        Command::Serve => runtime.block_on(served::serve())?,
    }
    Ok(ExitCode::SUCCESS)
}
