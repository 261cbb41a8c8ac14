//! Commits, the outbox, changes and the tenant's walls.

use anyhow::Result;
use devos_contracts::api::Change;
use devos_contracts::job::Job;
use devos_contracts::proposal::ProposalState;
use devos_contracts::repair::RepairState;
use devos_contracts::{Scope, TenantId, TokenId};
use devos_ports::store::PatternFilter;

use super::{Bench, connect, open_repair, tenant};
use crate::samples::{self, at, entry, id, opened, signal};

/// A transaction that is dropped leaves nothing: no row, no job.
pub async fn what_is_not_committed_never_happened(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let mut tx = bench.store().begin(&scope).await?;
    tx.add_repository(&samples::repository(10, "shop")).await?;
    let seen = tx.record_signal(&signal(1, None, "total")).await?;
    tx.push_job(&Job::ConsiderPattern { tenant: scope.tenant, pattern: seen.pattern }, "consider").await?;
    assert_eq!(tx.repositories().await?.len(), 1, "it sees its own writes");
    drop(tx);
    assert!(bench.waiting_jobs().await?.is_empty());
    let mut tx = bench.store().begin(&scope).await?;
    assert!(tx.repositories().await?.is_empty());
    assert!(tx.patterns(&PatternFilter { limit: 10, ..PatternFilter::default() }).await?.is_empty());
    Ok(())
}

/// Nobody hears of a step before it is durable; then everybody does, in order.
pub async fn jobs_and_changes_come_with_the_commit(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?;
    let mut changes = bench.store().changes();
    let mut tx = bench.store().begin(&scope).await?;
    let seen = tx.record_signal(&signal(1, Some(shop.id), "total")).await?;
    let repair = samples::repair(30, seen.pattern, shop.id);
    tx.add_repair(&repair, &opened(seen.pattern)).await?;
    let job = Job::AdvanceRepair { tenant: scope.tenant, repair: repair.id };
    tx.push_job(&job, &job.idempotency_key(0)).await?;
    let offered = samples::proposal(1, &repair, &shop);
    tx.add_proposal(&offered).await?;
    tx.settle(offered.id, ProposalState::Closed, None).await?;
    assert!(bench.waiting_jobs().await?.is_empty());
    assert!(changes.try_recv().is_err());
    tx.commit().await?;

    assert_eq!(bench.waiting_jobs().await?, [job]);
    let expected = [
        Change::Pattern { id: seen.pattern },
        Change::Repair { id: repair.id, state: RepairState::Detected },
        Change::Proposal { id: offered.id },
    ];
    for change in expected {
        assert_eq!(changes.recv().await?, (scope.tenant, change));
    }
    Ok(())
}

/// A job is not left twice while it waits.
pub async fn a_key_waits_once(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let (_, repair) = open_repair(bench, &scope).await?;
    let job = Job::AdvanceRepair { tenant: scope.tenant, repair: repair.id };
    for _ in 0..2 {
        let mut tx = bench.store().begin(&scope).await?;
        tx.push_job(&job, &job.idempotency_key(1)).await?;
        tx.push_job(&job, &job.idempotency_key(1)).await?;
        tx.commit().await?;
    }
    assert_eq!(bench.waiting_jobs().await?, std::slice::from_ref(&job));
    let mut tx = bench.store().begin_ingest(&scope).await?;
    tx.push_job(&job, &job.idempotency_key(1)).await?;
    tx.push_job(&job, &job.idempotency_key(2)).await?;
    tx.commit().await?;
    assert_eq!(bench.waiting_jobs().await?.len(), 2);
    Ok(())
}

/// To another tenant nothing of it exists, by list or by id.
pub async fn other_tenants_see_nothing(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let (repository, repair) = open_repair(bench, &scope).await?;
    let mut tx = bench.store().begin(&scope).await?;
    let offered = samples::proposal(1, &repair, &repository);
    tx.add_proposal(&offered).await?;
    tx.commit().await?;

    let stranger = Scope::system(TenantId(scope.tenant.0 + 1000));
    let mut tx = bench.store().begin(&stranger).await?;
    assert!(tx.repositories().await?.is_empty());
    assert_eq!(tx.repository(repository.id).await?, None);
    assert_eq!(tx.pattern(repair.pattern).await?, None);
    assert_eq!(tx.latest_signal(repair.pattern).await?, None);
    assert_eq!(tx.repair(repair.id).await?, None);
    assert_eq!(tx.lock_repair(repair.id).await?, None);
    assert!(tx.journal(repair.id).await?.is_empty());
    assert_eq!(tx.proposal(offered.id).await?, None);
    assert!(tx.repairs(None, None, 10).await?.is_empty());
    assert!(tx.recall("total", 10).await?.is_empty());
    assert!(!tx.revoke_token(TokenId(id(1)), at(0)).await?);
    let decision = devos_contracts::proposal::Decision {
        approved: true,
        by: "stranger".to_owned(),
        reason: String::new(),
        at: at(0),
    };
    assert!(!tx.decide(offered.id, &decision).await?);
    drop(tx);
    let mut tx = bench.store().begin(&stranger).await?;
    let step = entry(1, devos_contracts::journal::Observation::ProposalClosed, RepairState::Cancelled);
    assert!(tx.append(repair.id, &step).await.is_err());
    drop(tx);
    let mut tx = bench.store().begin(&scope).await?;
    assert_eq!(tx.journal(repair.id).await?.len(), 1);
    Ok(())
}
