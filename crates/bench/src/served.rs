//! The server of a run, in a process of its own, so that its CPU and memory are its own.

use std::net::SocketAddr;
use std::process::Stdio;

use anyhow::{Context, Result};
use devos_postgres::Urls;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::config;

/// A running server, killed with this value.
pub struct Served {
    child: Child,
    /// Where it takes OTLP over HTTP.
    pub address: SocketAddr,
    /// Its process.
    pub pid: u32,
}

/// Starts this program again as the server, and waits until it listens.
pub async fn start(urls: &Urls) -> Result<Served> {
    let program = std::env::current_exe().context("where this program lies")?;
    let mut child = Command::new(program)
        .arg("serve")
        .env(config::APP, &urls.app)
        .env(config::INGEST, &urls.ingest)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = child.stdout.take().context("the server's output")?;
    let line = BufReader::new(output).lines().next_line().await?.context("the server ended at once")?;
    let pid = child.id().context("the server ended at once")?;
    Ok(Served { child, address: line.trim().parse()?, pid })
}

impl Served {
    /// Ends it.
    pub async fn stop(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        self.child.wait().await?;
        Ok(())
    }
}

/// The server itself: tells its address on the first line and ends with its standard input.
pub async fn serve() -> Result<()> {
    let data = tempfile::tempdir()?;
    let settings = devos_server::Config {
        http: SocketAddr::from(([127, 0, 0, 1], 0)),
        otlp_http: None,
        otlp_grpc: None,
        database: devos_server::config::Database {
            app: config::read(config::APP)?,
            ingest: config::read(config::INGEST)?,
        },
        data: data.path().to_owned(),
        local_paths: true,
        // The machine is the limit here.
        quota: devos_server::config::Quota { records_per_minute: 1e12 },
        secure_cookies: false,
    };
    let bound = devos_server::listen(&settings).await?.connect(&settings).await?;
    println!("{}", bound.http);
    let parent_ended = async {
        let mut byte = [0];
        while matches!(tokio::io::stdin().read(&mut byte).await, Ok(read) if read > 0) {}
    };
    bound.serve(parent_ended).await?;
    Ok(())
}
