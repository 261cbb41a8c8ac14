//! Repairs and their journals.

use anyhow::{Context, Result};
use devos_contracts::RepairId;
use devos_contracts::journal::Observation;
use devos_contracts::repair::RepairState;
use devos_ports::store::NewRepair;
use tokio::sync::oneshot;

use super::{Bench, connect, open_repair, record, tenant};
use crate::samples::{self, at, entry, id, opened, signal};

/// A pattern has one unfinished repair at a time.
pub async fn one_unfinished_repair_per_pattern(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let (repository, first) = open_repair(bench, &scope).await?;
    let second = NewRepair { id: RepairId(id(31)), at: at(120), ..first.clone() };
    let mut tx = bench.store().begin(&scope).await?;
    assert!(!tx.add_repair(&second, &opened(first.pattern)).await?);
    assert_eq!(tx.repair(second.id).await?, None);
    assert!(tx.journal(second.id).await?.is_empty());
    assert!(tx.append(first.id, &entry(1, Observation::ProposalClosed, RepairState::Abstained)).await?);
    assert!(tx.add_repair(&second, &opened(first.pattern)).await?);
    tx.commit().await?;

    let mut tx = bench.store().begin(&scope).await?;
    let repair = tx.repair(second.id).await?.context("stored")?;
    assert_eq!((repair.state, repair.repository_name), (RepairState::Detected, repository.name));
    assert_eq!((repair.created_at, repair.updated_at, repair.proposal), (at(120), at(120), None));
    assert_eq!(repair.pattern_title, signal(20, None, "test_total").title);
    assert_eq!(tx.attempts(first.pattern, at(60)).await?, 2);
    assert_eq!(tx.attempts(first.pattern, at(61)).await?, 1);
    Ok(())
}

/// A step is appended once, moves the repair, and reads back as it was written.
pub async fn the_journal_is_appended_once_per_step(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let (_, repair) = open_repair(bench, &scope).await?;
    let mut summary = samples::run_summary("python -m unittest");
    summary.output_tail.push_str(" a NUL \0 and 1e-7");
    let proven = Observation::ChangeProven {
        commit: samples::commit("revert"),
        outcome: devos_contracts::journal::ProbeOutcome::Passed,
        run: summary,
    };
    let step = entry(1, proven, RepairState::Validating);
    let mut tx = bench.store().begin(&scope).await?;
    assert!(tx.append(repair.id, &step).await?);
    tx.commit().await?;

    let mut tx = bench.store().begin(&scope).await?;
    let other = entry(1, Observation::ProposalClosed, RepairState::Cancelled);
    assert!(!tx.append(repair.id, &other).await?, "the step exists");
    let journal = tx.journal(repair.id).await?;
    assert_eq!(journal.len(), 2);
    assert_eq!((&journal[1].observation, journal[1].state), (&step.observation, step.state));
    assert_eq!((&journal[1].reason, &journal[1].hash, journal[1].at), (&step.reason, &step.hash, step.at));
    let moved = tx.repair(repair.id).await?.context("there")?;
    assert_eq!((moved.state, moved.reason, moved.updated_at), (RepairState::Validating, step.reason, step.at));
    let unknown = tx.append(RepairId(id(99)), &other).await;
    assert!(unknown.is_err(), "there is no such repair");
    Ok(())
}

