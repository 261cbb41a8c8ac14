//! Adapters to ports: the only file of the worker that names them.

use std::sync::Arc;

use devos_forge::LocalForge;
use devos_git::{Mirrors, RemotePolicy};
use devos_ports::{Entropy, Store, StoreError};
use devos_postgres::{PostgresStore, Urls};
use devos_services::Repair;
use devos_system::{SystemClock, SystemEntropy};
use devos_workspace::{GitWorkspace, SandboxConfig};

pub use devos_postgres::WorkerLease;

use crate::config::Config;
use crate::run::RunError;

/// What the worker works with.
pub struct Worker {
    /// The repair loop.
    pub repair: Repair,
    /// The database, for schedules.
    pub store: Arc<PostgresStore>,
}

impl Worker {
    /// A new name among the queue's workers, and the lease that shows it alive.
    pub async fn enlist(&self) -> Result<(String, WorkerLease), StoreError> {
        let name = format!("devos-{}", SystemEntropy.id());
        let lease = self.store.lease_worker(&name).await?;
        Ok((name, lease))
    }
}

/// Connects the adapters and builds the repair loop over them.
pub async fn worker(config: &Config) -> Result<Worker, RunError> {
    let urls = Urls { owner: None, app: config.app_url.clone(), ingest: config.ingest_url.clone() };
    let database = devos_postgres::Config { urls, app_max: 10, ingest_max: 1 };
    let store = Arc::new(PostgresStore::connect(&database).await?);
    let mirrors = Mirrors::new(config.data.join("mirrors"), RemotePolicy { paths: config.local_paths });
    let sandbox =
        SandboxConfig::current(config.data.join("sandbox"), vec![config.helper.clone().into(), "sandbox-exec".into()]);
    let workspace = GitWorkspace::new(mirrors.clone(), sandbox);
    let shared: Arc<dyn Store> = store.clone();
    let repair = Repair::new(
        shared,
        Arc::new(workspace),
        Arc::new(LocalForge::new(mirrors)),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    );
    Ok(Worker { repair, store })
}
