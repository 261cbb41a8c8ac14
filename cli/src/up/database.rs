//! The embedded PostgreSQL of `devos up`.

use anyhow::{Context, Result};
use devos_embedded::{Cluster, Install, Settings};
use tokio::task::spawn_blocking;

use crate::place::Place;
use crate::wire::{self, Databases, Urls};

/// The database's name.
const NAME: &str = "devos";

/// A running cluster with a migrated database.
pub struct Database {
    /// Its addresses by role.
    pub urls: Urls,
    cluster: Cluster,
}

/// Fetches PostgreSQL on the first start, starts it, and migrates.
pub async fn start(place: &Place, fresh: bool, say: &(dyn Fn(&str) + Sync)) -> Result<Database> {
    let home = place.home();
    if !place.cluster().exists() {
        say("setting up PostgreSQL (the first start downloads it)");
    }
    let install = spawn_blocking(move || Install::ensure(&home)).await??;
    if fresh {
        stop_leftover(place, install.clone()).await?;
        place.clear()?;
    }
    place.create()?;
    let directory = place.cluster();
    let cluster = spawn_blocking(move || Cluster::start(&install, &directory, &Settings::product())).await??;
    let mut databases = Databases::connect(&cluster.url("postgres")).await.context("PostgreSQL does not answer")?;
    databases.ensure(NAME).await?;
    databases.close().await?;
    let urls = Urls::trusting(&cluster.url(NAME))?;
    wire::migrate(&urls).await.context("the database could not be brought up to date")?;
    Ok(Database { urls, cluster })
}

/// A cluster that a dead process left running holds files that are about to be removed.
async fn stop_leftover(place: &Place, install: Install) -> Result<()> {
    let directory = place.cluster();
    if !directory.join("data/postmaster.pid").exists() {
        return Ok(());
    }
    spawn_blocking(move || Cluster::start(&install, &directory, &Settings::product())?.stop()).await??;
    Ok(())
}

impl Database {
    /// Resolves when PostgreSQL is gone.
    pub async fn exited(&self) {
        match self.cluster.exited() {
            Ok(gone) => gone.await,
            Err(_) => std::future::pending().await,
        }
    }

    /// Stops PostgreSQL with a checkpoint.
    pub async fn stop(self) -> Result<()> {
        spawn_blocking(move || self.cluster.stop()).await??;
        Ok(())
    }
}