/// The second transaction waits for the first and then sees what it wrote.
pub async fn a_repair_is_locked(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let (_, repair) = open_repair(bench, &scope).await?;
    let (holds, held) = oneshot::channel();
    let (order, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let first = async {
        let mut tx = bench.store().begin(&scope).await?;
        tx.lock_repair(repair.id).await?.context("there")?;
        holds.send(()).map_err(|()| anyhow::anyhow!("nobody waits"))?;
        // The other asks for the lock while these calls go to the store and back.
        for _ in 0..20 {
            tx.repair(repair.id).await?;
            tokio::task::yield_now().await;
        }
        tx.append(repair.id, &entry(1, Observation::ProposalClosed, RepairState::Retrieving)).await?;
        order.send("first")?;
        tx.commit().await?;
        anyhow::Ok(())
    };
    let second = async {
        held.await?;
        let mut tx = bench.store().begin(&scope).await?;
        let locked = tx.lock_repair(repair.id).await?.context("there")?;
        order.send("second")?;
        assert_eq!(locked.state, RepairState::Retrieving, "it sees the committed step");
        assert!(!tx.append(repair.id, &entry(1, Observation::ProposalClosed, RepairState::Cancelled)).await?);
        assert_eq!(tx.lock_repair(RepairId(id(99))).await?, None);
        anyhow::Ok(())
    };
    tokio::try_join!(first, second)?;
    assert_eq!((seen.recv().await, seen.recv().await), (Some("first"), Some("second")));
    Ok(())
}

/// Unfinished repairs are due at their time, for the schedule of all tenants.
pub async fn due_repairs_are_found(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let (_, repair) = open_repair(bench, &scope).await?;
    assert!(bench.store().due_repairs(at(10_000), 10).await?.is_empty());
    let mut tx = bench.store().begin(&scope).await?;
    tx.set_due(repair.id, Some(at(500))).await?;
    tx.commit().await?;
    assert!(bench.store().due_repairs(at(499), 10).await?.is_empty());
    assert_eq!(bench.store().due_repairs(at(500), 10).await?, [(scope.tenant, repair.id)]);
    assert!(bench.store().due_repairs(at(500), 0).await?.is_empty());
    let mut tx = bench.store().begin(&scope).await?;
    tx.append(repair.id, &entry(1, Observation::ProposalClosed, RepairState::Fixed)).await?;
    tx.commit().await?;
    assert!(bench.store().due_repairs(at(500), 10).await?.is_empty(), "finished");
    let mut tx = bench.store().begin(&scope).await?;
    tx.append(repair.id, &entry(2, Observation::ProposalClosed, RepairState::Watching)).await?;
    tx.set_due(repair.id, None).await?;
    tx.commit().await?;
    assert!(bench.store().due_repairs(at(500), 10).await?.is_empty());
    Ok(())
}

/// Newest first, by state, by pattern, in pages.
pub async fn repairs_are_listed(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?;
    let mut repairs = Vec::new();
    for number in 0..5 {
        let pattern = record(bench, &scope, &signal(number, Some(shop.id), &format!("test_{number}"))).await?;
        let repair = samples::repair(100 + number, pattern, shop.id);
        let mut tx = bench.store().begin(&scope).await?;
        assert!(tx.add_repair(&repair, &opened(pattern)).await?);
        if number == 2 {
            tx.append(repair.id, &entry(1, Observation::ProposalClosed, RepairState::Escalated)).await?;
        }
        tx.commit().await?;
        repairs.push(repair);
    }
    let mut tx = bench.store().begin(&scope).await?;
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = tx.repairs(None, before, 2).await?;
        let Some(last) = page.last() else { break };
        before = Some((last.created_at, last.id));
        seen.extend(page.iter().map(|repair| repair.id));
    }
    // All began at the same time, so the id decides.
    assert_eq!(seen, repairs.iter().rev().map(|repair| repair.id).collect::<Vec<_>>());
    let escalated = tx.repairs(Some(RepairState::Escalated), None, 10).await?;
    assert_eq!(escalated.iter().map(|repair| repair.id).collect::<Vec<_>>(), [repairs[2].id]);
    assert_eq!(tx.repairs_of(repairs[3].pattern, 10).await?.len(), 1);
    assert_eq!(tx.repairs_of(repairs[3].pattern, 0).await?.len(), 0);
    Ok(())
}

/// Only repairs that new results may concern.
pub async fn watching_repairs_are_found(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let (repository, repair) = open_repair(bench, &scope).await?;
    let mut tx = bench.store().begin(&scope).await?;
    assert!(tx.watching(repository.id).await?.is_empty());
    for (step, state) in (1..).zip([RepairState::AwaitingHuman, RepairState::Watching]) {
        tx.append(repair.id, &entry(step, Observation::ProposalClosed, state)).await?;
        assert_eq!(tx.watching(repository.id).await?, [repair.id]);
    }
    tx.append(repair.id, &entry(3, Observation::ProposalClosed, RepairState::Fixed)).await?;
    assert!(tx.watching(repository.id).await?.is_empty());
    Ok(())
}
