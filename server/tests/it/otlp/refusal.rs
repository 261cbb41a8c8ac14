//! What is refused, in OTLP's own words, and leaves nothing behind.

use devos_contracts::scope::{Role, TokenScope};
use prost::Message;
use serde_json::Value;

use super::{JSON, PROTOBUF, counts, gzip, log, logs, send, send_packed, span, spans, start, zstd};
use crate::answer::Answer;
use crate::cloud::{Cloud, Credentials, unique};

/// `google.rpc.Status`, as clients read it.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

/// Fails unless the answer is a `Status` in the request's encoding; answers its message.
#[track_caller]
fn refused(answer: &Answer, http: u16, code: i32, kind: &str) -> String {
    answer.expect(http);
    assert_eq!(answer.header("content-type"), kind, "{}", answer.text());
    assert!(!answer.header("x-request-id").is_empty());
    let status = if kind == PROTOBUF {
        Status::decode(answer.body.as_slice()).unwrap()
    } else {
        let body: Value = answer.json(http);
        Status { code: body["code"].as_i64().unwrap().try_into().unwrap(), message: body["message"].to_string() }
    };
    assert_eq!(status.code, code, "{}", status.message);
    assert!(status.message.len() > 5);
    status.message
}

fn fine() -> Vec<u8> {
    logs("shop", vec![log(9, "served")]).encode_to_vec()
}

async fn assert_nothing_stored(cloud: &Cloud) {
    assert_eq!(counts(cloud).await, [0, 0, 0, 0]);
    let rows = cloud.rows("SELECT 1 AS one FROM telemetry_drops UNION ALL SELECT 1 FROM patterns", &[]).await;
    assert!(rows.is_empty(), "{} drops or patterns", rows.len());
}

#[tokio::test]
async fn other_content_types_are_refused() {
    let (cloud, token) = start().await;
    for kind in ["text/plain", "application/protobuf", "application/jsonx", ""] {
        for path in ["/v1/logs", "/v1/traces", "/v1/metrics"] {
            let answer = send(&cloud, &token, path, kind, fine()).await;
            refused(&answer, 415, 3, JSON);
        }
    }
    assert_nothing_stored(&cloud).await;
}

#[tokio::test]
async fn other_encodings_are_refused() {
    let (cloud, token) = start().await;
    for encoding in ["deflate", "br", "gzip, gzip", "\u{e9}"] {
        let request = token.sign(cloud.request(reqwest::Method::POST, "/v1/logs"));
        let request = request.header("content-type", PROTOBUF).header("content-encoding", encoding);
        refused(&Answer::to(request.body(fine())).await, 415, 3, PROTOBUF);
    }
    assert_nothing_stored(&cloud).await;
}

#[tokio::test]
async fn malformed_bodies_are_refused_as_a_whole() {
    let (cloud, token) = start().await;
    let mut cut = spans("shop", vec![span(1), span(2)]).encode_to_vec();
    cut.truncate(cut.len() - 3);
    let half = |text: &str| text.as_bytes()[..text.len() / 2].to_vec();
    let json = serde_json::to_string(&logs("shop", vec![log(17, "KeyError"), log(17, "KeyError")])).unwrap();
    for (path, kind, body) in [
        ("/v1/traces", PROTOBUF, cut),
        ("/v1/logs", PROTOBUF, vec![0xff; 64]),
        ("/v1/logs", PROTOBUF, json.clone().into_bytes()),
        ("/v1/logs", JSON, half(&json)),
        ("/v1/logs", JSON, b"[1, 2]".to_vec()),
        ("/v1/traces", JSON, br#"{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": 7}]}]}]}"#.to_vec()),
        ("/v1/logs", JSON, "[".repeat(100_000).into_bytes()),
        ("/v1/metrics", JSON, br#"{"resourceMetrics": 7}"#.to_vec()),
        ("/v1/metrics", PROTOBUF, b"\x0a\x07metrics".to_vec()),
        ("/v1/logs", JSON, Vec::new()),
    ] {
        let answer = send(&cloud, &token, path, kind, body).await;
        refused(&answer, 400, 3, kind);
    }
    for (coding, whole) in [("gzip", gzip(&fine())), ("zstd", zstd(&fine()))] {
        let corrupt = [&whole[..20], b"garbage"].concat();
        for body in [corrupt, fine(), Vec::new()] {
            let answer = send_packed(&cloud, &token, "/v1/logs", PROTOBUF, (coding, body)).await;
            refused(&answer, 400, 3, PROTOBUF);
        }
    }
    assert_nothing_stored(&cloud).await;
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let (cloud, token) = start().await;
    for kind in [PROTOBUF, JSON] {
        let answer = send(&cloud, &token, "/v1/logs", kind, vec![b' '; (8 << 20) + 1]).await;
        refused(&answer, 413, 8, kind);
    }
    let plain = vec![b' '; (16 << 20) + 1];
    for (coding, bomb) in [("gzip", gzip(&plain)), ("zstd", zstd(&plain))] {
        assert!(bomb.len() < 1 << 20);
        let answer = send_packed(&cloud, &token, "/v1/traces", JSON, (coding, bomb)).await;
        refused(&answer, 413, 8, JSON);
    }
    assert_nothing_stored(&cloud).await;
}

#[tokio::test]
async fn many_records_are_refused_before_anything_is_made_of_them() {
    let (cloud, token) = start().await;
    for records in [100_001, 4_000_000] {
        let text =
            format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{}{{}}]}}]}}]}}"#, "{},".repeat(records));
        let body = ("gzip", gzip(text.as_bytes()));
        assert!(body.1.len() < 100_000);
        let message = refused(&send_packed(&cloud, &token, "/v1/logs", JSON, body).await, 400, 3, JSON);
        assert!(message.contains("more than"), "{message}");
    }
    assert_nothing_stored(&cloud).await;
}

