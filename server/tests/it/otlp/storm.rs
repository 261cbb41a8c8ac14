//! Senders that are broken, slow, or too many.

use std::time::{Duration, Instant};

use devos_contracts::scope::TokenScope;
use prost::Message;
use reqwest::Method;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{JSON, PROTOBUF, counts, log, logs, points, send, span, spans, start};
use crate::answer::Answer;
use crate::cloud::{Cloud, Credentials, unique};

/// A seeded generator (Knuth's constants), so that every damage can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    /// A few bytes changed, cut, doubled or put in.
    fn damage(&mut self, body: &[u8]) -> Vec<u8> {
        let mut body = body.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(body.len());
            match self.below(4) {
                0 => body.truncate(at),
                1 => body.insert(at, u8::try_from(self.below(256)).unwrap()),
                2 => body.extend_from_within(at..),
                _ if body.is_empty() => body.push(b'{'),
                _ => body[at] ^= 1 << self.below(8),
            }
        }
        body
    }
}

#[tokio::test]
async fn a_thousand_damaged_bodies_are_refused_or_read_and_all_are_counted() {
    let (cloud, token) = start().await;
    let mut chance = Chance(7);
    let whole: Vec<(&str, &str, Vec<u8>)> = vec![
        ("/v1/logs", PROTOBUF, logs("shop", vec![log(9, "served"), log(17, "KeyError")]).encode_to_vec()),
        ("/v1/traces", PROTOBUF, spans("shop", vec![span(1), span(2)]).encode_to_vec()),
        ("/v1/metrics", PROTOBUF, points("shop", &[Some(1.0), None]).encode_to_vec()),
        ("/v1/logs", JSON, serde_json::to_vec(&logs("shop", vec![log(9, "served")])).unwrap()),
        ("/v1/traces", JSON, serde_json::to_vec(&spans("shop", vec![span(1)])).unwrap()),
    ];
    let mut malformed = 0;
    for number in 0..1000 {
        let (path, kind, body) = &whole[number % whole.len()];
        let answer = send(&cloud, &token, path, kind, chance.damage(body)).await;
        assert!(matches!(answer.status, 200 | 400), "{} for damage {number}: {}", answer.status, answer.text());
        malformed += u64::from(answer.status == 400);
    }
    assert!(malformed > 300, "{malformed} of them could not be read");
    cloud.app.ingest.flush().await.unwrap();
    assert_eq!(dropped(&cloud, "malformed").await, malformed);
    send(&cloud, &token, "/v1/logs", JSON, whole[3].2.clone()).await.expect(200);
}

async fn dropped(cloud: &Cloud, reason: &str) -> u64 {
    let sql = "SELECT coalesce(sum(count), 0)::text AS count FROM telemetry_drops WHERE reason = $1";
    let rows = cloud.rows(sql, &[reason]).await;
    rows[0]["count"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn slow_senders_hold_up_nobody() {
    let (cloud, token) = start().await;
    let Credentials::Token(secret) = &token else { panic!("a token") };
    let address = cloud.url.trim_start_matches("http://").to_owned();
    let head = format!(
        "POST /v1/logs HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {secret}\r\ncontent-type: {PROTOBUF}\r\ncontent-length: 100000\r\n\r\n"
    );
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&[0x0a; 1000]).await.unwrap();
        slow.push(stream);
    }
    let begun = Instant::now();
    for _ in 0..20 {
        let body = logs("shop", vec![log(9, &unique("served"))]).encode_to_vec();
        send(&cloud, &token, "/v1/logs", PROTOBUF, body).await.expect(200);
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?} beside {} slow ones", begun.elapsed(), slow.len());
}

#[tokio::test]
async fn a_storm_of_connections_is_served_or_told_to_come_back() {
    let (cloud, _) = start().await;
    let token = cloud.token(&[TokenScope::Ingest]).await;
    let mut storm = JoinSet::new();
    for _ in 0..400 {
        let body = logs("shop", vec![log(9, &unique("served")), log(9, "again")]).encode_to_vec();
        // A client of its own for each: a connection of its own.
        let client = reqwest::Client::new();
        let request = client.request(Method::POST, format!("{}/v1/logs", cloud.url));
        let request = token.sign(request).header("content-type", PROTOBUF).body(body);
        storm.spawn(async move { Answer::to(request).await });
    }
    let mut served = 0;
    for answer in storm.join_all().await {
        match answer.status {
            200 => served += 1,
            503 => assert!(!answer.header("retry-after").is_empty()),
            status => panic!("{status}: {}", answer.text()),
        }
    }
    assert!(served >= 64, "{served} of 400 were served");
    assert_eq!(counts(&cloud).await[0], served * 2, "what was acknowledged is there, and nothing else");
}
