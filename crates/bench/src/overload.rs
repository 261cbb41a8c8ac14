//! `bench overload`: more senders than can be served, for as long as asked; what is refused, and what memory does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::database::Database;
use crate::ingest::otlp::{self, OtlpWriter};
use crate::ingest::payload::{Payload, Telemetry};
use crate::{process, served};

/// How a run is made.
pub struct Plan {
    /// For how long.
    pub length: Duration,
    /// Senders that never pause, each on a connection of its own.
    pub senders: usize,
    /// Records in a batch.
    pub batch: usize,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Requests by the status of their answer.
    pub answers: BTreeMap<u16, u64>,
    /// Requests sent for each one that was served.
    pub load: f64,
    /// Records that were acknowledged, a second.
    pub rows_s: f64,
    /// Records that were acknowledged.
    pub acknowledged: u64,
    /// Records that are stored.
    pub stored: u64,
    /// The server's memory after the first tenth of the time, in mebibytes.
    pub early_rss_mb: u64,
    /// The most it ever held.
    pub peak_rss_mb: u64,
    /// The second divided by the first.
    pub growth: f64,
}

/// Sends until the time is over.
#[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 of anything")]
pub async fn run(plan: &Plan) -> Result<Report> {
    let database = Database::start().await?;
    let store = Arc::new(database.store(1).await?);
    let access = otlp::admit(&store).await?;
    let served = served::start(&database.urls).await?;
    let payload = Arc::new(Payload::build(Telemetry::Logs, plan.batch));
    let numbers = Arc::new(AtomicU64::new(1));
    let start = Instant::now();
    let mut senders = JoinSet::new();
    for _ in 0..plan.senders {
        let writer = OtlpWriter::connect(served.address, &access, &payload, &numbers).await?;
        senders.spawn(keep_sending(writer, start, plan.length));
    }
    tokio::time::sleep(plan.length / 10).await;
    let early_rss_mb = process::peak_rss_mb(served.pid);

    let mut answers: BTreeMap<u16, u64> = BTreeMap::new();
    for sent in senders.join_all().await {
        for (status, count) in sent? {
            *answers.entry(status).or_default() += count;
        }
    }
    let took = start.elapsed();
    let peak_rss_mb = process::peak_rss_mb(served.pid);
    served.stop().await?;
    let batches = answers.get(&200).copied().unwrap_or_default();
    let acknowledged = batches * payload.rows as u64;
    Ok(Report {
        load: answers.values().sum::<u64>() as f64 / batches.max(1) as f64,
        answers,
        rows_s: acknowledged as f64 / took.as_secs_f64(),
        acknowledged,
        stored: database.count(Telemetry::Logs.table()).await?,
        early_rss_mb,
        peak_rss_mb,
        growth: peak_rss_mb as f64 / early_rss_mb.max(1) as f64,
    })
}

/// Sends batch after batch; a refused one is another batch's turn at once, which no honest sender would do.
async fn keep_sending(mut writer: OtlpWriter, start: Instant, length: Duration) -> Result<BTreeMap<u16, u64>> {
    let mut answers = BTreeMap::new();
    while start.elapsed() < length {
        *answers.entry(writer.send().await?.0).or_default() += 1;
    }
    Ok(answers)
}
