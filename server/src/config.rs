//! The server's settings, and the one place where it reads the environment.

use std::net::SocketAddr;
use std::path::PathBuf;

pub use devos_logic::quota::Quota;

/// Everything the server needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// API, OTLP and dashboard.
    pub http: SocketAddr,
    /// A second address for OTLP over HTTP, the one SDKs expect; none to leave it out.
    pub otlp_http: Option<SocketAddr>,
    /// OTLP over gRPC; none to leave it out.
    pub otlp_grpc: Option<SocketAddr>,
    /// The database.
    pub database: Database,
    /// Mirrors of repositories live here.
    pub data: PathBuf,
    /// True under `devos up` alone: repositories may be given as paths of this machine.
    pub local_paths: bool,
    /// What a tenant may send of each signal; every server counts by itself.
    pub quota: Quota,
    /// True behind TLS: cookies are `Secure` and `__Host-`.
    pub secure_cookies: bool,
}

/// Where the database is, by role.
#[derive(Debug, Clone)]
pub struct Database {
    /// Row-level security is in force here.
    pub app: String,
    /// The narrow door for telemetry.
    pub ingest: String,
}

/// A variable is missing or unreadable.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct ConfigError {
    name: &'static str,
    problem: String,
}

impl Config {
    /// Reads `DATABASE_URL`, `DATABASE_INGEST_URL`, `DEVOS_HTTP`, `DEVOS_OTLP_HTTP`, `DEVOS_OTLP_GRPC`, `DEVOS_DATA` and
    /// `DEVOS_INSECURE_COOKIES`.
    pub fn from_env() -> Result<Self, ConfigError> {
        let app = text("DATABASE_URL").ok_or(missing("DATABASE_URL", "the URL of the devos_app role"))?;
        let ingest =
            text("DATABASE_INGEST_URL").ok_or(missing("DATABASE_INGEST_URL", "the URL of the devos_ingest role"))?;
        Ok(Self {
            http: address("DEVOS_HTTP")?.unwrap_or(SocketAddr::from(([0, 0, 0, 0], 8080))),
            otlp_http: address("DEVOS_OTLP_HTTP")?,
            otlp_grpc: address("DEVOS_OTLP_GRPC")?,
            database: Database { app, ingest },
            data: text("DEVOS_DATA").unwrap_or_else(|| "/var/lib/devos".into()).into(),
            local_paths: false,
            quota: quota()?,
            secure_cookies: text("DEVOS_INSECURE_COOKIES").is_none(),
        })
    }
}

fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn missing(name: &'static str, what: &str) -> ConfigError {
    ConfigError { name, problem: format!("is not set; it is {what}") }
}

/// `DEVOS_RECORDS_PER_MINUTE`, or the default.
fn quota() -> Result<Quota, ConfigError> {
    let name = "DEVOS_RECORDS_PER_MINUTE";
    let Some(value) = text(name) else { return Ok(Quota::default()) };
    match value.parse::<u32>() {
        Ok(records @ 1..) => Ok(Quota { records_per_minute: records.into() }),
        _ => Err(ConfigError { name, problem: format!("{value:?} is not a number of records, 1 or more") }),
    }
}

fn address(name: &'static str) -> Result<Option<SocketAddr>, ConfigError> {
    text(name)
        .map(|value| {
            value
                .parse()
                .map_err(|_| ConfigError { name, problem: format!("{value:?} is not an address like 0.0.0.0:8080") })
        })
        .transpose()
}
