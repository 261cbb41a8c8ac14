//! What people decide: proposals, repairs, and when one is begun.

use devos_contracts::api::{Page, PatternDetail, RepairDetail};
use devos_contracts::journal::Observation;
use devos_contracts::pattern::PatternState;
use devos_contracts::problem::ProblemCode;
use devos_contracts::proposal::{Proposal, ProposalState};
use devos_contracts::repair::{Repair, RepairState};
use devos_contracts::repository::RepositorySettings;
use devos_contracts::scope::Role;
use devos_contracts::signal::FailureSignal;
use devos_contracts::{PatternId, ProposalId, RepairId, SignalId};
use devos_logic::repair::chain;
use devos_testkit::samples;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::cloud::{Cloud, Credentials, now};

async fn decide(cloud: &Cloud, who: &Credentials, id: ProposalId, word: &str, reason: &str) -> Answer {
    cloud.post(who, &format!("/api/v1/proposals/{id}/{word}"), &json!({ "reason": reason })).await
}

async fn cancel(cloud: &Cloud, who: &Credentials, id: RepairId) -> Answer {
    cloud.post(who, &format!("/api/v1/repairs/{id}/cancel"), &json!({ "reason": " not now " })).await
}

async fn start(cloud: &Cloud, who: &Credentials, id: PatternId) -> Answer {
    cloud.post(who, &format!("/api/v1/patterns/{id}/repairs"), &json!({})).await
}

async fn repair(cloud: &Cloud, id: RepairId) -> RepairDetail {
    let viewer = cloud.person(Role::Viewer).await;
    cloud.get(&viewer, &format!("/api/v1/repairs/{id}")).await.json(200)
}

async fn pattern(cloud: &Cloud, id: PatternId) -> devos_contracts::pattern::Pattern {
    let viewer = cloud.person(Role::Viewer).await;
    cloud.get(&viewer, &format!("/api/v1/patterns/{id}")).await.json::<PatternDetail>(200).pattern
}

/// The jobs that advance a repair.
async fn advances(cloud: &Cloud, id: RepairId) -> usize {
    let sql = "SELECT id FROM apalis.jobs WHERE convert_from(job, 'UTF8')::jsonb
        @> jsonb_build_object('job', 'advance_repair', 'repair', $1)";
    cloud.rows(sql, &[&id.to_string()]).await.len()
}

/// Every entry continues the chain, and the replayed journal leads to the shown state.
fn assert_sound(detail: &RepairDetail) {
    let mut previous = String::new();
    let mut seen = Vec::new();
    for (step, entry) in detail.journal.iter().enumerate() {
        assert_eq!(usize::try_from(entry.step).unwrap(), step);
        assert_eq!(entry.hash, chain(&previous, &serde_json::to_vec(&entry.observation).unwrap()));
        previous.clone_from(&entry.hash);
        seen.push(entry.observation.clone());
        assert_eq!(entry.state, devos_logic::repair::next(&seen).state);
    }
    assert_eq!(detail.journal.last().unwrap().state, detail.repair.state);
}

#[tokio::test]
async fn an_approval_is_taken_once_and_leaves_the_merge_to_the_worker() {
    let cloud = Cloud::start().await;
    let waiting = cloud.waiting(&cloud.repository().await).await;
    let reviewer = cloud.person(Role::Reviewer).await;
    let id = waiting.proposal.id;
    let approved: Proposal = decide(&cloud, &reviewer, id, "approve", " fine ").await.json(200);
    let decision = approved.decision.clone().unwrap();
    assert_eq!((approved.state, decision.approved, decision.reason.as_str()), (ProposalState::Approved, true, "fine"));
    assert_eq!(decision.by, "reviewer@acme.example");
    assert_eq!(approved.merge, None);

    let detail = repair(&cloud, waiting.repair).await;
    assert_sound(&detail);
    assert_eq!(detail.journal.last().unwrap().observation, Observation::Decided { decision });
    assert_eq!(detail.proposal.as_ref(), Some(&approved));
    assert_eq!(advances(&cloud, waiting.repair).await, 1);

    for word in ["approve", "reject"] {
        decide(&cloud, &reviewer, id, word, "again").await.refused(ProblemCode::Conflict);
    }
    let maintainer = cloud.person(Role::Maintainer).await;
    cancel(&cloud, &maintainer, waiting.repair).await.refused(ProblemCode::Conflict);
    assert_eq!(repair(&cloud, waiting.repair).await, detail);
    assert_eq!(advances(&cloud, waiting.repair).await, 1);
}

