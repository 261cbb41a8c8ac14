//! Adapters to ports: the only file of the server that names them.

use std::sync::Arc;

use devos_forge::LocalForge;
use devos_git::{Mirrors, RemotePolicy};
use devos_ports::{Clock, Entropy, Store, StoreError};
use devos_postgres::{PostgresStore, Urls};
use devos_services::{Identity, Incidents, Ingest, Proposals, Repairs, Repositories, Telemetry};
use devos_system::{SystemClock, SystemEntropy};
use tokio::sync::watch;

use crate::config::Config;
use crate::http::App;

/// Connects the adapters and builds the services over them.
pub async fn app(config: &Config) -> Result<App, StoreError> {
    let urls = Urls { owner: None, app: config.database.app.clone(), ingest: config.database.ingest.clone() };
    let database = devos_postgres::Config { urls, app_max: 20, ingest_max: 4 };
    let store: Arc<dyn Store> = Arc::new(PostgresStore::connect(&database).await?);
    let policy = RemotePolicy { paths: config.local_paths };
    let forge = Arc::new(LocalForge::new(Mirrors::new(config.data.join("mirrors"), policy)));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    Ok(App {
        identity: Identity::new(store.clone(), clock.clone(), entropy.clone()),
        ingest: Ingest::new(store.clone(), clock.clone(), entropy.clone(), config.quota),
        telemetry: Telemetry::new(store.clone(), clock.clone()),
        repositories: Repositories::new(store.clone(), forge, clock.clone(), entropy.clone()),
        incidents: Incidents::new(store.clone(), clock.clone()),
        repairs: Repairs::new(store.clone(), clock.clone(), entropy),
        proposals: Proposals::new(store.clone(), clock),
        store,
        stopping: watch::Sender::new(false),
        secure_cookies: config.secure_cookies,
    })
}
