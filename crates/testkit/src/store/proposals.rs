//! Proposals.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::api::Change;
use devos_contracts::proposal::{Decision, MergeResult, Proposal, ProposalState};
use devos_contracts::{ProposalId, RepositoryId};
use devos_ports::store::{ProposalTx, StoreResult};

use super::tx::MemTx;

#[async_trait]
impl ProposalTx for MemTx {
    async fn add_proposal(&mut self, proposal: &Proposal) -> StoreResult<()> {
        let (proposal, id) = (proposal.clone(), proposal.id);
        let added = self.write(move |data| {
            let new = !data.proposals.iter().any(|known| known.id == proposal.id);
            if new {
                data.proposals.push(proposal.clone());
            }
            new
        });
        if added {
            self.announce(Change::Proposal { id });
        }
        Ok(())
    }

    async fn proposal(&mut self, id: ProposalId) -> StoreResult<Option<Proposal>> {
        Ok(self.data().proposals.into_iter().find(|proposal| proposal.id == id))
    }

    async fn proposals(
        &mut self,
        state: Option<ProposalState>,
        before: Option<(DateTime<Utc>, ProposalId)>,
        limit: i64,
    ) -> StoreResult<Vec<Proposal>> {
        let mut found = self.data().proposals;
        found.retain(|proposal| {
            state.is_none_or(|state| proposal.state == state)
                && before.is_none_or(|before| (proposal.created_at, proposal.id) < before)
        });
        found.sort_by_key(|proposal| std::cmp::Reverse((proposal.created_at, proposal.id)));
        found.truncate(usize::try_from(limit).unwrap_or(0));
        Ok(found)
    }

    async fn open_proposals(&mut self, repository: RepositoryId) -> StoreResult<Vec<ProposalId>> {
        let mut found = self.data().proposals;
        found.retain(|proposal| {
            proposal.repository == repository && matches!(proposal.state, ProposalState::Open | ProposalState::Approved)
        });
        found.sort_by_key(|proposal| (proposal.created_at, proposal.id));
        Ok(found.into_iter().map(|proposal| proposal.id).collect())
    }

    async fn decide(&mut self, id: ProposalId, decision: &Decision) -> StoreResult<bool> {
        let decision = decision.clone();
        let decided = self.write(move |data| {
            let open = data.proposals.iter_mut().find(|known| known.id == id && known.state == ProposalState::Open);
            let Some(proposal) = open else { return false };
            proposal.state = if decision.approved { ProposalState::Approved } else { ProposalState::Rejected };
            proposal.decision = Some(decision.clone());
            true
        });
        if decided {
            self.announce(Change::Proposal { id });
        }
        Ok(decided)
    }

    async fn settle(&mut self, id: ProposalId, state: ProposalState, merge: Option<&MergeResult>) -> StoreResult<()> {
        let merge = merge.cloned();
        self.write(move |data| {
            for proposal in data.proposals.iter_mut().filter(|proposal| proposal.id == id) {
                proposal.state = state;
                proposal.merge = merge.clone().or_else(|| proposal.merge.take());
            }
        });
        self.announce(Change::Proposal { id });
        Ok(())
    }
}
