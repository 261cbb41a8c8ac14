//! Proposals and the word of the person who decides.

use std::sync::Arc;

use devos_contracts::api::Page;
use devos_contracts::journal::Observation;
use devos_contracts::proposal::{Decision, Proposal, ProposalState};
use devos_contracts::{ProposalId, Scope};
use devos_logic::access::{self, Action};
use devos_logic::repair::Facts;
use devos_ports::store::identity::AuditEntry;
use devos_ports::{Clock, Store};
use serde_json::json;

use crate::{ServiceError, ServiceResult, cursor, journal};

/// Lists, shows and decides proposals.
pub struct Proposals {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Proposals {
    /// Proposals over their ports.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// A page of proposals, newest first.
    pub async fn list(
        &self,
        scope: &Scope,
        state: Option<ProposalState>,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> ServiceResult<Page<Proposal>> {
        access::check(scope, Action::Read)?;
        let window = cursor::window(cursor, limit)?;
        let before = window.after.map(|(at, id)| (at, ProposalId(id)));
        let rows = self.store.begin(scope).await?.proposals(state, before, window.rows()).await?;
        Ok(window.page(rows, |proposal| (proposal.created_at, proposal.id.0)))
    }

    /// One proposal.
    pub async fn get(&self, scope: &Scope, id: ProposalId) -> ServiceResult<Proposal> {
        access::check(scope, Action::Read)?;
        let found = self.store.begin(scope).await?.proposal(id).await?;
        found.ok_or(ServiceError::NotFound("the proposal"))
    }

    /// Approves: the worker merges next.
    pub async fn approve(&self, scope: &Scope, id: ProposalId, reason: &str) -> ServiceResult<Proposal> {
        self.decide(scope, id, true, reason).await
    }

    /// Rejects, with the reason that the memory keeps.
    pub async fn reject(&self, scope: &Scope, id: ProposalId, reason: &str) -> ServiceResult<Proposal> {
        if reason.trim().is_empty() {
            return Err(ServiceError::Invalid("say why it is rejected: the next proposal learns from it".into()));
        }
        self.decide(scope, id, false, reason).await
    }

    async fn decide(&self, scope: &Scope, id: ProposalId, approved: bool, reason: &str) -> ServiceResult<Proposal> {
        access::check(scope, Action::DecideProposal)?;
        let now = self.clock.now();
        let decision =
            Decision { approved, by: scope.actor.label().to_owned(), reason: reason.trim().to_owned(), at: now };
        let mut tx = self.store.begin(scope).await?;
        let proposal = tx.proposal(id).await?.ok_or(ServiceError::NotFound("the proposal"))?;
        let missing = ServiceError::NotFound("the repair");
        let repair = tx.lock_repair(proposal.repair).await?.ok_or(missing)?;
        let entries = tx.journal(repair.id).await?;
        let observations = journal::observations(&entries);
        if Facts::fold(&observations).cancelled.is_some() {
            return Err(ServiceError::Conflict("the repair was stopped, and its proposal is being closed".into()));
        }
        if !tx.decide(id, &decision).await? {
            return Err(ServiceError::Conflict("the proposal is not open any more".into()));
        }
        let observation = Observation::Decided { decision: decision.clone() };
        journal::append(&mut *tx, scope, &repair, &entries, observation, now).await?;
        tx.audit(&AuditEntry {
            actor: decision.by,
            action: if approved { "proposal.approve" } else { "proposal.reject" }.into(),
            subject: format!("proposal:{id}"),
            detail: json!({ "reason": decision.reason, "head": proposal.head_commit }),
            at: now,
        })
        .await?;
        let proposal = tx.proposal(id).await?.ok_or(ServiceError::NotFound("the proposal"))?;
        tx.commit().await?;
        Ok(proposal)
    }
}
