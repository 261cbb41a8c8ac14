//! The environment of the commands, and their logs.

use std::io::{IsTerminal, stderr};

use anyhow::{Result, anyhow};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// The API's address, when `DEVOS_URL` gives one.
pub fn url() -> Option<String> {
    text("DEVOS_URL")
}

/// The API token, when `DEVOS_TOKEN` gives one.
pub fn token() -> Option<String> {
    text("DEVOS_TOKEN")
}

/// True in continuous integration, of which all services set `CI`.
pub fn is_ci() -> bool {
    text("CI").is_some_and(|value| !matches!(value.to_ascii_lowercase().as_str(), "false" | "0" | "no"))
}

/// The owner's database address, for migrations.
pub fn owner_url() -> Option<String> {
    text("DATABASE_OWNER_URL").or_else(|| text("DATABASE_URL"))
}

/// The addresses of the roles that the server and the worker log in with, where they are said; migrations give these
/// roles the passwords in them.
pub fn role_urls() -> (Option<String>, Option<String>) {
    (text("DATABASE_URL"), text("DATABASE_INGEST_URL"))
}

fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Logs to standard error; `DEVOS_LOG` filters them, lines for people on a terminal, JSON elsewhere.
pub fn start_logs(default: &str) {
    let filter = text("DEVOS_LOG").unwrap_or_else(|| default.to_owned());
    let logs = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(stderr)
        .with_span_events(FmtSpan::NONE);
    // A second call (tests, `demo --once`) keeps the first subscriber.
    let _ = if stderr().is_terminal() { logs.compact().try_init() } else { logs.json().try_init() };
}

/// TLS by ring, for every client in the process.
pub fn install_tls() -> Result<()> {
    if rustls::crypto::CryptoProvider::get_default().is_some() {
        return Ok(());
    }
    rustls::crypto::ring::default_provider().install_default().map_err(|_| anyhow!("TLS could not be set up"))
}
