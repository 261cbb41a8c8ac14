//! `devos server` and `devos worker`: production, on somebody's PostgreSQL.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use tokio::io::AsyncReadExt;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::config;

/// Arguments of `devos worker`.
#[derive(Args)]
pub struct WorkerArguments {
    /// End when standard input does: how `devos up` takes its worker with it, however it ends
    #[arg(long, hide = true)]
    supervised: bool,
}

/// Runs the API server until it is told to stop.
pub fn server() -> Result<ExitCode> {
    config::start_logs("info,tower_http=warn");
    let config = devos_server::Config::from_env()?;
    Runtime::new()?.block_on(async {
        let bound = devos_server::listen(&config).await?.connect(&config).await?;
        tracing::info!(http = %bound.http, "serving");
        bound.serve(told_to_stop()).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Runs the worker until it is told to stop.
pub fn worker(arguments: &WorkerArguments) -> Result<ExitCode> {
    config::start_logs("info,sqlx=warn,apalis=warn");
    let config = devos_worker::Config::from_env()?;
    let supervised = arguments.supervised;
    Runtime::new()?.block_on(async {
        let stop = async {
            tokio::select! {
                () = told_to_stop() => {}
                () = orphaned(), if supervised => {}
            }
        };
        tracing::info!("working");
        devos_worker::run(&config, stop).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Resolves at SIGINT or SIGTERM.
pub async fn told_to_stop() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Resolves when standard input ends, which is when the parent does.
async fn orphaned() {
    let mut byte = [0];
    while matches!(tokio::io::stdin().read(&mut byte).await, Ok(read) if read > 0) {}
}
