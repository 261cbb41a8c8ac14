//! Copies rows, leaving out those that PostgreSQL refuses.

use devos_contracts::telemetry::{Refusal, RefusalReason, TelemetrySignal};
use devos_ports::store::StoreResult;
use sqlx::{Connection, PgConnection};

use super::binary::Rows;
use crate::error::{failed, is_about_data};

/// Failed attempts after which the rest of what fails is given up; enough for some bad rows among thousands.
const PATIENCE: u32 = 100;

/// Copies the rows; answers how many were refused. One bad row costs itself only: the rest is found by halving.
pub(super) async fn rows(db: &mut PgConnection, statement: &str, rows: &Rows) -> StoreResult<u64> {
    let mut refused = 0;
    let mut patience = PATIENCE;
    let mut open = Vec::from([(0, rows.len())]);
    while let Some((first, end)) = open.pop() {
        if first == end {
            continue;
        }
        match attempt(db, statement, rows.message(first..end)).await {
            Ok(()) => {}
            Err(error) if !is_about_data(&error) => return Err(failed(error)),
            Err(error) => {
                patience = patience.saturating_sub(1);
                if end - first == 1 || patience == 0 {
                    tracing::warn!(%error, rows = end - first, "telemetry was refused by the database");
                    refused += (end - first) as u64;
                } else {
                    let middle = first.midpoint(end);
                    open.push((middle, end));
                    open.push((first, middle));
                }
            }
        }
    }
    Ok(refused)
}

/// Copies in a savepoint, so that a refusal leaves the transaction usable.
async fn attempt(db: &mut PgConnection, statement: &str, message: Vec<u8>) -> sqlx::Result<()> {
    let mut savepoint = db.begin().await?;
    let mut copy = savepoint.copy_in_raw(statement).await?;
    if let Err(error) = copy.send(message).await {
        return Err(copy.abort(error.to_string()).await.err().unwrap_or(error));
    }
    copy.finish().await?;
    savepoint.commit().await
}

/// The refusal of so many rows; none of none.
pub(super) fn refusal(signal: TelemetrySignal, count: u64) -> Option<Refusal> {
    (count > 0).then_some(Refusal { signal, reason: RefusalReason::RowRejected, count })
}
