//! Adapters to the commands: the only file of the binary that names them.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use devos_ports::Store;
use devos_postgres::PostgresStore;
use devos_services::Identity;
use devos_system::{SystemClock, SystemEntropy};
use devos_workspace::{SandboxConfig, SandboxProfile};

pub use devos_postgres::{Databases, Urls, migrate};

/// Identity alone over a database, for the operator's commands.
pub async fn identity(urls: &Urls) -> Result<Identity> {
    let database = devos_postgres::Config { urls: urls.clone(), app_max: 2, ingest_max: 1 };
    let store: Arc<dyn Store> = Arc::new(PostgresStore::connect(&database).await?);
    Ok(Identity::new(store, Arc::new(SystemClock), Arc::new(SystemEntropy)))
}

/// What isolation this machine gives to code in the sandbox.
pub async fn sandbox_profile(data: &Path) -> Result<SandboxProfile> {
    let helper = std::env::current_exe().context("cannot find the devos binary")?;
    let config = SandboxConfig::current(data.join("sandbox"), vec![helper.into(), "sandbox-exec".into()]);
    Ok(devos_workspace::probe(&config).await)
}

/// The helper's own main, inside the sandbox.
pub fn sandbox_exec(arguments: Vec<OsString>) -> ExitCode {
    devos_workspace::sandbox_exec_main(arguments)
}
