//! What must happen by the clock: waking repairs, making partitions ahead, dropping old ones and done jobs.
//!
//! Every task here is idempotent, so that two workers doing it at once do no harm.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use devos_ports::Store;
use tokio::time::{MissedTickBehavior, interval};

use crate::wire::Worker;

/// How often due repairs are looked for.
const WAKE: Duration = Duration::from_secs(5);
/// How often the house is kept.
const KEEP: Duration = Duration::from_hours(1);
/// Day partitions made ahead.
const AHEAD_DAYS: u32 = 7;
/// Telemetry and done jobs are kept so long.
const RETENTION: TimeDelta = TimeDelta::days(30);

/// Runs forever; errors are logged and tried again at the next tick.
pub async fn run(worker: Arc<Worker>) {
    let mut wake = interval(WAKE);
    let mut keep = interval(KEEP);
    wake.set_missed_tick_behavior(MissedTickBehavior::Delay);
    keep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = wake.tick() => {
                if let Err(error) = worker.repair.wake().await {
                    tracing::warn!(%error, "due repairs could not be woken");
                }
            }
            _ = keep.tick() => keep_house(&worker, Utc::now()).await,
        }
    }
}

async fn keep_house(worker: &Worker, now: DateTime<Utc>) {
    let store = &worker.store;
    if let Err(error) = store.ensure_partitions(now, AHEAD_DAYS).await {
        tracing::error!(%error, "partitions could not be made ahead");
    }
    match store.drop_partitions(now - RETENTION).await {
        Ok(0) => {}
        Ok(dropped) => tracing::info!(dropped, "old partitions were dropped"),
        Err(error) => tracing::warn!(%error, "old partitions could not be dropped"),
    }
}
