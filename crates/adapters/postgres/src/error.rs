//! Errors of the database, told apart by what the caller can do about them.

use devos_ports::StoreError;
use thiserror::Error;

/// Why the schema could not be brought up to date.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// No owner's address is configured.
    #[error("migrations need the owner's database address (DATABASE_OWNER_URL)")]
    NoOwner,
    /// The database can not be reached, or refused a statement.
    #[error("the database refused: {0}")]
    Database(#[from] sqlx::Error),
    /// A migration failed or was changed after it ran.
    #[error("the schema could not be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

/// Maps an error of sqlx to the port's.
#[expect(clippy::needless_pass_by_value, reason = "it is what map_err calls")]
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_) => StoreError::Unavailable(error.to_string()),
        sqlx::Error::Database(refused) => {
            let code = refused.code().unwrap_or_default();
            match &*code {
                "23505" => StoreError::Duplicate(refused.constraint().unwrap_or("a row").to_owned()),
                // Shut down, cancelled by the statement timeout, or a lock that was not to be had.
                "55P03" | "25P03" => StoreError::Unavailable(refused.to_string()),
                _ if matches!(code.get(..2), Some("08" | "40" | "53" | "57" | "58")) => {
                    StoreError::Unavailable(refused.to_string())
                }
                _ => StoreError::Other(error.to_string()),
            }
        }
        _ => StoreError::Other(error.to_string()),
    }
}

/// True when PostgreSQL refused the data itself, so that other rows may well be taken.
pub(crate) fn is_about_data(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    // Data exceptions, constraint violations, program limits (nesting, sizes).
    code.is_some_and(|code| matches!(code.get(..2), Some("22" | "23" | "54")))
}

/// An error of a stored value that does not read back.
pub(crate) fn damaged(what: &str, error: impl std::fmt::Display) -> StoreError {
    StoreError::Other(format!("a stored {what} does not read back: {error}"))
}
