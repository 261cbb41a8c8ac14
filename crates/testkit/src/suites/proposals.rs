//! Proposals.

use anyhow::Result;
use devos_contracts::ProposalId;
use devos_contracts::proposal::{Decision, MergeResult, Proposal, ProposalState, WorkingTree};

use super::{Bench, connect, open_repair, tenant};
use crate::samples::{self, at, commit, id, opened, proposal, signal};

fn decision(approved: bool) -> Decision {
    Decision { approved, by: "owner@example.com".to_owned(), reason: "seen".to_owned(), at: at(400) }
}

/// A proposal stored again stays as it was, and its repair names it.
pub async fn proposals_are_stored_once_and_read_back(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let (repository, repair) = open_repair(bench, &scope).await?;
    let offered = proposal(1, &repair, &repository);
    let mut tx = bench.store().begin(&scope).await?;
    tx.add_proposal(&offered).await?;
    tx.add_proposal(&Proposal { title: "another".to_owned(), ..offered.clone() }).await?;
    tx.commit().await?;
    let mut tx = bench.store().begin(&scope).await?;
    assert_eq!(tx.proposal(offered.id).await?, Some(offered.clone()));
    assert_eq!(tx.proposal(ProposalId(id(99))).await?, None);
    assert_eq!(tx.repair(repair.id).await?.and_then(|repair| repair.proposal), Some(offered.id));
    Ok(())
}

/// The first decision stands; settling keeps the merge.
pub async fn a_decision_is_taken_once(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let (repository, repair) = open_repair(bench, &scope).await?;
    let offered = proposal(1, &repair, &repository);
    let mut tx = bench.store().begin(&scope).await?;
    tx.add_proposal(&offered).await?;
    assert_eq!(tx.open_proposals(repository.id).await?, [offered.id]);
    assert!(tx.decide(offered.id, &decision(true)).await?);
    assert!(!tx.decide(offered.id, &decision(false)).await?);
    assert!(!tx.decide(ProposalId(id(99)), &decision(false)).await?);
    assert_eq!(tx.open_proposals(repository.id).await?, [offered.id], "approved ones are still in the way");

    let result = MergeResult { commit: commit("merge"), working_tree: WorkingTree::Updated };
    tx.settle(offered.id, ProposalState::Merged, Some(&result)).await?;
    tx.settle(offered.id, ProposalState::Merged, None).await?;
    assert!(tx.open_proposals(repository.id).await?.is_empty());
    let settled = Proposal {
        state: ProposalState::Merged,
        decision: Some(decision(true)),
        merge: Some(result),
        ..offered.clone()
    };
    assert_eq!(tx.proposal(offered.id).await?, Some(settled));
    Ok(())
}

/// Newest first, by state, in pages.
pub async fn proposals_are_listed(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?;
    let mut ids = Vec::new();
    let mut tx = bench.store().begin(&scope).await?;
    for number in 0..4 {
        let seen = tx.record_signal(&signal(number, Some(shop.id), &format!("test_{number}"))).await?;
        let repair = samples::repair(100 + number, seen.pattern, shop.id);
        assert!(tx.add_repair(&repair, &opened(seen.pattern)).await?);
        let offered = proposal(200 + number, &repair, &shop);
        tx.add_proposal(&offered).await?;
        ids.push(offered.id);
    }
    assert!(tx.decide(ids[1], &decision(false)).await?);
    tx.commit().await?;

    let mut tx = bench.store().begin(&scope).await?;
    let first = tx.proposals(None, None, 3).await?;
    assert_eq!(first.iter().map(|found| found.id).collect::<Vec<_>>(), [ids[3], ids[2], ids[1]]);
    let rest = tx.proposals(None, Some((first[2].created_at, first[2].id)), 3).await?;
    assert_eq!(rest.iter().map(|found| found.id).collect::<Vec<_>>(), [ids[0]]);
    let refused = tx.proposals(Some(ProposalState::Rejected), None, 10).await?;
    assert_eq!(refused.iter().map(|found| found.id).collect::<Vec<_>>(), [ids[1]]);
    assert_eq!(tx.open_proposals(shop.id).await?, [ids[0], ids[2], ids[3]]);
    Ok(())
}
