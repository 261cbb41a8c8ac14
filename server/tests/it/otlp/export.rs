//! What is accepted.

use devos_contracts::api::{Page, PatternDetail};
use devos_contracts::pattern::Pattern;
use devos_contracts::scope::{Role, TokenScope};
use devos_contracts::signal::SignalType;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::trace::v1::span::Event;
use prost::Message;
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    JSON, PROTOBUF, attribute, counts, gzip, log, logs, points, send, send_packed, span, spans, start, stored_points,
    zstd,
};
use crate::answer::Answer;
use crate::cloud::{Cloud, unique};

/// A new request of a signal, encoded.
fn body(path: &str, kind: &str) -> Vec<u8> {
    fn encode(message: &(impl Message + Serialize), kind: &str) -> Vec<u8> {
        if kind == PROTOBUF { message.encode_to_vec() } else { serde_json::to_vec(message).unwrap() }
    }
    match path {
        "/v1/logs" => encode(&logs("shop", vec![log(9, &unique("served"))]), kind),
        "/v1/traces" => encode(&spans("shop", vec![span(1), span(2)]), kind),
        _ => encode(&points("shop", &[Some(1.0), Some(2.0), Some(3.0)]), kind),
    }
}

#[tokio::test]
async fn every_encoding_of_every_signal_is_stored() {
    let (cloud, token) = start().await;
    let mut expected = [0, 0, 0, 1];
    let mut expected_points = 0;
    for kind in [PROTOBUF, JSON] {
        for coding in ["identity", "gzip", "zstd"] {
            for path in ["/v1/logs", "/v1/traces", "/v1/metrics"] {
                let plain = body(path, kind);
                let packed = match coding {
                    "gzip" => gzip(&plain),
                    "zstd" => zstd(&plain),
                    _ => plain,
                };
                let answer = send_packed(&cloud, &token, path, kind, (coding, packed)).await;
                answer.expect(200);
                assert_eq!(answer.header("content-type"), kind);
                assert_eq!(answer.text(), if kind == JSON { "{}" } else { "" });
                match path {
                    "/v1/logs" => expected[0] += 1,
                    "/v1/traces" => expected[1] += 2,
                    _ => expected_points += 3,
                }
                expected[2] += 1;
                assert_eq!(counts(&cloud).await, expected, "{path} {kind} {coding}");
                assert_eq!(stored_points(&cloud).await, expected_points, "{path} {kind} {coding}");
            }
        }
    }
}

#[tokio::test]
async fn content_types_are_read_in_any_case_and_with_parameters() {
    let (cloud, token) = start().await;
    for (kind, read) in [
        ("application/json; charset=utf-8", JSON),
        ("application/json;charset=UTF-8", JSON),
        ("Application/JSON", JSON),
        ("application/x-protobuf; proto=x", PROTOBUF),
    ] {
        let answer = send(&cloud, &token, "/v1/logs", kind, body("/v1/logs", read)).await;
        answer.expect(200);
        assert_eq!(answer.header("content-type"), read);
    }
    assert_eq!(counts(&cloud).await, [4, 0, 4, 1]);
}

#[tokio::test]
async fn what_was_sent_is_what_is_stored() {
    let (cloud, token) = start().await;
    let body = json!({ "resourceLogs": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] },
        "scopeLogs": [{
            "scope": { "name": "shop.cart", "version": "2" },
            "logRecords": [{
                "timeUnixNano": super::nanoseconds().to_string(),
                "severityNumber": 9,
                "severityText": "INFO",
                "body": { "stringValue": "served a cart" },
                "attributes": [{ "key": "cart.items", "value": { "intValue": "3" } }],
                "traceId": "5b8efff798038103d269b633813fc60c",
                "spanId": "eee19b7ec3c1b174",
                "unknownField": true
            }]
        }]
    }]});
    send(&cloud, &token, "/v1/logs", "application/json; charset=utf-8", body.to_string().into_bytes())
        .await
        .expect(200);
    let sql = "SELECT body, severity_number, severity_text, scope_name, scope_version, service, attributes,
        encode(trace_id, 'hex') AS trace, encode(span_id, 'hex') AS span, tenant_id::text AS tenant FROM application_logs";
    let expected = json!({
        "body": "served a cart", "severity_number": 9, "severity_text": "INFO", "scope_name": "shop.cart",
        "scope_version": "2", "service": "shop", "attributes": { "cart.items": 3 },
        "trace": "5b8efff798038103d269b633813fc60c", "span": "eee19b7ec3c1b174",
        "tenant": cloud.scope().tenant.to_string(),
    });
    assert_eq!(cloud.rows(sql, &[]).await, [expected]);
}

