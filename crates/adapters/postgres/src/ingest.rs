//! The narrow door for telemetry: the ingest role's transaction.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::job::Job;
use devos_contracts::signal::FailureSignal;
use devos_contracts::telemetry::{Refusal, TelemetryBatch, TelemetrySignal};
use devos_contracts::{Redacted, RepositoryId, TenantId};
use devos_ports::StoreError;
use devos_ports::store::{BatchOrigin, Copied, IngestTx, SeenPattern, StoreResult, StoredBatch};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use self::copy::{Care, CopyError};
pub(crate) use self::known::Interned;
use self::rows::Origin;
use crate::error::{damaged, failed};
use crate::statements::{INGEST, sql};
use crate::text::{clean, to_word};
use crate::{queue, signals};

mod binary;
mod copy;
mod known;
mod points;
mod resources;
mod rows;
mod series;
mod window;

sql! { INGEST;
    REPOSITORY_OF_SERVICE = "SELECT id FROM repositories
        WHERE tenant_id = $1 AND ($2 = ANY (services) OR (services = '{}' AND name = $2))
        ORDER BY created_at, id LIMIT 1";
    REPOSITORIES = "SELECT id, name, remote FROM repositories WHERE tenant_id = $1 ORDER BY created_at, id";
    NOTE_BATCH = "INSERT INTO ingest_batches (tenant_id, id, token_id, row_count, redactions, received_at, refused, clamped)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant_id, id) DO NOTHING";
    DROP_RECORDS = "INSERT INTO telemetry_drops AS d (tenant_id, hour, signal, reason, count)
        VALUES ($1, date_bin('1 hour', $2, 'epoch'), $3, $4, $5)
        ON CONFLICT (tenant_id, hour, signal, reason) DO UPDATE SET count = d.count + excluded.count";
    ADD_RESOURCES = "INSERT INTO resources (tenant_id, resource_id, service, attributes)
        SELECT $1, r.id, r.service, r.attributes::jsonb
        FROM unnest($2::uuid[], $3::text[], $4::text[]) AS r (id, service, attributes)
        ON CONFLICT DO NOTHING";
    ADD_SERIES = "INSERT INTO metric_series (tenant_id, first_seen, series_id, project_id, resource_id, service, name,
            description, unit, kind, temporality, monotonic, scope_name, scope_version, attributes)
        SELECT $1, $2, s.id, s.project, s.resource, s.service, s.name, s.description, s.unit, s.kind, s.temporality,
            s.monotonic, s.scope_name, s.scope_version, s.attributes::jsonb
        FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
            $11::text[], $12::boolean[], $13::text[], $14::text[], $15::text[])
            AS s (id, project, resource, service, name, description, unit, kind, temporality, monotonic, scope_name,
                scope_version, attributes)
        ON CONFLICT DO NOTHING";
    PARTITION_WINDOW = "SELECT since, until FROM partition_window($1)";
    ENSURE_PARTITIONS = "SELECT ensure_partitions($1, $2)";
}

/// A transaction that sees past row-level security; every statement names the tenant itself.
pub(crate) struct PgIngestTx {
    pool: PgPool,
    /// None only while it is begun anew.
    db: Option<Transaction<'static, Postgres>>,
    tenant: TenantId,
    interned: Arc<Interned>,
    /// What this transaction stored, known to others only once it is committed.
    new_resources: Vec<Uuid>,
    new_series: HashSet<Uuid>,
}

impl PgIngestTx {
    pub(crate) async fn begin(pool: &PgPool, tenant: TenantId, interned: Arc<Interned>) -> StoreResult<Self> {
        let db = Some(pool.begin().await.map_err(failed)?);
        let pool = pool.clone();
        Ok(Self { pool, db, tenant, interned, new_resources: Vec::new(), new_series: HashSet::new() })
    }

    fn db(&mut self) -> StoreResult<&mut PgConnection> {
        self.db.as_deref_mut().ok_or_else(over)
    }

    /// Begins anew, when nothing but copying was done.
    async fn restart(&mut self) -> StoreResult<()> {
        // The refused rows may have lain in a partition that is gone.
        self.interned.partitions.forget();
        self.new_resources.clear();
        self.new_series.clear();
        // Given back first: with every connection in a transaction like this one, none would be free.
        if let Some(over) = self.db.take() {
            over.rollback().await.map_err(failed)?;
        }
        self.db = Some(self.pool.begin().await.map_err(failed)?);
        Ok(())
    }

