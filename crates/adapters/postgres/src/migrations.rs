//! Brings a database up to date: roles, apalis' queue, then our own tables.

use std::borrow::Cow;

use apalis_postgres::PostgresStorage;
use sha2::{Digest, Sha256};
use sqlx::migrate::Migrator;
use sqlx::{Connection, Executor, PgConnection, SqlSafeStr};

use crate::error::MigrateError;
use crate::text::hex;
use crate::{Urls, logins, roles};

static OWN: Migrator = sqlx::migrate!("../../../migrations");

/// apalis made ids with pgcrypto once and dropped it later; the embedded server does not have it.
const PGCRYPTO: &str = "CREATE EXTENSION IF NOT EXISTS pgcrypto;";

/// Any number, the same in every process that migrates.
const LOCK: i64 = 0x6465_766f_7300;

/// Brings the database up to date; quick and without effect when it is. Concurrent calls wait for each other.
pub async fn migrate(urls: &Urls) -> Result<(), MigrateError> {
    let owner = urls.owner.as_deref().ok_or(MigrateError::NoOwner)?;
    let mut db = PgConnection::connect(owner).await?;
    let result = run(&mut db, urls).await;
    db.close().await?;
    result
}

async fn run(db: &mut PgConnection, urls: &Urls) -> Result<(), MigrateError> {
    sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK).execute(&mut *db).await?;
    db.execute("SET statement_timeout = '30s'; SET client_min_messages = warning").await?;
    db.execute(roles::ENSURE).await?;
    db.execute(sqlx::AssertSqlSafe(format!("SET ROLE {}", roles::OWNER))).await?;
    queue_migrator().run_direct(None, db, false).await?;
    OWN.run_direct(None, db, false).await?;
    db.execute("RESET ROLE").await?;
    logins::admit(db, urls).await
}

/// apalis' migrations without the statement that needs pgcrypto. Its functions that called it are replaced by later ones.
fn queue_migrator() -> Migrator {
    let mut migrator = PostgresStorage::migrations();
    for migration in migrator.migrations.to_mut() {
        if migration.sql.as_str().contains(PGCRYPTO) {
            // The checksum stays the original's, so that apalis' own setup finds nothing amiss.
            let sql = migration.sql.as_str().replace(PGCRYPTO, "");
            migration.sql = sqlx::AssertSqlSafe(sql).into_sql_str();
        }
    }
    migrator
}

/// Hex digest of every migration there is; databases with equal ones have equal schemas.
pub fn fingerprint() -> String {
    let mut digest = Sha256::new();
    digest.update(roles::ENSURE);
    for migration in OWN.iter().chain(queue_migrator().iter()) {
        digest.update(&*migration.checksum);
    }
    let bytes: Cow<'_, [u8]> = Cow::Owned(digest.finalize().to_vec());
    hex(&bytes[..8])
}
