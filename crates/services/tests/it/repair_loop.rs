//! One failing report all the way to a fix, and what happens on the way when things go wrong.

use chrono::TimeDelta;
use devos_contracts::proposal::ProposalState;
use devos_contracts::repair::RepairState;
use devos_logic::repair::chain;
use devos_ports::ForgeError;
use devos_testkit::samples;

use crate::loop_world::{LoopWorld, TEST};

#[tokio::test]
async fn a_failing_report_becomes_a_merged_fix() {
    let world = LoopWorld::new().await;
    world.fail().await;
    world.work(1).await;
    let repair = world.newest().await.unwrap();
    assert_eq!(repair.state, RepairState::AwaitingHuman, "{}", repair.reason);
    let proposal = world.proposals.get(&world.scope, repair.proposal.unwrap()).await.unwrap();
    assert_eq!(proposal.culprit.commit, samples::commit("culprit"));
    assert!(proposal.evidence.iter().all(|evidence| evidence.holds));
    assert!(proposal.body.contains(TEST));
    assert!(world.forge.merges().is_empty(), "nothing is merged before a person decides");

    world.proposals.approve(&world.scope, proposal.id, "").await.unwrap();
    world.work(1).await;
    assert_eq!(world.forge.merges().len(), 1);
    let merge = world.proposals.get(&world.scope, proposal.id).await.unwrap().merge.unwrap();

    world.upload(&merge.commit, true).await;
    world.work(1).await;
    assert_ne!(world.newest().await.unwrap().state, RepairState::Fixed, "the window is not over yet");
    world.clock.advance(TimeDelta::minutes(2));
    world.repair.wake().await.unwrap();
    world.work(1).await;
    let repair = world.newest().await.unwrap();
    assert_eq!(repair.state, RepairState::Fixed, "{}", repair.reason);
}

#[tokio::test]
async fn a_job_done_three_times_has_the_effect_of_one() {
    let world = LoopWorld::new().await;
    world.fail().await;
    world.work(3).await;
    let repair = world.newest().await.unwrap();
    assert_eq!(repair.state, RepairState::AwaitingHuman, "{}", repair.reason);
    let journal = world.journal(repair.id).await;
    let steps: Vec<i32> = journal.iter().map(|entry| entry.step).collect();
    assert_eq!(steps, (0..i32::try_from(journal.len()).unwrap()).collect::<Vec<_>>());
    world.proposals.approve(&world.scope, repair.proposal.unwrap(), "").await.unwrap();
    world.work(3).await;
    assert_eq!(world.forge.merges().len(), 1);
}

#[tokio::test]
async fn the_journal_is_a_chain() {
    let world = LoopWorld::new().await;
    world.fail().await;
    world.work(1).await;
    let journal = world.journal(world.newest().await.unwrap().id).await;
    let mut previous = String::new();
    for entry in journal {
        let bytes = serde_json::to_vec(&entry.observation).unwrap();
        assert_eq!(entry.hash, chain(&previous, &bytes), "step {}", entry.step);
        previous = entry.hash;
    }
}

#[tokio::test]
async fn the_same_commit_is_not_tried_twice_but_a_new_one_is() {
    let world = LoopWorld::new().await;
    world.workspace.conflict_on(&samples::commit("culprit"));
    world.fail().await;
    world.work(1).await;
    let first = world.newest().await.unwrap();
    assert_eq!(first.state, RepairState::Abstained, "{}", first.reason);
    assert!(first.reason.contains("does not revert cleanly"));

    world.clock.advance(TimeDelta::hours(1));
    world.fail().await;
    world.work(1).await;
    assert_eq!(world.newest().await.unwrap().id, first.id);

    world.upload(&samples::commit("eight"), false).await;
    world.work(1).await;
    assert_ne!(world.newest().await.unwrap().id, first.id);
}

#[tokio::test]
async fn a_rejection_deletes_the_branch_and_is_remembered() {
    let world = LoopWorld::new().await;
    let pattern = world.fail().await;
    world.work(1).await;
    let repair = world.newest().await.unwrap();
    let proposal = repair.proposal.unwrap();
    assert!(world.forge.branch(repair.repository, &proposal.branch()).is_some());
    world.proposals.reject(&world.scope, proposal, "we need this feature").await.unwrap();
    world.work(1).await;
    assert_eq!(world.newest().await.unwrap().state, RepairState::Rejected);
    assert!(world.forge.branch(repair.repository, &proposal.branch()).is_none());
    let shown = world.proposals.get(&world.scope, proposal).await.unwrap();
    assert_eq!(shown.state, ProposalState::Rejected);
    let detail = world.incidents.get(&world.scope, pattern).await.unwrap();
    assert_eq!(detail.repairs.len(), 1);
}

#[tokio::test]
async fn a_merge_that_is_blocked_asks_the_person_again() {
    let world = LoopWorld::new().await;
    world.fail().await;
    world.work(1).await;
    let proposal = world.newest().await.unwrap().proposal.unwrap();
    world.forge.fail_next(ForgeError::Denied("cart.py has uncommitted changes".into()));
    world.proposals.approve(&world.scope, proposal, "").await.unwrap();
    world.work(1).await;
    let repair = world.newest().await.unwrap();
    assert_eq!(repair.state, RepairState::AwaitingHuman);
    assert!(repair.reason.contains("cart.py has uncommitted changes"));
    world.proposals.approve(&world.scope, proposal, "committed it").await.unwrap();
    world.work(1).await;
    assert_eq!(world.forge.merges().len(), 1);
}

#[tokio::test]
async fn a_command_given_up_ends_in_a_named_state() {
    let world = LoopWorld::new().await;
    world.fail().await;
    world.work_once(1).await;
    let repair = world.newest().await.unwrap();
    let system = devos_contracts::Scope::system(world.scope.tenant);
    world.repair.give_up(&system, repair.id, "the disk is gone").await.unwrap();
    let ended = world.newest().await.unwrap();
    assert_eq!(ended.state, RepairState::Abstained);
    assert!(ended.reason.contains("gave_up") && ended.reason.contains("the disk is gone"));
}

#[tokio::test]
async fn one_culprit_of_many_failing_tests_gets_one_proposal() {
    let world = LoopWorld::new().await;
    world.fail_many(&["shop::adds", "shop::totals", "shop::ships"]).await;
    world.work(1).await;
    let repairs = world.repairs.list(&world.scope, None, None, None).await.unwrap().items;
    let count = |state| repairs.iter().filter(|repair| repair.state == state).count();
    assert_eq!((repairs.len(), count(RepairState::AwaitingHuman), count(RepairState::Abstained)), (3, 1, 2));
    let refused = repairs.iter().find(|repair| repair.state == RepairState::Abstained).unwrap();
    assert!(refused.reason.contains("duplicate_fix") && refused.reason.contains("undoes the same commit"));
    let open = world.proposals.list(&world.scope, None, None, None).await.unwrap().items;
    assert_eq!(open.len(), 1);
    let branches = repairs.iter().filter_map(|repair| repair.proposal);
    let left = branches.filter(|id| world.forge.branch(repairs[0].repository, &id.branch()).is_some()).count();
    assert_eq!(left, 1);
}
