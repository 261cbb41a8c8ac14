//! The store's suite on the double.

use anyhow::Result;
use async_trait::async_trait;
use devos_contracts::job::Job;
use devos_ports::Store;
use devos_testkit::suites::Bench;
use devos_testkit::{MemStore, store_suite};

struct Mem(MemStore);

#[async_trait]
impl Bench for Mem {
    fn store(&self) -> &dyn Store {
        &self.0
    }

    async fn waiting_jobs(&self) -> Result<Vec<Job>> {
        Ok(self.0.waiting_jobs())
    }
}

async fn open() -> Mem {
    Mem(MemStore::default())
}

store_suite!(open);
