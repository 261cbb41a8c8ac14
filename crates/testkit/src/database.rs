//! A real database for one test.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use anyhow::{Context, Result};
use chrono::Utc;
use devos_embedded::{Ephemeral, Home, Install};
use devos_ports::Store;
use devos_postgres::{Config, Databases, PostgresStore, Urls};

use crate::config;

/// What the databases of tests begin with; their maker's process id and a number follow.
const PREFIX: &str = "devos_test_";

/// A migrated database of one's own, dropped with this value.
///
/// It lies on the server that `cargo xtask test` has started for all test processes, else on a server of this process.
pub struct Database {
    server: Arc<Server>,
    name: String,
    urls: Urls,
}

/// The server of this process's databases.
struct Server {
    url: String,
    /// The server itself, when it is ours; it ends with the last database.
    own: Option<Ephemeral>,
}

impl Database {
    /// Copies the migrated template, which the first caller makes.
    pub async fn fresh() -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = tokio::task::spawn_blocking(Server::present).await??;
        let mut databases = Databases::connect(&server.url).await?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        if number == 0 {
            sweep(&mut databases).await?;
        }
        let template = databases.template().await?;
        let name = format!("{PREFIX}{}_{number}", std::process::id());
        let urls = databases.copy(&template, &name).await?;
        databases.close().await?;
        Ok(Self { server, name, urls })
    }

    /// Its addresses, the superuser's as the owner's.
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    /// The superuser's address.
    pub fn superuser_url(&self) -> &str {
        self.urls.owner.as_deref().unwrap_or_default()
    }

    /// Opens it as the product does, with partitions around the present day.
    pub async fn store(&self) -> Result<PostgresStore> {
        let config = Config { urls: self.urls.clone(), app_max: 8, ingest_max: 4 };
        let store = PostgresStore::connect(&config).await?;
        store.ensure_partitions(Utc::now(), 2).await?;
        Ok(store)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.server.own.is_some() {
            return;
        }
        let (url, name) = (self.server.url.clone(), std::mem::take(&mut self.name));
        // A test's runtime can not be waited for from within.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut databases = Databases::connect(&url).await?;
                databases.drop(&name).await?;
                databases.close().await.context("closing")
            })
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            tracing::warn!("a test database is left for the next sweep");
        }
    }
}

impl Server {
    fn present() -> Result<Arc<Self>> {
        static PRESENT: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut present = PRESENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = present.upgrade() {
            return Ok(server);
        }
        let server = Arc::new(Self::start()?);
        *present = Arc::downgrade(&server);
        Ok(server)
    }

    fn start() -> Result<Self> {
        if let Some(url) = config::server_url() {
            return Ok(Self { url, own: None });
        }
        let install = Install::ensure(&Home::locate()?)?;
        let own = Ephemeral::start(&install)?;
        Ok(Self { url: own.url("postgres"), own: Some(own) })
    }
}

/// Drops what killed test processes left.
async fn sweep(databases: &mut Databases) -> Result<()> {
    for name in databases.named(PREFIX).await? {
        let maker = name.strip_prefix(PREFIX).and_then(|rest| rest.split('_').next());
        if maker.is_some_and(|pid| !std::path::Path::new("/proc").join(pid).exists()) {
            databases.drop(&name).await?;
        }
    }
    Ok(())
}
