//! Telemetry while the server and PostgreSQL are killed: what was acknowledged is there, once, and nothing else is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use devos_contracts::api::Page;
use devos_contracts::query::LogEntry;
use nix::sys::signal::{Signal, kill};
use reqwest::blocking::Client;
use serde_json::json;

use crate::system::{System, wait};

/// Records in a batch.
const RECORDS: u64 = 20;
/// Senders at once.
const SENDERS: usize = 4;

/// Senders that try each batch until it is acknowledged, as SDKs do.
struct Senders {
    address: Arc<RwLock<String>>,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    threads: Vec<JoinHandle<Vec<u64>>>,
}

impl Senders {
    fn start(system: &System) -> Self {
        let mut senders = Self {
            address: Arc::new(RwLock::new(system.url.clone())),
            stop: Arc::default(),
            acknowledged: Arc::default(),
            threads: Vec::new(),
        };
        let numbers = Arc::new(AtomicU64::new(0));
        for _ in 0..SENDERS {
            let (address, token) = (senders.address.clone(), system.token.clone());
            let (stop, acknowledged, numbers) = (senders.stop.clone(), senders.acknowledged.clone(), numbers.clone());
            senders.threads.push(thread::spawn(move || {
                let client = Client::builder().timeout(Duration::from_secs(5)).build().unwrap();
                let mut mine = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let number = numbers.fetch_add(1, Ordering::Relaxed);
                    let body = batch(number);
                    wait("the batch is acknowledged", Duration::from_mins(1), || {
                        send(&client, &address.read().unwrap(), &token, &body).then_some(())
                    });
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                    mine.push(number);
                }
                mine
            }));
        }
        senders
    }

    /// Waits until so many more batches are acknowledged.
    fn await_more(&self, batches: u64) {
        let before = self.acknowledged.load(Ordering::Relaxed);
        let enough = || (self.acknowledged.load(Ordering::Relaxed) >= before + batches).then_some(());
        wait("batches are acknowledged", Duration::from_mins(1), enough);
    }

    fn go_to(&self, system: &System) {
        self.address.write().unwrap().clone_from(&system.url);
    }

    /// Every batch that was acknowledged.
    fn end(self) -> Vec<u64> {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    }
}

/// The same body for the same number.
fn batch(number: u64) -> String {
    let record = |index: u64| {
        json!({
            "body": { "stringValue": format!("record {index} of batch {number}") },
            "attributes": [{ "key": "batch", "value": { "intValue": number } }],
        })
    };
    let records: Vec<_> = (0..RECORDS).map(record).collect();
    json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": records }] }] }).to_string()
}

fn send(client: &Client, address: &str, token: &str, body: &str) -> bool {
    let request = client.post(format!("{address}/v1/logs")).bearer_auth(token);
    let sent = request.header("content-type", "application/json").body(body.to_owned()).send();
    match sent {
        Ok(answer) if answer.status().is_success() => true,
        Ok(answer) => {
            assert!(answer.status().is_server_error() || answer.status() == 429, "{}", answer.status());
            false
        }
        Err(_) => false,
    }
}

/// Records by batch, read through the API page by page.
fn stored(system: &System) -> BTreeMap<u64, u64> {
    let mut counts = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page: Page<LogEntry> = system.get(&format!("/logs?filter=batch:*&limit=1000{cursor}"));
        for entry in &page.items {
            *counts.entry(entry.attributes["batch"].as_u64().unwrap()).or_default() += 1;
        }
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return counts,
        }
    }
}

#[test]
fn what_was_acknowledged_survives_kills_of_the_server_and_of_postgresql() {
    let mut system = System::start();
    let senders = Senders::start(&system);
    for round in 0..6 {
        senders.await_more(20);
        if round % 2 == 0 {
            system.end(Signal::SIGKILL);
        } else {
            kill(system.postmaster().unwrap(), Signal::SIGKILL).unwrap();
            system.ended();
        }
        system = system.again();
        senders.go_to(&system);
    }
    senders.await_more(20);
    kill(system.worker(), Signal::SIGKILL).unwrap();
    senders.await_more(20);

    let acknowledged = senders.end();
    let stored = stored(&system);
    println!("{} batches of {RECORDS} records acknowledged over 7 kills", acknowledged.len());
    for number in &acknowledged {
        assert_eq!(stored.get(number), Some(&RECORDS), "batch {number} was acknowledged");
    }
    // A batch whose sender was told nothing is there as a whole or not at all.
    assert!(stored.values().all(|records| *records == RECORDS), "no batch is there in part or twice");
}
