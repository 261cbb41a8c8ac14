//! Repairs as people see and steer them.

use std::sync::Arc;

use devos_contracts::api::{Page, RepairDetail};
use devos_contracts::journal::Observation;
use devos_contracts::pattern::PatternState;
use devos_contracts::repair::{Repair, RepairState};
use devos_contracts::{PatternId, RepairId, Scope};
use devos_logic::access::{self, Action};
use devos_logic::repair::Facts;
use devos_ports::store::identity::AuditEntry;
use devos_ports::{Clock, Entropy, Store};
use serde_json::json;

use crate::{ServiceError, ServiceResult, cursor, journal, opening};

/// Lists, shows, starts and cancels repairs.
pub struct Repairs {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Repairs {
    /// Repairs over their ports.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, clock, entropy }
    }

    /// A page of repairs, newest first.
    pub async fn list(
        &self,
        scope: &Scope,
        state: Option<RepairState>,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> ServiceResult<Page<Repair>> {
        access::check(scope, Action::Read)?;
        let window = cursor::window(cursor, limit)?;
        let before = window.after.map(|(at, id)| (at, RepairId(id)));
        let rows = self.store.begin(scope).await?.repairs(state, before, window.rows()).await?;
        Ok(window.page(rows, |repair| (repair.created_at, repair.id.0)))
    }

    /// One repair with its journal.
    pub async fn get(&self, scope: &Scope, id: RepairId) -> ServiceResult<RepairDetail> {
        access::check(scope, Action::Read)?;
        let mut tx = self.store.begin(scope).await?;
        let repair = tx.repair(id).await?.ok_or(ServiceError::NotFound("the repair"))?;
        let journal = tx.journal(id).await?;
        let proposal = match repair.proposal {
            Some(proposal) => tx.proposal(proposal).await?,
            None => None,
        };
        Ok(RepairDetail { repair, journal, proposal })
    }

    /// Opens a repair because a person asked for it.
    pub async fn start(&self, scope: &Scope, pattern: PatternId) -> ServiceResult<Repair> {
        access::check(scope, Action::SteerRepair)?;
        let mut tx = self.store.begin(scope).await?;
        let found = tx.pattern(pattern).await?.ok_or(ServiceError::NotFound("the pattern"))?;
        let repository = found
            .repository
            .ok_or_else(|| ServiceError::Invalid("the pattern belongs to no connected repository".into()))?;
        let repository = tx.repository(repository).await?.ok_or(ServiceError::NotFound("the repository"))?;
        if !repository.settings.enabled {
            return Err(ServiceError::Conflict("self-healing is disabled for this repository".into()));
        }
        if found.state == PatternState::Paused {
            return Err(ServiceError::Conflict("the pattern is paused; resume it first".into()));
        }
        let by = scope.actor.label();
        let opened = opening::open(&mut *tx, scope, &*self.clock, &*self.entropy, pattern, by).await?;
        let id = opened.ok_or_else(|| ServiceError::Conflict("the pattern is being repaired already".into()))?;
        let repair = tx.repair(id).await?.ok_or(ServiceError::NotFound("the repair"))?;
        tx.audit(&AuditEntry {
            actor: by.to_owned(),
            action: "repair.start".into(),
            subject: format!("repair:{id}"),
            detail: json!({ "pattern": pattern }),
            at: self.clock.now(),
        })
        .await?;
        tx.commit().await?;
        Ok(repair)
    }

    /// Stops a repair; a branch that it pushed is deleted. A merged repair can not be stopped any more.
    pub async fn cancel(&self, scope: &Scope, id: RepairId, reason: &str) -> ServiceResult<Repair> {
        access::check(scope, Action::SteerRepair)?;
        let now = self.clock.now();
        let mut tx = self.store.begin(scope).await?;
        let repair = tx.lock_repair(id).await?.ok_or(ServiceError::NotFound("the repair"))?;
        if repair.state.is_final() || matches!(repair.state, RepairState::Merged | RepairState::Watching) {
            return Err(ServiceError::Conflict(format!("the repair is {} already", repair.state.as_str())));
        }
        let entries = tx.journal(id).await?;
        let observations = journal::observations(&entries);
        let facts = Facts::fold(&observations);
        if facts.cancelled.is_some() {
            return Err(ServiceError::Conflict("the repair is being stopped already".into()));
        }
        if facts.decision.is_some_and(|decision| decision.approved) {
            return Err(ServiceError::Conflict("the proposal was approved and is being merged".into()));
        }
        let by = scope.actor.label().to_owned();
        let observation = Observation::Cancelled { by: by.clone(), reason: reason.trim().to_owned() };
        journal::append(&mut *tx, scope, &repair, &entries, observation, now).await?;
        tx.audit(&AuditEntry {
            actor: by,
            action: "repair.cancel".into(),
            subject: format!("repair:{id}"),
            detail: json!({ "reason": reason }),
            at: now,
        })
        .await?;
        let repair = tx.repair(id).await?.ok_or(ServiceError::NotFound("the repair"))?;
        tx.commit().await?;
        Ok(repair)
    }
}
