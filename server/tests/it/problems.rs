//! How requests fail, whatever they ask.

use std::io::Read;

use devos_contracts::problem::{Problem, ProblemCode};
use devos_contracts::scope::{Role, TokenScope};
use flate2::read::GzDecoder;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::cloud::{Cloud, Credentials};
use crate::document::operations;

/// A path of the document with ids that name nothing.
fn filled(path: &str, id: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { id } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn unknown_paths_are_not_found() {
    let cloud = Cloud::start().await;
    let owner = cloud.person(Role::Owner).await;
    let unknown =
        ["/api", "/api/v1", "/api/v1/nothing", "/api/v2/patterns", "/v1/profiles", "/v1/logs/", "/nothing.js"];
    for path in unknown {
        for who in [&Credentials::None, &owner] {
            // A path that a browser may navigate to is the dashboard's.
            if path != "/api" {
                cloud.get(who, path).await.refused(ProblemCode::NotFound);
            }
            for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
                Answer::to(who.sign(cloud.request(method, path))).await.refused(ProblemCode::NotFound);
            }
        }
    }
}

#[tokio::test]
async fn other_methods_of_a_path_are_named() {
    let cloud = Cloud::start().await;
    let operations = operations();
    let mut asked = 0;
    for path in operations.iter().map(|operation| &operation.path) {
        let known: Vec<_> =
            operations.iter().filter(|other| other.path == *path).map(|other| other.method.as_str()).collect();
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            if known.contains(&method) {
                continue;
            }
            let request = Method::from_bytes(method.as_bytes()).unwrap();
            let path = filled(path, &Uuid::now_v7().to_string());
            let answer = Answer::to(cloud.request(request, &path)).await;
            answer.refused(ProblemCode::MethodNotAllowed);
            let allowed: Vec<&str> = answer.header("allow").split(',').collect();
            assert!(known.iter().all(|known| allowed.contains(known)), "{path}: {allowed:?}");
            asked += 1;
        }
    }
    for path in ["/v1/logs", "/v1/traces"] {
        cloud.get(&Credentials::None, path).await.refused(ProblemCode::MethodNotAllowed);
    }
    assert!(asked > 80, "{asked} requests");
}

#[tokio::test]
async fn ids_of_another_form_name_nothing() {
    let cloud = Cloud::start().await;
    let owner = cloud.person(Role::Owner).await;
    for operation in operations().iter().filter(|operation| operation.path.contains("{id}")) {
        for id in ["1", "not-an-id", "%00", "%ff", "..%2f..", "0193a000-0000-7000-8000-00000000000g"] {
            let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
            let request = owner.sign(cloud.request(method, &filled(&operation.path, id)));
            let answer = Answer::to(request.header("if-match", "\"1\"").json(&json!({}))).await;
            answer.refused(ProblemCode::NotFound);
        }
    }
}

#[tokio::test]
async fn bodies_of_another_form_are_refused() {
    let cloud = Cloud::start().await;
    let owner = cloud.person(Role::Owner).await;
    let mut asked = 0;
    for operation in operations() {
        let Some(content) = operation.described["requestBody"]["content"].as_object() else { continue };
        // Uploads of reports know several forms; `results` and `junit` try those.
        if !content.contains_key("application/json") || content.len() > 1 {
            continue;
        }
        let path = filled(&operation.path, &Uuid::now_v7().to_string());
        let send = async |kind: &str, body: Vec<u8>| {
            let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
            let request = owner.sign(cloud.request_from_elsewhere(method, &path)).header("if-match", "\"1\"");
            Answer::to(request.header("content-type", kind).body(body)).await
        };
        for body in ["", "{", "[]", "null", "7", "{}", r#"{"unknown":1}"#, "\u{feff}{}"] {
            send("application/json", body.as_bytes().to_vec()).await.refused(ProblemCode::Malformed);
        }
        send("application/json", vec![0xff, 0xfe]).await.refused(ProblemCode::Malformed);
        send("application/json", "[".repeat(10_000).into_bytes()).await.refused(ProblemCode::Malformed);
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""] {
            send(kind, b"{}".to_vec()).await.refused(ProblemCode::UnsupportedMedia);
        }
        send("application/json", vec![b' '; (1 << 20) + 1]).await.refused(ProblemCode::TooLarge);
        asked += 1;
    }
    assert!(asked >= 9, "{asked} operations take JSON");
}

