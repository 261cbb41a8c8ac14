//! The physical limit: COPY of the stored rows, byte for byte, into a table without log, index, key or partition.

use anyhow::{Context, Result};
use futures::TryStreamExt;
use sqlx::PgConnection;
use sqlx::{AssertSqlSafe, Executor};

use super::Plan;
use super::drive::{Watched, Writer, drive};
use super::payload::{Payload, Telemetry};
use crate::database::Database;
use crate::figures::Lane;

/// How the sender of a row is stored with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// By the digest of its resource, or of its series.
    Interned,
    /// With all of its attributes.
    Inline,
}

struct RawWriter {
    db: PgConnection,
    statement: String,
    rows: std::sync::Arc<[u8]>,
}

/// Copies one stored batch again and again; the storage lane must have stored some.
pub async fn run(plan: &Plan, database: &Database, payload: &Payload, rows: Rows, watched: Watched) -> Result<Lane> {
    let table = payload.telemetry.table();
    let mut db = database.superuser().await?;
    db.execute(AssertSqlSafe(format!(
        "DROP TABLE IF EXISTS raw_rows; CREATE UNLOGGED TABLE raw_rows AS {} LIMIT 0",
        select(payload.telemetry, rows)
    )))
    .await?;
    let one_batch = format!(
        "COPY ({} WHERE batch_id = (SELECT batch_id FROM {table} LIMIT 1)) TO STDOUT (FORMAT binary)",
        select(payload.telemetry, rows)
    );
    let bytes = read(&mut db, &one_batch).await?;
    let bytes: std::sync::Arc<[u8]> = bytes.into();
    let mut writers = Vec::new();
    for _ in 0..plan.connections {
        let statement = "COPY raw_rows FROM STDIN (FORMAT binary)".to_owned();
        writers.push(RawWriter { db: database.superuser().await?, statement, rows: bytes.clone() });
    }
    let lane = drive(plan, payload.rows, watched, writers).await?;
    db.execute("DROP TABLE raw_rows").await?;
    Ok(lane)
}

fn select(telemetry: Telemetry, rows: Rows) -> String {
    let table = telemetry.table();
    match (rows, telemetry) {
        (Rows::Interned, _) => format!("SELECT * FROM {table}"),
        (Rows::Inline, Telemetry::MetricPoints) => format!(
            "SELECT p.*, s.name, s.unit, s.kind, s.attributes, r.attributes AS resource FROM {table} p
             JOIN metric_series s USING (tenant_id, series_id) JOIN resources r USING (tenant_id, resource_id)"
        ),
        (Rows::Inline, _) => {
            format!(
                "SELECT t.*, r.attributes AS resource FROM {table} t JOIN resources r USING (tenant_id, resource_id)"
            )
        }
    }
}

async fn read(db: &mut PgConnection, statement: &str) -> Result<Vec<u8>> {
    let chunks: Vec<_> = db.copy_out_raw(statement).await?.try_collect().await?;
    Ok(chunks.concat())
}

impl Writer for RawWriter {
    async fn write(&mut self) -> Result<()> {
        let mut copy = self.db.copy_in_raw(&self.statement).await?;
        copy.send(&self.rows[..]).await?;
        copy.finish().await?;
        Ok(())
    }
}

/// What the stored rows take on disk, indexes and overhead included, for each of them.
pub async fn bytes_per_row(database: &Database, telemetry: Telemetry) -> Result<f64> {
    let mut db = database.superuser().await?;
    let sql = format!(
        "SELECT sum(pg_total_relation_size(inhrelid))::float8 / greatest((SELECT count(*) FROM {table}), 1)
         FROM pg_inherits WHERE inhparent = '{table}'::regclass",
        table = telemetry.table()
    );
    let bytes: Option<f64> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut db).await?;
    bytes.context("the table has no partition")
}

/// Empties the table, so that the next lane begins as this one did.
pub async fn forget(database: &Database, telemetry: Telemetry) -> Result<()> {
    let mut db = database.superuser().await?;
    db.execute(AssertSqlSafe(format!("TRUNCATE {}, ingest_batches; CHECKPOINT", telemetry.table()))).await?;
    Ok(())
}
