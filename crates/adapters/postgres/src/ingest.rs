//! The narrow door for telemetry: the ingest role's transaction.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::job::Job;
use devos_contracts::signal::FailureSignal;
use devos_contracts::telemetry::{Refusal, TelemetryBatch, TelemetrySignal};
use devos_contracts::{Redacted, RepositoryId, TenantId};
use devos_ports::store::{IngestTx, SeenPattern, StoreResult, StoredBatch};
use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

pub(crate) use self::known::Interned;
use self::rows::Origin;
use self::window::Window;
use crate::error::failed;
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
    LIMIT_TIME = "SELECT set_config('statement_timeout', '10s', true)";
    REPOSITORY_OF_SERVICE = "SELECT id FROM repositories
        WHERE tenant_id = $1 AND ($2 = ANY (services) OR (services = '{}' AND name = $2))
        ORDER BY created_at, id LIMIT 1";
    CLAIM_BATCH = "INSERT INTO ingest_batches (tenant_id, id, token_id, row_count, redactions, received_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, id) DO NOTHING";
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
    db: Transaction<'static, Postgres>,
    tenant: TenantId,
    interned: Arc<Interned>,
    /// What this transaction stored, known to others only once it is committed.
    new_resources: Vec<Uuid>,
    new_series: HashSet<Uuid>,
}

impl PgIngestTx {
    pub(crate) async fn begin(pool: &PgPool, tenant: TenantId, interned: Arc<Interned>) -> StoreResult<Self> {
        let mut db = pool.begin().await.map_err(failed)?;
        sqlx::query(LIMIT_TIME).execute(&mut *db).await.map_err(failed)?;
        Ok(Self { db, tenant, interned, new_resources: Vec::new(), new_series: HashSet::new() })
    }
}

#[async_trait]
impl IngestTx for PgIngestTx {
    async fn repository_of_service(&mut self, service: &str) -> StoreResult<Option<RepositoryId>> {
        let query = sqlx::query_scalar(REPOSITORY_OF_SERVICE).bind(self.tenant.0).bind(clean(service));
        let id: Option<Uuid> = query.fetch_optional(&mut *self.db).await.map_err(failed)?;
        Ok(id.map(RepositoryId))
    }

    async fn claim_batch(&mut self, batch: &StoredBatch) -> StoreResult<bool> {
        let query = sqlx::query(CLAIM_BATCH)
            .bind(self.tenant.0)
            .bind(batch.id.as_slice())
            .bind(batch.token.map(|token| token.0))
            .bind(i64::try_from(batch.rows).unwrap_or(i64::MAX))
            .bind(i64::try_from(batch.redactions).unwrap_or(i64::MAX))
            .bind(batch.received_at);
        Ok(query.execute(&mut *self.db).await.map_err(failed)?.rows_affected() > 0)
    }

    async fn copy(
        &mut self,
        batch: &StoredBatch,
        telemetry: &Redacted<TelemetryBatch>,
        projects: &[Option<RepositoryId>],
    ) -> StoreResult<Vec<Refusal>> {
        let telemetry = telemetry.get();
        let window = Window::open(&mut self.db, batch.received_at).await?;
        let resources = self.intern(&telemetry.resources).await?;
        let origin = Origin { tenant: self.tenant, batch, window, resources: &resources, projects };

        let logs = rows::logs(&origin, &telemetry.logs);
        let lost_logs = copy::rows(&mut self.db, rows::COPY_LOGS, &logs).await?;
        let spans = rows::spans(&origin, &telemetry.spans);
        let lost_spans = copy::rows(&mut self.db, rows::COPY_SPANS, &spans).await?;
        let series = self.intern_series(telemetry, &resources, projects, batch.received_at).await?;
        let points = points::points(&origin, &telemetry.points, &series);
        let lost_points = copy::rows(&mut self.db, points::COPY_POINTS, &points).await?;
        let lost = [
            (TelemetrySignal::Logs, lost_logs),
            (TelemetrySignal::Traces, lost_spans),
            (TelemetrySignal::Metrics, lost_points),
        ];
        Ok(lost.into_iter().filter_map(|(signal, count)| copy::refusal(signal, count)).collect())
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
            query.execute(&mut *self.db).await.map_err(failed)?;
        }
        Ok(())
    }

    async fn record_signal(&mut self, signal: &FailureSignal) -> StoreResult<SeenPattern> {
        signals::record(&mut self.db, self.tenant, signal).await
    }

    async fn push_job(&mut self, job: &Job, key: &str) -> StoreResult<()> {
        queue::push(&mut self.db, job, key).await
    }

    async fn commit(self: Box<Self>) -> StoreResult<()> {
        self.db.commit().await.map_err(failed)?;
        self.interned.resources.learn(self.tenant, self.new_resources);
        self.interned.series.learn(self.tenant, self.new_series);
        Ok(())
    }
}
