//! Patterns as people list, pause and resume them, and pages of every list.

use chrono::{TimeDelta, Utc};
use devos_contracts::PatternId;
use devos_contracts::api::Page;
use devos_contracts::pattern::{Pattern, PatternState};
use devos_contracts::problem::ProblemCode;
use devos_contracts::scope::Role;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Credentials, unique};
use crate::junit::{Report, upload};

const PATTERNS: &str = "/api/v1/patterns";

async fn listed(cloud: &Cloud, who: &Credentials, query: &str) -> Vec<PatternId> {
    let page: Page<Pattern> = cloud.get(who, &format!("{PATTERNS}?{query}")).await.json(200);
    page.items.iter().map(|pattern| pattern.id).collect()
}

async fn pause(cloud: &Cloud, who: &Credentials, id: PatternId, body: Value) -> crate::answer::Answer {
    cloud.post(who, &format!("{PATTERNS}/{id}/pause"), &body).await
}

async fn resume(cloud: &Cloud, who: &Credentials, id: PatternId) -> Pattern {
    cloud.post(who, &format!("{PATTERNS}/{id}/resume"), &json!({})).await.json(200)
}

#[tokio::test]
async fn a_pause_shows_until_it_is_lifted() {
    let cloud = Cloud::start().await;
    let pattern = cloud.pattern(cloud.repository().await.id).await;
    let maintainer = cloud.person(Role::Maintainer).await;
    let paused: Pattern = pause(&cloud, &maintainer, pattern, json!({ "reason": " noisy " })).await.json(200);
    let held = paused.pause.unwrap();
    assert_eq!((paused.state, held.reason.as_str(), held.until), (PatternState::Paused, "noisy", None));
    assert_eq!(held.by, "maintainer@acme.example");

    let until = Utc::now() + TimeDelta::hours(1);
    let again = json!({ "reason": "still noisy", "until": until });
    let again: Pattern = pause(&cloud, &maintainer, pattern, again).await.json(200);
    let held = again.pause.unwrap();
    assert_eq!(
        (held.reason.as_str(), held.until.unwrap().timestamp_micros()),
        ("still noisy", until.timestamp_micros())
    );
    assert_eq!(listed(&cloud, &maintainer, "state=paused").await, [pattern]);

    for _ in 0..2 {
        let resumed = resume(&cloud, &maintainer, pattern).await;
        assert_eq!((resumed.state, resumed.pause), (PatternState::Open, None));
    }
    assert!(listed(&cloud, &maintainer, "state=paused").await.is_empty());
    let actions = cloud.rows("SELECT action FROM audit_log ORDER BY seq", &[]).await;
    let actions: Vec<_> = actions.iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["pattern.pause", "pattern.pause", "pattern.resume", "pattern.resume"]);
}

#[tokio::test]
async fn a_pause_needs_a_reason_and_a_time_to_come() {
    let cloud = Cloud::start().await;
    let pattern = cloud.pattern(cloud.repository().await.id).await;
    let maintainer = cloud.person(Role::Maintainer).await;
    let past = Utc::now() - TimeDelta::seconds(1);
    for body in [json!({ "reason": " " }), json!({ "reason": "x", "until": past })] {
        pause(&cloud, &maintainer, pattern, body).await.refused(ProblemCode::Invalid);
    }
    for body in [json!({}), json!({ "reason": "x", "until": "tomorrow" }), json!({ "reason": "x", "for": 3 })] {
        pause(&cloud, &maintainer, pattern, body).await.refused(ProblemCode::Malformed);
    }
    let unknown = PatternId(uuid::Uuid::now_v7());
    pause(&cloud, &maintainer, unknown, json!({ "reason": "x" })).await.refused(ProblemCode::NotFound);
    assert_eq!(listed(&cloud, &maintainer, "state=open").await, [pattern]);
}

#[tokio::test]
async fn a_paused_pattern_is_counted_and_stays_paused() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let maintainer = cloud.person(Role::Maintainer).await;
    let report = Report::new().failed("test_total", "3 != 2");
    upload(&cloud, &maintainer, &repository.name, &report).await.expect(201);
    let pattern = listed(&cloud, &maintainer, "").await[0];
    pause(&cloud, &maintainer, pattern, json!({ "reason": "noisy" })).await.expect(200);
    upload(&cloud, &maintainer, &repository.name, &report).await.expect(201);
    let shown: Value = cloud.get(&maintainer, &format!("{PATTERNS}/{pattern}")).await.json(200);
    assert_eq!((&shown["pattern"]["occurrences"], &shown["pattern"]["state"]), (&json!(2), &json!("paused")));
    resume(&cloud, &maintainer, pattern).await;
}

