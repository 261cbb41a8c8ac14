//! A transaction of the store in memory.

use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use devos_contracts::api::Change;
use devos_contracts::job::Job;
use devos_contracts::{RepairId, TenantId};
use devos_ports::store::{StoreResult, Tx};
use tokio::sync::OwnedMutexGuard;

use super::Shared;
use super::state::{State, TenantData};

type Write = Box<dyn Fn(&mut State) + Send>;

/// Writes that wait for the commit.
pub(super) struct MemTx {
    pub(super) shared: Arc<Shared>,
    pub(super) tenant: TenantId,
    writes: Vec<Write>,
    changes: Vec<Change>,
    locks: Vec<(RepairId, OwnedMutexGuard<()>)>,
}

impl MemTx {
    pub(super) fn begin(shared: Arc<Shared>, tenant: TenantId) -> Self {
        Self { shared, tenant, writes: Vec::new(), changes: Vec::new(), locks: Vec::new() }
    }

    /// What this transaction sees now.
    pub(super) fn view(&self) -> State {
        let mut state = self.shared.state().clone();
        for write in &self.writes {
            write(&mut state);
        }
        state
    }

    /// What it sees of its tenant.
    pub(super) fn data(&self) -> TenantData {
        self.view().tenant(self.tenant)
    }

    /// Writes to the tenant and answers what the write answers; nothing is written for a tenant there is not.
    pub(super) fn write<T: Default>(&mut self, write: impl Fn(&mut TenantData) -> T + Send + 'static) -> T {
        let tenant = self.tenant;
        let apply = move |state: &mut State| state.tenants.get_mut(&tenant).map(&write);
        let answer = apply(&mut self.view());
        self.writes.push(Box::new(move |state| drop(apply(state))));
        answer.unwrap_or_default()
    }

    /// Writes beyond the tenant.
    pub(super) fn write_state(&mut self, write: impl Fn(&mut State) + Send + 'static) {
        self.writes.push(Box::new(write));
    }

    pub(super) fn announce(&mut self, change: Change) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    pub(super) fn push(&mut self, job: &Job, key: &str) {
        let (job, key) = (job.clone(), key.to_owned());
        self.write_state(move |state| {
            if !state.jobs.iter().any(|(waiting, _)| *waiting == key) {
                state.jobs.push((key.clone(), job.clone()));
            }
        });
    }

    /// Holds the repair's lock until the end of the transaction.
    pub(super) async fn lock(&mut self, id: RepairId) {
        if self.locks.iter().any(|(held, _)| *held == id) {
            return;
        }
        let lock = self.shared.locks.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().clone();
        let held = lock.lock_owned().await;
        self.locks.push((id, held));
    }

    pub(super) fn finish(self) {
        let mut state = self.shared.state();
        for write in &self.writes {
            write(&mut state);
        }
        drop(state);
        for change in self.changes {
            // Nobody listening is no error.
            drop(self.shared.changes.send((self.tenant, change)));
        }
    }
}

#[async_trait]
impl Tx for MemTx {
    async fn commit(self: Box<Self>) -> StoreResult<()> {
        self.finish();
        Ok(())
    }
}