#[tokio::test]
async fn a_repeated_request_is_stored_once() {
    let (cloud, token) = start().await;
    let body = logs("shop", vec![log(17, "KeyError: 'x'")]).encode_to_vec();
    for _ in 0..3 {
        send(&cloud, &token, "/v1/logs", PROTOBUF, body.clone()).await.expect(200);
    }
    assert_eq!(counts(&cloud).await, [1, 0, 1, 1]);
    let seen = cloud.rows("SELECT sum(occurrences)::bigint AS seen FROM patterns", &[]).await;
    assert_eq!(seen[0]["seen"], 1);

    // Another sender's equal words are its own.
    let (_, other) = cloud.token_of(&cloud.stranger, &[TokenScope::Ingest]).await;
    send(&cloud, &other, "/v1/logs", PROTOBUF, body).await.expect(200);
    assert_eq!(counts(&cloud).await, [2, 0, 2, 2]);
}

#[tokio::test]
async fn requests_at_the_same_time_are_stored_once_too() {
    let (cloud, token) = start().await;
    let body = logs("shop", vec![log(9, "served")]).encode_to_vec();
    let requests = (0..8).map(|_| send(&cloud, &token, "/v1/logs", PROTOBUF, body.clone()));
    for answer in futures::future::join_all(requests).await {
        answer.expect(200);
    }
    assert_eq!(counts(&cloud).await, [1, 0, 1, 1]);
}

#[tokio::test]
async fn a_bad_span_is_named_and_the_rest_is_stored() {
    let (cloud, token) = start().await;
    let request = spans("shop", vec![span(1), span(0), span(2), span(0)]);
    let answer = send(&cloud, &token, "/v1/traces", JSON, serde_json::to_vec(&request).unwrap()).await;
    let expected = json!({ "partialSuccess": { "rejectedSpans": "2", "errorMessage": "2 invalid_id" } });
    assert_eq!(answer.json::<Value>(200), expected);
    assert_eq!(counts(&cloud).await, [0, 2, 1, 1]);

    let request = spans("shop", vec![span(0)]);
    let answer = send(&cloud, &token, "/v1/traces", PROTOBUF, request.encode_to_vec()).await;
    answer.expect(200);
    let partial = ExportTracePartialSuccess { rejected_spans: 1, error_message: "1 invalid_id".to_owned() };
    let expected = ExportTraceServiceResponse { partial_success: Some(partial) };
    assert_eq!(ExportTraceServiceResponse::decode(answer.body.as_slice()).unwrap(), expected);
    assert_eq!(counts(&cloud).await[1], 2);
    let drops = cloud.rows("SELECT signal, reason, count FROM telemetry_drops", &[]).await;
    assert_eq!(drops, [json!({ "signal": "traces", "reason": "invalid_id", "count": 3 })]);
}

#[tokio::test]
async fn a_bad_log_record_is_named_by_its_own_name() {
    let (cloud, token) = start().await;
    let deep = (0..12).fold(json!({ "stringValue": "x" }), |value, _| json!({ "arrayValue": { "values": [value] } }));
    let record = json!({ "body": { "stringValue": "deep" }, "attributes": [{ "key": "deep", "value": deep }] });
    let fine = json!({ "body": { "stringValue": "fine" } });
    let request = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [record, fine] }] }] });
    let answer = send(&cloud, &token, "/v1/logs", JSON, request.to_string().into_bytes()).await;
    let partial = &answer.json::<Value>(200)["partialSuccess"];
    assert_eq!(partial["rejectedLogRecords"], "1", "{partial}");
    assert!(partial.get("rejectedSpans").is_none(), "{partial}");
    assert_eq!(counts(&cloud).await[0], 1);
}