#[tokio::test]
async fn a_rejection_needs_a_reason() {
    let cloud = Cloud::start().await;
    let waiting = cloud.waiting(&cloud.repository().await).await;
    let reviewer = cloud.person(Role::Reviewer).await;
    let id = waiting.proposal.id;
    for empty in ["", " \n"] {
        decide(&cloud, &reviewer, id, "reject", empty).await.refused(ProblemCode::Invalid);
    }
    let shown: Proposal = cloud.get(&reviewer, &format!("/api/v1/proposals/{id}")).await.json(200);
    assert_eq!(shown, waiting.proposal);
    let rejected: Proposal = decide(&cloud, &reviewer, id, "reject", "hides the bug").await.json(200);
    assert_eq!(rejected.state, ProposalState::Rejected);
    assert_eq!(rejected.decision.unwrap().reason, "hides the bug");
    let detail = repair(&cloud, waiting.repair).await;
    assert_sound(&detail);
    assert!(detail.repair.reason.contains("hides the bug"), "{}", detail.repair.reason);
    assert_eq!(advances(&cloud, waiting.repair).await, 1, "the branch is still to be deleted");
    decide(&cloud, &reviewer, id, "approve", "").await.refused(ProblemCode::Conflict);
}

#[tokio::test]
async fn of_many_decisions_at_once_one_counts() {
    let cloud = Cloud::start().await;
    let waiting = cloud.waiting(&cloud.repository().await).await;
    let owner = cloud.person(Role::Owner).await;
    let words = ["approve", "reject", "approve", "reject", "approve", "reject"];
    let answers = words.map(|word| decide(&cloud, &owner, waiting.proposal.id, word, word));
    let answers = futures::future::join_all(answers).await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    let [won] = won.as_slice() else { panic!("{answers:?}") };
    assert_eq!(answers.iter().filter(|answer| answer.status == 409).count(), 5);
    let won: Proposal = won.json(200);
    let detail = repair(&cloud, waiting.repair).await;
    assert_sound(&detail);
    let decided = detail.journal.iter().filter(|entry| matches!(entry.observation, Observation::Decided { .. }));
    assert_eq!(decided.count(), 1);
    assert_eq!(detail.proposal, Some(won));
}

#[tokio::test]
async fn proposals_and_repairs_are_listed_by_state() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let reviewer = cloud.person(Role::Reviewer).await;
    let (open, approved, rejected) =
        (cloud.waiting(&repository).await, cloud.waiting(&repository).await, cloud.waiting(&repository).await);
    decide(&cloud, &reviewer, approved.proposal.id, "approve", "").await.expect(200);
    decide(&cloud, &reviewer, rejected.proposal.id, "reject", "no").await.expect(200);
    let begun = cloud.repair(repository.id).await;
    let ids = async |path: &str| {
        let page: Page<Value> = cloud.get(&reviewer, path).await.json(200);
        page.items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for (state, waiting) in [("open", &open), ("approved", &approved), ("rejected", &rejected)] {
        assert_eq!(ids(&format!("/api/v1/proposals?state={state}")).await, [waiting.proposal.id.to_string()]);
    }
    assert!(ids("/api/v1/proposals?state=merged").await.is_empty());
    assert_eq!(ids("/api/v1/repairs?state=detected").await, [begun.to_string()]);
    assert_eq!(ids("/api/v1/repairs?state=awaiting_human").await.len(), 3);
    for path in ["/api/v1/proposals?state=detected", "/api/v1/repairs?state=open"] {
        cloud.get(&reviewer, path).await.refused(ProblemCode::Malformed);
    }
}

#[tokio::test]
async fn a_repair_that_wrote_nothing_is_cancelled_at_once() {
    let cloud = Cloud::start().await;
    let id = cloud.repair(cloud.repository().await.id).await;
    let maintainer = cloud.person(Role::Maintainer).await;
    let cancelled: Repair = cancel(&cloud, &maintainer, id).await.json(200);
    assert_eq!(cancelled.state, RepairState::Cancelled);
    assert_eq!(cancelled.reason, "maintainer@acme.example stopped it: not now");
    assert_sound(&repair(&cloud, id).await);
    assert_eq!(pattern(&cloud, cancelled.pattern).await.state, PatternState::Open);
    assert_eq!(advances(&cloud, id).await, 0);
    cancel(&cloud, &maintainer, id).await.refused(ProblemCode::Conflict);
    cancel(&cloud, &maintainer, RepairId(Uuid::now_v7())).await.refused(ProblemCode::NotFound);
}

