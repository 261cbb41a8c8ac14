//! The worker's settings, and the one place where it reads the environment.

use std::path::PathBuf;

/// Everything the worker needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database as `devos_app`.
    pub app_url: String,
    /// The database as `devos_ingest`.
    pub ingest_url: String,
    /// Mirrors, checkouts and caches live here.
    pub data: PathBuf,
    /// True under `devos up` alone: repositories may be given as paths of this machine.
    pub local_paths: bool,
    /// The `devos` binary, which is also the helper inside the sandbox.
    pub helper: PathBuf,
    /// Jobs at once.
    pub concurrency: usize,
}

/// A variable is missing or unreadable.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct ConfigError {
    name: &'static str,
    problem: String,
}

impl Config {
    /// Reads `DATABASE_URL`, `DATABASE_INGEST_URL`, `DEVOS_DATA`, `DEVOS_LOCAL_PATHS` and `DEVOS_WORKER_JOBS`.
    pub fn from_env() -> Result<Self, ConfigError> {
        let missing = |name, what: &str| ConfigError { name, problem: format!("is not set; it is {what}") };
        let helper = std::env::current_exe()
            .map_err(|error| ConfigError { name: "devos", problem: format!("cannot find its own binary: {error}") })?;
        Ok(Self {
            app_url: text("DATABASE_URL").ok_or(missing("DATABASE_URL", "the URL of the devos_app role"))?,
            ingest_url: text("DATABASE_INGEST_URL")
                .ok_or(missing("DATABASE_INGEST_URL", "the URL of the devos_ingest role"))?,
            data: text("DEVOS_DATA").unwrap_or_else(|| "/var/lib/devos".into()).into(),
            local_paths: text("DEVOS_LOCAL_PATHS").is_some(),
            helper,
            concurrency: match text("DEVOS_WORKER_JOBS") {
                None => 4,
                Some(value) => value.parse().ok().filter(|jobs| (1..=64).contains(jobs)).ok_or(ConfigError {
                    name: "DEVOS_WORKER_JOBS",
                    problem: format!("{value:?} is not a number from 1 to 64"),
                })?,
            },
        })
    }
}

fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