#[tokio::test]
async fn secrets_are_not_stored() {
    let (cloud, token) = start().await;
    let bearer = "Bearer abcdef0123456789abcdef0123456789";
    let mut record = log(17, "login failed, password: hunter2, for ann@example.com");
    record.attributes =
        vec![attribute("http.request.header.authorization", bearer), attribute("db.password", "hunter2")];
    let mut failing = span(1);
    failing.events = vec![Event {
        name: "exception".to_owned(),
        attributes: vec![
            attribute("exception.type", "AuthError"),
            attribute("exception.message", "refused password=hunter2 for ann@example.com"),
            attribute("exception.stacktrace", &format!("AuthError: {bearer}\n  at login (src/auth.js:3:1)")),
        ],
        ..Event::default()
    }];
    failing.attributes = vec![attribute("url.full", "https://ann:hunter2@example.com/?api_key=hunter2")];
    send(&cloud, &token, "/v1/logs", PROTOBUF, logs("shop", vec![record]).encode_to_vec()).await.expect(200);
    send(&cloud, &token, "/v1/traces", PROTOBUF, spans("shop", vec![failing]).encode_to_vec()).await.expect(200);
    assert_eq!(counts(&cloud).await, [1, 1, 2, 1]);
    let stored = "SELECT to_jsonb(l) AS row FROM log_records l UNION ALL SELECT to_jsonb(s) FROM spans s
        UNION ALL SELECT to_jsonb(r) FROM resources r UNION ALL SELECT to_jsonb(p) FROM patterns p
        UNION ALL SELECT to_jsonb(f) FROM failure_signals f";
    let rows = cloud.rows(stored, &[]).await;
    assert!(rows.len() >= 7, "{} rows", rows.len());
    let text = Value::from(rows).to_string();
    for secret in ["hunter2", "abcdef0123456789", "ann@example.com", "ann:"] {
        assert!(!text.contains(secret), "{secret} is stored: {text}");
    }
    assert!(text.contains("login failed") && text.contains("[REDACTED]"), "{text}");
    let redactions = cloud.rows("SELECT min(redactions) AS fewest FROM ingest_batches", &[]).await;
    assert!(redactions[0]["fewest"].as_i64() >= Some(3), "{redactions:?}");
}

#[tokio::test]
async fn an_error_of_a_connected_service_becomes_a_pattern() {
    let (cloud, token) = start().await;
    let repository = cloud.repository().await;
    let record =
        log(17, "KeyError: 'total'\nTraceback (most recent call last):\n  File \"shop/cart.py\", line 7, in total");
    let request = logs(&repository.name, vec![record, log(9, "fine")]);
    send(&cloud, &token, "/v1/logs", PROTOBUF, request.encode_to_vec()).await.expect(200);
    let viewer = cloud.person(Role::Viewer).await;
    let page: Page<Pattern> = cloud.get(&viewer, "/api/v1/patterns").await.json(200);
    let [pattern] = page.items.as_slice() else { panic!("{page:?}") };
    assert_eq!(pattern.signal_type, SignalType::RuntimeError);
    assert_eq!((pattern.repository, pattern.service.as_ref()), (Some(repository.id), Some(&repository.name)));
    let detail: PatternDetail = cloud.get(&viewer, &format!("/api/v1/patterns/{}", pattern.id)).await.json(200);
    assert!(detail.latest.stack.unwrap().contains("shop/cart.py"));
    let jobs = cloud.rows("SELECT convert_from(job, 'UTF8') AS job FROM apalis.jobs", &[]).await;
    assert_eq!(jobs.len(), 1);
    let job = jobs[0]["job"].as_str().unwrap();
    assert!(job.contains("consider_pattern") && job.contains(&pattern.id.to_string()), "{job}");
}

#[tokio::test]
async fn the_port_for_sdks_takes_telemetry_and_nothing_else() {
    let cloud = Cloud::start_with(|config| config.otlp_http = Some(config.http)).await;
    let token = cloud.token(&[TokenScope::Ingest, TokenScope::Read]).await;
    let client = reqwest::Client::new();
    let at = |method: Method, path: &str| token.sign(client.request(method, format!("{}{path}", cloud.otlp)));
    let body = logs("shop", vec![log(9, "served")]).encode_to_vec();
    Answer::to(at(Method::POST, "/v1/logs").header("content-type", PROTOBUF).body(body)).await.expect(200);
    assert_eq!(counts(&cloud).await, [1, 0, 1, 1]);
    assert_eq!(Answer::to(at(Method::GET, "/readyz")).await.text(), "ok");
    for path in ["/api/v1/patterns", "/", "/index.html"] {
        Answer::to(at(Method::GET, path)).await.refused(devos_contracts::problem::ProblemCode::NotFound);
    }
}