#[tokio::test]
async fn a_repair_with_a_branch_is_cancelled_once_the_branch_is_gone() {
    let cloud = Cloud::start().await;
    let waiting = cloud.waiting(&cloud.repository().await).await;
    let maintainer = cloud.person(Role::Maintainer).await;
    let cancelled: Repair = cancel(&cloud, &maintainer, waiting.repair).await.json(200);
    assert!(!cancelled.state.is_final());
    assert_eq!(advances(&cloud, waiting.repair).await, 1);
    let detail = repair(&cloud, waiting.repair).await;
    assert_sound(&detail);

    // It is on its way out: nobody stops it twice, and nobody approves it any more.
    cancel(&cloud, &maintainer, waiting.repair).await.refused(ProblemCode::Conflict);
    let reviewer = cloud.person(Role::Reviewer).await;
    decide(&cloud, &reviewer, waiting.proposal.id, "approve", "").await.refused(ProblemCode::Conflict);
    assert_eq!(repair(&cloud, waiting.repair).await, detail);
}

#[tokio::test]
async fn a_person_begins_a_repair_where_it_is_allowed() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let maintainer = cloud.person(Role::Maintainer).await;
    let failing = cloud.pattern(repository.id).await;
    let begun: Repair = start(&cloud, &maintainer, failing).await.json(201);
    assert_eq!((begun.pattern, begun.repository, begun.state), (failing, repository.id, RepairState::Detected));
    let detail = repair(&cloud, begun.id).await;
    assert_sound(&detail);
    let Observation::Opened { by, .. } = &detail.journal[0].observation else { panic!("{detail:?}") };
    assert_eq!(by, "maintainer@acme.example");
    let shown = pattern(&cloud, failing).await;
    assert_eq!((shown.state, shown.repair, shown.attempts), (PatternState::Repairing, Some(begun.id), 1));
    assert_eq!(advances(&cloud, begun.id).await, 1);
    start(&cloud, &maintainer, failing).await.refused(ProblemCode::Conflict);
    start(&cloud, &maintainer, PatternId(Uuid::now_v7())).await.refused(ProblemCode::NotFound);
}

#[tokio::test]
async fn a_repair_is_not_begun_where_nothing_is_granted() {
    let cloud = Cloud::start().await;
    let maintainer = cloud.person(Role::Maintainer).await;
    let repository = cloud.repository().await;
    let (scope, signal) = (cloud.scope(), samples::runtime_signal(0, None, "unknown"));
    let mut tx = cloud.store().begin(scope).await.unwrap();
    tx.put_settings(repository.id, 1, &RepositorySettings::default(), "test").await.unwrap();
    let stray = FailureSignal { id: SignalId(Uuid::now_v7()), occurred_at: now(), ..signal };
    let stray = tx.record_signal(&stray).await.unwrap().pattern;
    tx.commit().await.unwrap();
    let disabled = cloud.pattern(repository.id).await;
    let detail = start(&cloud, &maintainer, disabled).await.refused(ProblemCode::Conflict);
    assert!(detail.contains("disabled"), "{detail}");
    start(&cloud, &maintainer, stray).await.refused(ProblemCode::Invalid);
    assert!(cloud.rows("SELECT id FROM repairs", &[]).await.is_empty());
}

#[tokio::test]
async fn a_paused_pattern_is_left_alone_whatever_else_happens() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let maintainer = cloud.person(Role::Maintainer).await;
    let pause = async |id: PatternId| {
        let answer =
            cloud.post(&maintainer, &format!("/api/v1/patterns/{id}/pause"), &json!({ "reason": "noisy" })).await;
        answer.expect(200);
    };
    let paused = cloud.pattern(repository.id).await;
    pause(paused).await;
    start(&cloud, &maintainer, paused).await.refused(ProblemCode::Conflict);
    assert_eq!(pattern(&cloud, paused).await.state, PatternState::Paused);

    // The end of a repair that was under way does not lift the pause.
    let id = cloud.repair(repository.id).await;
    let failing = repair(&cloud, id).await.repair.pattern;
    pause(failing).await;
    cancel(&cloud, &maintainer, id).await.expect(200);
    assert_eq!(pattern(&cloud, failing).await.state, PatternState::Paused);
}

#[tokio::test]
async fn a_lifted_pause_shows_the_repair_that_is_still_under_way() {
    let cloud = Cloud::start().await;
    let maintainer = cloud.person(Role::Maintainer).await;
    let failing = cloud.pattern(cloud.repository().await.id).await;
    start(&cloud, &maintainer, failing).await.expect(201);
    let path = format!("/api/v1/patterns/{failing}");
    cloud.post(&maintainer, &format!("{path}/pause"), &json!({ "reason": "noisy" })).await.expect(200);
    cloud.post(&maintainer, &format!("{path}/resume"), &json!({})).await.expect(200);
    assert_eq!(pattern(&cloud, failing).await.state, PatternState::Repairing);
}
