//! The database as a whole.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Days, Utc};
use devos_contracts::api::Change;
use devos_contracts::identity::{Credentials, Session, TokenGrant};
use devos_contracts::job::Job;
use devos_contracts::{RepairId, Scope, SessionId, TenantId, UserId};
use devos_ports::Store;
use devos_ports::store::{Bootstrap, IngestTx, SecretHash, StoreResult, Tx};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgPool};
use tokio::sync::broadcast;
use uuid::Uuid;

use self::rows::{BootstrapRow, CredentialsRow, GrantRow, SessionRow};
use crate::changes::Listener;
use crate::error::failed;
use crate::ingest::{Interned, PgIngestTx};
use crate::statements::{APP, sql};
use crate::text::from_json;
use crate::tx::PgTx;
use crate::{JobStorage, Urls, queue};

mod rows;

/// A caller that waits longer for a connection is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A batch that takes longer is told to come back.
const INGEST_TIMEOUT: &str = "10s";
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its addresses.
    pub urls: Urls,
    /// Most connections of the application's role; one of them listens for jobs in a worker.
    pub app_max: u32,
    /// Most connections of the ingest role.
    pub ingest_max: u32,
}

/// The store on PostgreSQL.
pub struct PostgresStore {
    app_url: String,
    app: PgPool,
    ingest: PgPool,
    interned: Arc<Interned>,
    listener: Listener,
}

sql! { APP;
    PING = "SELECT 1";
    BOOTSTRAP = "SELECT tenant, owner, has_password FROM bootstrap_tenant($1, $2, $3)";
    PUT_LINK = "SELECT put_sign_in_link($1, $2, $3)";
    TAKE_LINK = "SELECT user_id, password_hash, tenant_id FROM take_sign_in_link($1, $2)";
    CREDENTIALS = "SELECT user_id, password_hash, tenant_id FROM find_credentials($1)";
    PUT_SESSION = "SELECT put_session($1, $2, $3, $4, $5)";
    SESSION = "SELECT id, user_id, email, tenant_id, tenant_name, role, expires_at FROM find_session($1, $2)";
    END_SESSION = "SELECT end_session($1)";
    TOKEN = "SELECT id, name, tenant_id, scopes FROM use_api_token($1, $2)";
    DUE_REPAIRS = "SELECT tenant_id, repair_id FROM due_repairs($1, $2)";
    ENSURE_PARTITIONS = "SELECT ensure_partitions($1, $2)";
    DROP_PARTITIONS = "SELECT drop_partitions($1)";
    SWEEP_JOBS = "SELECT sweep_jobs($1)";
    WAITING_JOBS = "SELECT job FROM apalis.jobs
        WHERE job_type = $1 AND (status = 'Pending' OR (status = 'Failed' AND attempts < max_attempts))
        ORDER BY run_at, id";
    POSTPONE_JOB = "SELECT postpone_job($1, $2)";
}

impl PostgresStore {
    /// Opens the database, which must be migrated.
    pub async fn connect(config: &Config) -> StoreResult<Self> {
        let app = pool(&config.urls.app, config.app_max, "devos", None)?;
        let ingest = pool(&config.urls.ingest, config.ingest_max, "devos ingest", Some(INGEST_TIMEOUT))?;
        let listener = Listener::start(config.urls.app.clone()).await?;
        let app_url = config.urls.app.clone();
        Ok(Self { app_url, app, ingest, interned: Arc::default(), listener })
    }

    /// Connections of the application's role.
    pub(crate) fn app(&self) -> &PgPool {
        &self.app
    }

    /// The address of the application's role.
    pub(crate) fn app_url(&self) -> &str {
        &self.app_url
    }

    /// The queue, for the worker.
    pub fn job_storage(&self) -> JobStorage {
        queue::storage(&self.app)
    }

    /// Lets a job that is about to fail be tried again not before `until`.
    pub async fn postpone_job(&self, id: &str, until: DateTime<Utc>) -> StoreResult<()> {
        sqlx::query(POSTPONE_JOB).bind(id).bind(until).execute(&self.app).await.map_err(failed)?;
        Ok(())
    }

    /// Jobs of all tenants that wait for a worker, oldest first.
    pub async fn waiting_jobs(&self) -> StoreResult<Vec<Job>> {
        let query = sqlx::query_scalar(WAITING_JOBS).bind(queue::QUEUE);
        let jobs: Vec<Vec<u8>> = query.fetch_all(&self.app).await.map_err(failed)?;
        jobs.iter().map(|job| from_json(&String::from_utf8_lossy(job))).collect()
    }

    /// Checks the audit log's chain; answers the first entry that breaks it.
    pub async fn broken_audit_entry(&self, scope: &Scope) -> StoreResult<Option<i64>> {
        PgTx::begin(&self.app, scope.tenant).await?.broken_audit_entry().await
    }
}

fn pool(url: &str, most: u32, name: &str, statement_timeout: Option<&str>) -> StoreResult<PgPool> {
    let options: PgConnectOptions = url.parse().map_err(failed)?;
    let options = options.application_name(name).disable_statement_logging();
    let options = options.options(statement_timeout.map(|timeout| ("statement_timeout", timeout)));
    let pool = PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(IDLE_TIMEOUT)
        // Ingest would pay for asking before every batch; a sender tries again when the connection was dead.
        .test_before_acquire(statement_timeout.is_none());
    Ok(pool.connect_lazy_with(options))
}

