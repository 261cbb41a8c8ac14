//! Live changes.

use std::time::Duration;

use devos_contracts::api::{Change, PausePattern, TestRunReceipt};
use devos_contracts::problem::ProblemCode;
use devos_contracts::proposal::Proposal;
use devos_contracts::repair::RepairState;
use devos_contracts::scope::{Role, TokenScope};
use reqwest::{Method, Response};
use serde_json::json;

use crate::cloud::{Cloud, Credentials};
use crate::junit::{Report, upload};

/// An open stream of changes.
struct Stream {
    response: Response,
    text: String,
}

impl Stream {
    /// Opened, so that whatever changes from now on is in it.
    async fn open(cloud: &Cloud, who: &Credentials) -> Self {
        let response = who.sign(cloud.request(Method::GET, "/api/v1/events")).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next change; none when the stream has ended.
    async fn next(&mut self) -> Option<Change> {
        let patience = Duration::from_secs(10);
        tokio::time::timeout(patience, self.read()).await.unwrap_or_else(|_| panic!("no change came"))
    }

    async fn read(&mut self) -> Option<Change> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) else { continue };
                return Some(serde_json::from_str(data).unwrap());
            }
            let chunk = self.response.chunk().await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test]
async fn an_upload_is_told_to_its_own_tenant_alone() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let mut own = Stream::open(&cloud, &cloud.person(Role::Viewer).await).await;
    let (_, foreign) = cloud.token_of(&cloud.stranger, &[TokenScope::Read, TokenScope::Write]).await;
    let mut strangers = Stream::open(&cloud, &foreign).await;
    let ingest = cloud.token(&[TokenScope::Ingest]).await;

    let answer = upload(&cloud, &ingest, &repository.name, &Report::new().failed("test_total", "3 != 2")).await;
    let receipt: TestRunReceipt = answer.json(201);
    assert_eq!(own.next().await, Some(Change::Pattern { id: receipt.patterns[0] }));

    // Theirs is the first that they hear of, although the other came before it.
    let remote = json!({ "name": "theirs", "remote": cloud.git_repository() });
    cloud.post(&foreign, "/api/v1/repositories", &remote).await.expect(201);
    let (_, ingest) = cloud.token_of(&cloud.stranger, &[TokenScope::Ingest]).await;
    let answer = upload(&cloud, &ingest, "theirs", &Report::new().failed("test_total", "3 != 2")).await;
    let theirs: TestRunReceipt = answer.json(201);
    assert_ne!(theirs.patterns, receipt.patterns);
    assert_eq!(strangers.next().await, Some(Change::Pattern { id: theirs.patterns[0] }));
}

#[tokio::test]
async fn what_people_do_is_told() {
    let cloud = Cloud::start().await;
    let waiting = cloud.waiting(&cloud.repository().await).await;
    let owner = cloud.person(Role::Owner).await;
    let mut stream = Stream::open(&cloud, &owner).await;

    let pattern = waiting.proposal.pattern;
    let pause = PausePattern { reason: "noisy".to_owned(), until: None };
    cloud.post(&owner, &format!("/api/v1/patterns/{pattern}/pause"), &pause).await.expect(200);
    assert_eq!(stream.next().await, Some(Change::Pattern { id: pattern }));

    let path = format!("/api/v1/proposals/{}/approve", waiting.proposal.id);
    cloud.post(&owner, &path, &json!({ "reason": "" })).await.json::<Proposal>(200);
    let mut told = vec![stream.next().await.unwrap(), stream.next().await.unwrap()];
    told.sort_by_key(|change| matches!(change, Change::Repair { .. }));
    let repair = Change::Repair { id: waiting.repair, state: RepairState::AwaitingHuman };
    assert_eq!(told, [Change::Proposal { id: waiting.proposal.id }, repair]);
}

#[tokio::test]
async fn what_was_refused_is_not_told() {
    let cloud = Cloud::start().await;
    let waiting = cloud.waiting(&cloud.repository().await).await;
    let owner = cloud.person(Role::Owner).await;
    let mut stream = Stream::open(&cloud, &owner).await;
    let path = format!("/api/v1/proposals/{}", waiting.proposal.id);
    cloud.post(&owner, &format!("{path}/reject"), &json!({ "reason": "" })).await.refused(ProblemCode::Invalid);
    let pattern = cloud.pattern(waiting.proposal.repository).await;
    assert_eq!(stream.next().await, Some(Change::Pattern { id: pattern }));
}

#[tokio::test]
async fn open_streams_end_with_the_server() {
    let mut cloud = Cloud::start().await;
    let mut stream = Stream::open(&cloud, &cloud.person(Role::Viewer).await).await;
    let patience = Duration::from_secs(10);
    tokio::time::timeout(patience, cloud.stop()).await.unwrap_or_else(|_| panic!("the server does not end"));
    assert_eq!(stream.next().await, None);
}