#[tokio::test]
async fn lists_are_filtered() {
    let cloud = Cloud::start().await;
    let (shop, cart) = (cloud.repository().await, cloud.repository().await);
    let total = cloud.pattern_seen(shop.id, "test_Total", TimeDelta::minutes(1)).await;
    let discount = cloud.pattern_seen(shop.id, "test_discount", TimeDelta::minutes(2)).await;
    let other = cloud.pattern_seen(cart.id, "test_total", TimeDelta::minutes(3)).await;
    let viewer = cloud.person(Role::Viewer).await;
    pause(&cloud, &cloud.person(Role::Maintainer).await, discount, json!({ "reason": "noisy" })).await.expect(200);
    for (query, expected) in [
        (String::new(), vec![total, discount, other]),
        (format!("repository={}", shop.id), vec![total, discount]),
        ("q=TOTAL".to_owned(), vec![total, other]),
        ("q=%20".to_owned(), vec![total, discount, other]),
        ("q=100%25".to_owned(), vec![]),
        ("state=open".to_owned(), vec![total, other]),
        (format!("state=paused&repository={}", shop.id), vec![discount]),
        (format!("state=open&repository={}&q=total", cart.id), vec![other]),
        ("state=fixed".to_owned(), vec![]),
        (format!("repository={}", uuid::Uuid::now_v7()), vec![]),
    ] {
        assert_eq!(listed(&cloud, &viewer, &query).await, expected, "{query}");
    }
    for query in ["state=closed", "repository=shop", "limit=many", "limit=-1"] {
        cloud.get(&viewer, &format!("{PATTERNS}?{query}")).await.refused(ProblemCode::Malformed);
    }
}

/// Every id of a list, page by page; `between` runs after the first page.
async fn paged(cloud: &Cloud, who: &Credentials, path: &str, between: impl AsyncFn()) -> Vec<String> {
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: Page<Value> = cloud.get(who, &format!("{path}?limit=3{cursor}")).await.json(200);
        assert!(page.items.len() <= 3 && !page.items.is_empty());
        if ids.is_empty() {
            between().await;
        }
        ids.extend(page.items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
}

#[tokio::test]
async fn pages_stay_what_they_are_while_rows_come_in() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let viewer = cloud.person(Role::Viewer).await;
    let mut expected = Vec::new();
    // Two at a time were seen at the same moment, so that the id must decide.
    for minutes in [1, 1, 2, 2, 3, 3, 4] {
        let minute = Utc::now().timestamp() / 60 * 60 - minutes * 60;
        let age = Utc::now() - chrono::DateTime::from_timestamp(minute, 0).unwrap();
        expected.push((minute, cloud.pattern_seen(repository.id, &unique("test_"), age).await.to_string()));
    }
    expected.sort_by(|one, other| other.cmp(one));
    let newer = async || {
        cloud.pattern(repository.id).await;
    };
    let ids = paged(&cloud, &viewer, PATTERNS, newer).await;
    let whole: Page<Value> = cloud.get(&viewer, PATTERNS).await.json(200);
    assert_eq!((whole.items.len(), whole.next_cursor), (8, None));
    let order: Vec<_> = whole.items[1..].iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, order);
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    let mut made: Vec<_> = expected.into_iter().map(|(_, id)| id).collect();
    made.sort_unstable();
    assert_eq!(sorted, made);
}

#[tokio::test]
async fn pages_of_repairs_and_proposals_too() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let viewer = cloud.person(Role::Viewer).await;
    let (mut repairs, mut proposals) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let waiting = cloud.waiting(&repository).await;
        repairs.insert(0, waiting.repair.to_string());
        proposals.insert(0, waiting.proposal.id.to_string());
    }
    let newer = async || drop(cloud.waiting(&repository).await);
    assert_eq!(paged(&cloud, &viewer, "/api/v1/repairs", newer).await, repairs);
    assert_eq!(paged(&cloud, &viewer, "/api/v1/proposals", newer).await.split_off(1), proposals);
}

#[tokio::test]
async fn a_page_has_its_limits() {
    let cloud = Cloud::start().await;
    let viewer = cloud.person(Role::Viewer).await;
    let repository = cloud.repository().await;
    for _ in 0..102 {
        cloud.pattern(repository.id).await;
    }
    for (query, items) in [("", 50), ("?limit=0", 1), ("?limit=1", 1), ("?limit=100", 100), ("?limit=4000000000", 100)]
    {
        let page: Page<Value> = cloud.get(&viewer, &format!("{PATTERNS}{query}")).await.json(200);
        assert_eq!((page.items.len(), page.next_cursor.is_some()), (items, true), "{query}");
    }
    let id = uuid::Uuid::now_v7().simple();
    for path in [PATTERNS, "/api/v1/repairs", "/api/v1/proposals"] {
        for cursor in [
            "nonsense".to_owned(),
            "_".to_owned(),
            format!("1_{id}x"),
            format!("-9000000000000000000_{id}"),
            format!("-300000000000000000_{id}"),
            format!("9223372036854775807_{id}"),
            format!("99999999999999999999_{id}"),
        ] {
            cloud.get(&viewer, &format!("{path}?cursor={cursor}")).await.refused(ProblemCode::Invalid);
        }
        // Far away, but a time: there is nothing beyond it, or everything.
        cloud.get(&viewer, &format!("{path}?cursor=8000000000000000000_{id}")).await.expect(200);
    }
}
