//! Proposals of one tenant.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::proposal::{Decision, MergeResult, Proposal, ProposalState};
use devos_contracts::{ProposalId, RepositoryId};

use super::StoreResult;

/// Proposals of one tenant.
#[async_trait]
pub trait ProposalTx {
    /// Stores a proposal; nothing happens when it is stored already.
    async fn add_proposal(&mut self, proposal: &Proposal) -> StoreResult<()>;

    /// One proposal.
    async fn proposal(&mut self, id: ProposalId) -> StoreResult<Option<Proposal>>;

    /// Proposals, newest first; `before` is the last item of the previous page.
    async fn proposals(
        &mut self,
        state: Option<ProposalState>,
        before: Option<(DateTime<Utc>, ProposalId)>,
        limit: i64,
    ) -> StoreResult<Vec<Proposal>>;

    /// Open and approved proposals of a repository.
    async fn open_proposals(&mut self, repository: RepositoryId) -> StoreResult<Vec<ProposalId>>;

    /// Stores the decision and moves an open proposal to Approved or Rejected; false when it is not open any more.
    async fn decide(&mut self, id: ProposalId, decision: &Decision) -> StoreResult<bool>;

    /// Moves a proposal to a state, with the merge's result when there is one.
    async fn settle(&mut self, id: ProposalId, state: ProposalState, merge: Option<&MergeResult>) -> StoreResult<()>;
}