    async fn copy_all(
        &mut self,
        batch: &BatchOrigin,
        telemetry: &TelemetryBatch,
        projects: &[Option<RepositoryId>],
        care: Care,
    ) -> Result<Copied, CopyError> {
        let interned = self.interned.clone();
        let window = interned.partitions.window(self.db()?, batch.received_at).await?;
        let resources = self.intern(&telemetry.resources).await?;
        let series = self.intern_series(telemetry, &resources, projects, batch.received_at).await?;
        let mut origin = Origin::new(self.tenant, batch, window, &resources, projects);
        let tables = [
            (TelemetrySignal::Logs, rows::COPY_LOGS, rows::logs(&mut origin, &telemetry.logs)),
            (TelemetrySignal::Traces, rows::COPY_SPANS, rows::spans(&mut origin, &telemetry.spans)),
            (TelemetrySignal::Metrics, points::COPY_POINTS, points::points(&mut origin, &telemetry.points, &series)),
        ];
        let mut copied = Copied { clamped: origin.clamped, ..Copied::default() };
        for (signal, statement, rows) in tables {
            let lost = copy::rows(self.db()?, statement, &rows, care).await?;
            copied.refused.extend(copy::refusal(signal, lost));
        }
        Ok(copied)
    }
}

#[async_trait]
impl IngestTx for PgIngestTx {
    async fn repository_of_service(&mut self, service: &str) -> StoreResult<Option<RepositoryId>> {
        let query = sqlx::query_scalar(REPOSITORY_OF_SERVICE).bind(self.tenant.0).bind(clean(service));
        let id: Option<Uuid> = query.fetch_optional(self.db()?).await.map_err(failed)?;
        Ok(id.map(RepositoryId))
    }

    async fn repositories_by_age(&mut self) -> StoreResult<Vec<(RepositoryId, String, String)>> {
        let query = sqlx::query_as(REPOSITORIES).bind(self.tenant.0);
        let rows: Vec<(Uuid, String, String)> = query.fetch_all(self.db()?).await.map_err(failed)?;
        Ok(rows.into_iter().map(|(id, name, remote)| (RepositoryId(id), name, remote)).collect())
    }

    async fn copy(
        &mut self,
        batch: &BatchOrigin,
        telemetry: &Redacted<TelemetryBatch>,
        projects: &[Option<RepositoryId>],
    ) -> StoreResult<Copied> {
        match self.copy_all(batch, telemetry.get(), projects, Care::Whole).await {
            Err(CopyError::Data) => {
                self.restart().await?;
                self.copy_all(batch, telemetry.get(), projects, Care::EachRow).await
            }
            done => done,
        }
        .map_err(|error| match error {
            CopyError::Store(error) => error,
            CopyError::Data => damaged("batch", "rows were refused that had been left out"),
        })
    }

    async fn note_batch(&mut self, batch: &StoredBatch) -> StoreResult<bool> {
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let query = sqlx::query(NOTE_BATCH)
            .bind(self.tenant.0)
            .bind(batch.origin.id)
            .bind(batch.token.map(|token| token.0))
            .bind(count(batch.rows))
            .bind(count(batch.redactions))
            .bind(batch.origin.received_at)
            .bind(count(batch.refused))
            .bind(count(batch.clamped));
        Ok(query.execute(self.db()?).await.map_err(failed)?.rows_affected() > 0)
    }

    async fn drop_records(&mut self, refusals: &[Refusal], at: DateTime<Utc>) -> StoreResult<()> {
        let mut rows = refusals
            .iter()
            .map(|refusal| Ok((to_word(&refusal.signal)?, to_word(&refusal.reason)?, refusal.count)))
            .collect::<StoreResult<Vec<_>>>()?;
        // Always in the same order, else two transactions could wait for each other.
        rows.sort();
        for (signal, reason, count) in rows {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            let query = sqlx::query(DROP_RECORDS).bind(self.tenant.0).bind(at).bind(signal).bind(reason).bind(count);
            query.execute(self.db()?).await.map_err(failed)?;
        }
        Ok(())
    }

    async fn record_signal(&mut self, signal: &FailureSignal) -> StoreResult<SeenPattern> {
        let tenant = self.tenant;
        signals::record(self.db()?, tenant, signal).await
    }

    async fn push_job(&mut self, job: &Job, key: &str) -> StoreResult<()> {
        queue::push(self.db()?, job, key).await
    }

    async fn commit(mut self: Box<Self>) -> StoreResult<()> {
        self.db.take().ok_or_else(over)?.commit().await.map_err(failed)?;
        self.interned.resources.learn(self.tenant, self.new_resources);
        self.interned.series.learn(self.tenant, self.new_series);
        Ok(())
    }
}

fn over() -> StoreError {
    StoreError::Unavailable("the transaction could not be begun anew".into())
}
