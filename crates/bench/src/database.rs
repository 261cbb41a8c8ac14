//! A PostgreSQL of the run's own, as durable as the product's.

use anyhow::Result;
use chrono::Utc;
use devos_embedded::{Ephemeral, Home, Install, Settings};
use devos_ports::Store;
use devos_postgres::{Config, Databases, PostgresStore, Urls};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::task::spawn_blocking;

const NAME: &str = "bench";

/// A migrated database on a server that ends with this value.
pub struct Database {
    server: Ephemeral,
    /// Its addresses by role.
    pub urls: Urls,
}

impl Database {
    /// Starts the server with the product's settings; only its disk is a scratch one.
    pub async fn start() -> Result<Self> {
        let server = spawn_blocking(|| {
            let install = Install::ensure(&Home::locate()?)?;
            Ephemeral::start_in(&install, &devos_embedded::config::scratch(), &Settings::product())
        })
        .await??;
        let mut databases = Databases::connect(&server.url("postgres")).await?;
        databases.ensure(NAME).await?;
        databases.close().await?;
        let urls = Urls::trusting(&server.url(NAME))?;
        devos_postgres::migrate(&urls).await?;
        Ok(Self { server, urls })
    }

    /// The product's store, with as many writers as the run has connections.
    pub async fn store(&self, connections: usize) -> Result<PostgresStore> {
        let ingest_max = u32::try_from(connections)?;
        let store = PostgresStore::connect(&Config { urls: self.urls.clone(), app_max: 5, ingest_max }).await?;
        store.ensure_partitions(Utc::now(), 2).await?;
        Ok(store)
    }

    /// A connection of the superuser's.
    pub async fn superuser(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.server.url(NAME)).await?)
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> Result<u64> {
        let sql = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut self.superuser().await?).await?;
        Ok(count.unsigned_abs())
    }

    /// The server's own process, whose children serve the connections.
    pub async fn postmaster(&self) -> Result<u32> {
        let mut db = self.superuser().await?;
        // The first line of the file is the process id.
        let file: String = sqlx::query_scalar("SELECT pg_read_file('postmaster.pid')").fetch_one(&mut db).await?;
        Ok(file.lines().next().unwrap_or_default().trim().parse()?)
    }
}
