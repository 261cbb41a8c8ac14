//! The store's suite on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use anyhow::Result;
use async_trait::async_trait;
use devos_contracts::job::Job;
use devos_ports::Store;
use devos_postgres::PostgresStore;
use devos_testkit::suites::Bench;
use devos_testkit::{Database, store_suite};

struct Postgres {
    store: PostgresStore,
    _database: Database,
}

#[async_trait]
impl Bench for Postgres {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    async fn waiting_jobs(&self) -> Result<Vec<Job>> {
        Ok(self.store.waiting_jobs().await?)
    }
}

async fn open() -> Postgres {
    let database = Database::fresh().await.unwrap();
    let store = database.store().await.unwrap();
    Postgres { store, _database: database }
}

store_suite!(open);
