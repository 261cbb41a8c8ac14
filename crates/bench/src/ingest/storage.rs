//! The storage lane: the store's transaction, as ingest makes it, of batches that are decoded and redacted already.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, ensure};
use chrono::Utc;
use devos_contracts::Scope;
use devos_ports::Store;
use devos_ports::store::{BatchOrigin, StoredBatch};
use devos_postgres::PostgresStore;
use uuid::Uuid;

use super::Plan;
use super::drive::{Watched, Writer, drive};
use super::payload::Payload;
use crate::figures::Lane;

struct StorageWriter {
    store: Arc<PostgresStore>,
    scope: Scope,
    payload: Arc<Payload>,
    numbers: Arc<AtomicU64>,
}

/// Stores batches on every connection until the time is over.
pub async fn run(
    plan: &Plan,
    store: &Arc<PostgresStore>,
    scope: &Scope,
    payload: &Arc<Payload>,
    watched: Watched,
) -> Result<Lane> {
    let numbers = Arc::new(AtomicU64::new(1));
    let writer = |_| StorageWriter {
        store: store.clone(),
        scope: scope.clone(),
        payload: payload.clone(),
        numbers: numbers.clone(),
    };
    drive(plan, payload.rows, watched, (0..plan.connections).map(writer).collect()).await
}

impl Writer for StorageWriter {
    async fn write(&mut self) -> Result<()> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let id = Uuid::from_u64_pair(self.payload.telemetry as u64, number);
        let origin = BatchOrigin { id, received_at: Utc::now() };
        let mut tx = self.store.begin_ingest(&self.scope).await?;
        let copied = tx.copy(&origin, &self.payload.variant(number).batch, &[None]).await?;
        ensure!(copied.refused.is_empty(), "rows were refused: {copied:?}");
        let rows = self.payload.rows as u64;
        let batch = StoredBatch { origin, token: None, rows, redactions: 0, refused: 0, clamped: copied.clamped };
        ensure!(tx.note_batch(&batch).await?, "a batch was stored twice");
        Ok(tx.commit().await?)
    }
}