/// A known body, and every text in it replaced by an odd one.
#[tokio::test]
async fn odd_texts_break_nothing() {
    let cloud = Cloud::start().await;
    let owner = cloud.person(Role::Owner).await;
    let repository = cloud.repository().await;
    let waiting = cloud.waiting(&repository).await;
    let pattern = waiting.proposal.pattern;
    let remote = cloud.git_repository();
    for odd in ["\0", "a\0b", "\u{202e}\u{0}", "\u{10ffff}", &"x".repeat(100_000)] {
        for (path, body) in [
            ("/api/v1/tokens".to_owned(), json!({ "name": odd, "scopes": ["read"] })),
            ("/api/v1/sign-in".to_owned(), json!({ "email": odd, "password": odd })),
            ("/api/v1/sign-in/link".to_owned(), json!({ "token": odd, "password": odd })),
            ("/api/v1/repositories".to_owned(), json!({ "name": odd, "remote": remote })),
            ("/api/v1/repositories".to_owned(), json!({ "name": "odd", "remote": odd })),
            ("/api/v1/repositories".to_owned(), json!({ "name": "odd", "remote": remote, "services": [odd] })),
            ("/api/v1/repositories".to_owned(), json!({ "name": "odd", "remote": remote, "default_branch": odd })),
            (format!("/api/v1/patterns/{pattern}/pause"), json!({ "reason": odd })),
            (format!("/api/v1/proposals/{}/reject", waiting.proposal.id), json!({ "reason": odd })),
            (format!("/api/v1/repairs/{}/cancel", cloud.repair(repository.id).await), json!({ "reason": odd })),
        ] {
            let request = owner.sign(cloud.request_from_elsewhere(Method::POST, &path)).json(&body);
            let answer = Answer::to(request).await;
            assert!(answer.status < 500, "{path} {}: {}", &odd[..odd.len().min(8)], answer.text());
        }
    }
    for query in ["q=%00", "q=%5C", "q=%25_", "q=a%00b", "cursor=%00", "cursor=", "q=%F4%8F%BF%BF"] {
        let answer = cloud.get(&owner, &format!("/api/v1/patterns?{query}")).await;
        assert!(answer.status < 500, "{query}: {}", answer.text());
    }
    for list in ["patterns", "repairs", "proposals", "repositories", "tokens"] {
        cloud.get(&owner, &format!("/api/v1/{list}")).await.expect(200);
    }
    cloud.get(&owner, &format!("/api/v1/repairs/{}", waiting.repair)).await.expect(200);
}

#[tokio::test]
async fn compressed_failures_are_readable() {
    let cloud = Cloud::start().await;
    let owner = cloud.person(Role::Owner).await;
    let large = cloud.request(Method::PUT, "/api/v1/me/password").header("content-type", "application/json");
    let large = large.body(vec![b' '; (1 << 20) + 1]);
    let ingest = cloud.token(&[TokenScope::Ingest]).await;
    let report =
        cloud.request(Method::POST, "/api/v1/repositories/shop/junit?commit=x").body(vec![b' '; (32 << 20) + 1]);
    for (request, code) in [
        (cloud.request(Method::GET, "/api/v1/nothing"), ProblemCode::NotFound),
        (cloud.request(Method::GET, "/nothing.js"), ProblemCode::NotFound),
        (cloud.request(Method::GET, "/api/v1/patterns?limit=x"), ProblemCode::Malformed),
        (owner.sign(large), ProblemCode::TooLarge),
        (ingest.sign(report), ProblemCode::TooLarge),
    ] {
        let request = if code == ProblemCode::Malformed { owner.sign(request) } else { request };
        let answer = Answer::to(request.header("accept-encoding", "gzip")).await;
        assert_eq!(answer.status, code.status());
        let mut text = String::new();
        match answer.header("content-encoding") {
            "gzip" => drop(GzDecoder::new(answer.body.as_slice()).read_to_string(&mut text).unwrap()),
            other => {
                assert_eq!(other, "");
                text = answer.text();
            }
        }
        let problem: Problem = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(problem.code, code);
        assert!(problem.detail.is_ascii(), "{}", problem.detail);
    }
    cloud.repository().await;
    let list = owner.sign(cloud.request(Method::GET, "/api/v1/repositories")).header("accept-encoding", "gzip");
    let list = Answer::to(list).await;
    assert_eq!(list.header("content-encoding"), "gzip");
    let mut text = String::new();
    GzDecoder::new(list.body.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn every_answer_has_an_id_of_ours_and_says_what_browsers_may_do() {
    let cloud = Cloud::start().await;
    let mut ids = Vec::new();
    for path in ["/healthz", "/api/v1/me", "/api/v1/nothing", "/v1/logs"] {
        let request = cloud.request(Method::GET, path).header("x-request-id", "theirs");
        let answer = Answer::to(request).await;
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        ids.push(answer.header("x-request-id").to_owned());
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4, "{ids:?}");
    assert!(ids.iter().all(|id| id.len() == 32));
}

#[tokio::test]
async fn without_its_database_the_server_says_when_to_come_back() {
    let cloud = Cloud::start().await;
    let viewer = cloud.person(Role::Viewer).await;
    cloud.get(&Credentials::None, "/readyz").await.expect(200);
    let limit = async |limit: &str| {
        let change = format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT {limit}', current_database());
                PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid(); END $$"
        );
        cloud.run(&change).await;
    };
    limit("0").await;
    cloud.get(&Credentials::None, "/healthz").await.expect(200);
    let token = Credentials::Token("dvs_any".to_owned());
    let export = token.sign(cloud.request(Method::POST, "/v1/logs")).header("content-type", "application/json");
    // At once: each waits for a connection as long as the store does.
    let (ready, list, export) = futures::join!(
        cloud.get(&Credentials::None, "/readyz"),
        cloud.get(&viewer, "/api/v1/patterns"),
        Answer::to(export.body("{}"))
    );
    ready.refused(ProblemCode::Unavailable);
    list.refused(ProblemCode::Unavailable);
    assert_eq!(export.json::<Value>(503)["code"], 14);
    assert!(!export.header("retry-after").is_empty());
    limit("-1").await;
    cloud.get(&Credentials::None, "/readyz").await.expect(200);
    cloud.get(&viewer, "/api/v1/patterns").await.expect(200);
}
