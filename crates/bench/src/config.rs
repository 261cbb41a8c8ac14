//! What a child process is told, and the one place that reads the environment.

use anyhow::{Context, Result};

/// Where the served process finds its database.
pub const APP: &str = "DEVOS_BENCH_APP";
/// The same, for ingest.
pub const INGEST: &str = "DEVOS_BENCH_INGEST";

/// Reads one of them.
pub fn read(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set: `serve` is started by `ingest`"))
}