#[tokio::test]
async fn a_sender_without_the_right_is_told_before_its_body_is_read() {
    let (cloud, _) = start().await;
    let reading = cloud.token(&[TokenScope::Read]).await;
    for kind in [PROTOBUF, JSON] {
        let garbage = ("gzip", b"garbage".to_vec());
        refused(&send_packed(&cloud, &reading, "/v1/metrics", kind, garbage).await, 403, 7, kind);
        let odd = ("br", b"garbage".to_vec());
        refused(&send_packed(&cloud, &Credentials::None, "/v1/metrics", kind, odd).await, 401, 16, kind);
    }
}

#[tokio::test]
async fn a_server_without_its_database_says_when_to_try_again() {
    let (cloud, token) = start().await;
    cloud.app.store.close().await;
    for kind in [PROTOBUF, JSON] {
        let answer = send(&cloud, &token, "/v1/metrics", kind, Vec::new()).await;
        refused(&answer, 503, 14, kind);
        assert_eq!(answer.header("retry-after"), "5");
    }
}

#[tokio::test]
async fn only_a_token_that_may_ingest_is_let_in() {
    let (cloud, _) = start().await;
    let owner = cloud.person(Role::Owner).await;
    let unknown = Credentials::Token(unique("dvs_"));
    for kind in [PROTOBUF, JSON] {
        for who in [&Credentials::None, &unknown, &owner, &Credentials::Token("no-token".to_owned())] {
            refused(&send(&cloud, who, "/v1/logs", kind, fine()).await, 401, 16, kind);
        }
        let reading = cloud.token(&[TokenScope::Read, TokenScope::Write, TokenScope::Admin]).await;
        let body = if kind == JSON { b"{}".to_vec() } else { fine() };
        refused(&send(&cloud, &reading, "/v1/logs", kind, body).await, 403, 7, kind);
    }
    let request = cloud.request(reqwest::Method::POST, "/v1/logs").basic_auth("user", Some("password"));
    let answer = Answer::to(request.header("content-type", PROTOBUF).body(fine())).await;
    refused(&answer, 401, 16, PROTOBUF);
    assert_nothing_stored(&cloud).await;
}

#[tokio::test]
async fn the_scheme_of_a_token_is_read_in_any_case() {
    let (cloud, token) = start().await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let request = cloud.request(reqwest::Method::POST, "/v1/logs").header("content-type", PROTOBUF);
        let request = request.header("authorization", format!("{scheme} {}", token.secret()));
        Answer::to(request.body(fine())).await.expect(200);
    }
}

#[tokio::test]
async fn a_revoked_token_is_out_at_once() {
    let cloud = Cloud::start().await;
    let (id, token) = cloud.token_of(&cloud.tenant, &[TokenScope::Ingest]).await;
    send(&cloud, &token, "/v1/logs", PROTOBUF, fine()).await.expect(200);
    let owner = cloud.person(Role::Owner).await;
    let request = cloud.request(reqwest::Method::DELETE, &format!("/api/v1/tokens/{id}"));
    Answer::to(owner.sign(request)).await.expect(204);
    refused(&send(&cloud, &token, "/v1/logs", PROTOBUF, fine()).await, 401, 16, PROTOBUF);
    assert_eq!(counts(&cloud).await, [1, 0, 1, 1]);
}