#[async_trait]
impl Store for PostgresStore {
    async fn begin(&self, scope: &Scope) -> StoreResult<Box<dyn Tx>> {
        Ok(Box::new(PgTx::begin(&self.app, scope.tenant).await?))
    }

    async fn begin_ingest(&self, scope: &Scope) -> StoreResult<Box<dyn IngestTx>> {
        Ok(Box::new(PgIngestTx::begin(&self.ingest, scope.tenant, self.interned.clone()).await?))
    }

    async fn bootstrap(&self, tenant_name: &str, owner: UserId, email: &str) -> StoreResult<Bootstrap> {
        let row: BootstrapRow = sqlx::query_as(BOOTSTRAP)
            .bind(tenant_name)
            .bind(owner.0)
            .bind(email)
            .fetch_one(&self.app)
            .await
            .map_err(failed)?;
        Ok(row.into())
    }

    async fn put_sign_in_link(&self, user: UserId, hash: &SecretHash, expires_at: DateTime<Utc>) -> StoreResult<()> {
        let query = sqlx::query(PUT_LINK).bind(hash.as_slice()).bind(user.0).bind(expires_at);
        query.execute(&self.app).await.map_err(failed)?;
        Ok(())
    }

    async fn take_sign_in_link(&self, hash: &SecretHash, now: DateTime<Utc>) -> StoreResult<Option<Credentials>> {
        let query = sqlx::query_as(TAKE_LINK).bind(hash.as_slice()).bind(now);
        let row: Option<CredentialsRow> = query.fetch_optional(&self.app).await.map_err(failed)?;
        Ok(row.map(Into::into))
    }

    async fn credentials(&self, email: &str) -> StoreResult<Option<Credentials>> {
        let query = sqlx::query_as(CREDENTIALS).bind(crate::text::clean(email));
        let row: Option<CredentialsRow> = query.fetch_optional(&self.app).await.map_err(failed)?;
        Ok(row.map(Into::into))
    }

    async fn put_session(
        &self,
        id: SessionId,
        hash: &SecretHash,
        user: UserId,
        tenant: TenantId,
        expires_at: DateTime<Utc>,
    ) -> StoreResult<()> {
        sqlx::query(PUT_SESSION)
            .bind(id.0)
            .bind(hash.as_slice())
            .bind(user.0)
            .bind(tenant.0)
            .bind(expires_at)
            .execute(&self.app)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn session(&self, hash: &SecretHash, now: DateTime<Utc>) -> StoreResult<Option<Session>> {
        let query = sqlx::query_as(SESSION).bind(hash.as_slice()).bind(now);
        let row: Option<SessionRow> = query.fetch_optional(&self.app).await.map_err(failed)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn end_session(&self, hash: &SecretHash) -> StoreResult<()> {
        sqlx::query(END_SESSION).bind(hash.as_slice()).execute(&self.app).await.map_err(failed)?;
        Ok(())
    }

    async fn token(&self, hash: &SecretHash, now: DateTime<Utc>) -> StoreResult<Option<TokenGrant>> {
        let query = sqlx::query_as(TOKEN).bind(hash.as_slice()).bind(now);
        let row: Option<GrantRow> = query.fetch_optional(&self.app).await.map_err(failed)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn due_repairs(&self, now: DateTime<Utc>, limit: i64) -> StoreResult<Vec<(TenantId, RepairId)>> {
        let query = sqlx::query_as(DUE_REPAIRS).bind(now).bind(limit);
        let rows: Vec<(i64, Uuid)> = query.fetch_all(&self.app).await.map_err(failed)?;
        Ok(rows.into_iter().map(|(tenant, repair)| (TenantId(tenant), RepairId(repair))).collect())
    }

    async fn ensure_partitions(&self, now: DateTime<Utc>, days: u32) -> StoreResult<()> {
        let today = now.date_naive();
        let first = today.pred_opt().unwrap_or(today);
        let last = today.checked_add_days(Days::new(u64::from(days))).unwrap_or(today);
        sqlx::query(ENSURE_PARTITIONS).bind(first).bind(last).execute(&self.app).await.map_err(failed)?;
        Ok(())
    }

    async fn drop_partitions(&self, before: DateTime<Utc>) -> StoreResult<u32> {
        let dropped: i32 =
            sqlx::query_scalar(DROP_PARTITIONS).bind(before).fetch_one(&self.app).await.map_err(failed)?;
        sqlx::query(SWEEP_JOBS).bind(before).execute(&self.app).await.map_err(failed)?;
        self.sweep_workers().await?;
        Ok(dropped.unsigned_abs())
    }

    async fn ping(&self) -> StoreResult<()> {
        sqlx::query(PING).execute(&self.app).await.map_err(failed)?;
        Ok(())
    }

    async fn close(&self) {
        self.app.close().await;
        self.ingest.close().await;
    }

    fn changes(&self) -> broadcast::Receiver<(TenantId, Change)> {
        self.listener.subscribe()
    }
}
