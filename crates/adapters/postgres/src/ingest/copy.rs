//! Copies rows, leaving out those that PostgreSQL refuses.

use devos_contracts::telemetry::{Refusal, RefusalReason, TelemetrySignal};
use devos_ports::StoreError;
use devos_ports::store::StoreResult;
use sqlx::{Connection, PgConnection};

use super::binary::Rows;
use crate::error::{failed, is_about_data};

/// Failed attempts after which the rest of what fails is given up; enough for some bad rows among thousands.
const PATIENCE: u32 = 100;

/// How rows are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// All at once; a bad row ends the transaction. Nearly every batch is without one.
    Whole,
    /// A bad row costs itself only: the rest is found by halving.
    EachRow,
}

/// Why rows were not copied.
#[derive(Debug)]
pub(super) enum CopyError {
    /// A row is bad, and the transaction over.
    Data,
    /// Anything else.
    Store(StoreError),
}

impl From<StoreError> for CopyError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Copies the rows; answers how many were refused.
pub(super) async fn rows(db: &mut PgConnection, statement: &str, rows: &Rows, care: Care) -> Result<u64, CopyError> {
    if rows.len() == 0 {
        return Ok(0);
    }
    match care {
        Care::Whole => match send(db, statement, rows.message(0..rows.len())).await {
            Ok(()) => Ok(0),
            Err(error) if is_about_data(&error) => Err(CopyError::Data),
            Err(error) => Err(failed(error).into()),
        },
        Care::EachRow => Ok(sift(db, statement, rows).await?),
    }
}

async fn sift(db: &mut PgConnection, statement: &str, rows: &Rows) -> StoreResult<u64> {
    let mut refused = 0;
    let mut patience = PATIENCE;
    let mut open = Vec::from([(0, rows.len())]);
    while let Some((first, end)) = open.pop() {
        // A savepoint leaves the transaction usable.
        let mut savepoint = db.begin().await.map_err(failed)?;
        match send(&mut savepoint, statement, rows.message(first..end)).await {
            Ok(()) => savepoint.commit().await.map_err(failed)?,
            Err(error) if !is_about_data(&error) => return Err(failed(error)),
            Err(error) => {
                savepoint.rollback().await.map_err(failed)?;
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

async fn send(db: &mut PgConnection, statement: &str, message: Vec<u8>) -> sqlx::Result<()> {
    let mut copy = db.copy_in_raw(statement).await?;
    if let Err(error) = copy.send(message).await {
        return Err(copy.abort(error.to_string()).await.err().unwrap_or(error));
    }
    copy.finish().await?;
    Ok(())
}

/// The refusal of so many rows; none of none.
pub(super) fn refusal(signal: TelemetrySignal, count: u64) -> Option<Refusal> {
    (count > 0).then_some(Refusal { signal, reason: RefusalReason::RowRejected, count })
}
