//! What was refused before it became records, kept until it can be written down.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use devos_contracts::scope::{Actor, Rights};
use devos_contracts::telemetry::{Refusal, RefusalReason, TelemetrySignal};
use devos_contracts::{Scope, TenantId};
use devos_ports::Store;

use crate::ServiceResult;

/// Counts by tenant; there are few reasons and signals, so that it stays small.
#[derive(Default)]
pub(super) struct Ledger(Mutex<HashMap<TenantId, Vec<Refusal>>>);

impl Ledger {
    pub(super) fn add(&self, tenant: TenantId, signal: TelemetrySignal, reason: RefusalReason, count: u64) {
        self.give_back(tenant, vec![Refusal { signal, reason, count }]);
    }

    /// What is to be written down for a tenant.
    pub(super) fn take(&self, tenant: TenantId) -> Vec<Refusal> {
        self.counts().remove(&tenant).unwrap_or_default()
    }

    /// Keeps what could not be written down.
    pub(super) fn give_back(&self, tenant: TenantId, refusals: Vec<Refusal>) {
        let mut counts = self.counts();
        for refusal in refusals {
            let kept = counts.entry(tenant).or_default();
            match kept.iter_mut().find(|kept| (kept.signal, kept.reason) == (refusal.signal, refusal.reason)) {
                Some(kept) => kept.count += refusal.count,
                None => kept.push(refusal),
            }
        }
    }

    /// Writes down everything.
    pub(super) async fn flush(&self, store: &dyn Store, now: DateTime<Utc>) -> ServiceResult<()> {
        let tenants: Vec<TenantId> = self.counts().keys().copied().collect();
        for tenant in tenants {
            let refusals = self.take(tenant);
            let scope = Scope { tenant, actor: Actor::System, rights: Rights::System };
            let written = async {
                let mut tx = store.begin_ingest(&scope).await?;
                tx.drop_records(&refusals, now).await?;
                tx.commit().await
            };
            if let Err(error) = written.await {
                self.give_back(tenant, refusals);
                return Err(error.into());
            }
        }
        Ok(())
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, HashMap<TenantId, Vec<Refusal>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
