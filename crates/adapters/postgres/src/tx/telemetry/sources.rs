//! What sent telemetry, and what of it was dropped.

use chrono::{DateTime, Utc};
use devos_contracts::query::{DroppedRecords, ServiceSeen, TimeRange};
use devos_ports::StoreError;
use devos_ports::store::StoreResult;
use sqlx::FromRow;

use super::super::PgTx;
use super::search_failed;
use crate::statements::{APP, sql};
use crate::text::from_word;

sql! { APP;
    SERVICES = "WITH seen AS (
            SELECT resource_id, count(*) AS logs, count(*) FILTER (WHERE severity_number >= 17) AS error_logs,
                0::bigint AS spans, 0::bigint AS error_spans, max(ts) AS last_seen
            FROM log_records WHERE ts >= $1 AND ts < $2 GROUP BY resource_id
            UNION ALL
            SELECT resource_id, 0, 0, count(*), count(*) FILTER (WHERE status = 'error'), max(ts)
            FROM spans WHERE ts >= $1 AND ts < $2 GROUP BY resource_id
        )
        SELECT r.service, sum(seen.logs)::bigint AS logs, sum(seen.error_logs)::bigint AS error_logs,
            sum(seen.spans)::bigint AS spans, sum(seen.error_spans)::bigint AS error_spans,
            max(seen.last_seen) AS last_seen
        FROM seen LEFT JOIN resources r ON r.resource_id = seen.resource_id
        GROUP BY r.service ORDER BY r.service COLLATE \"C\" NULLS LAST LIMIT $3";
    // An hour that has begun before the range may reach into it.
    DROPS = "SELECT hour, signal, reason, count FROM telemetry_drops
        WHERE hour > $1::timestamptz - interval '1 hour' AND hour < $2 ORDER BY hour DESC, signal, reason LIMIT 50000";
}

#[derive(FromRow)]
struct ServiceRow {
    service: Option<String>,
    logs: i64,
    error_logs: i64,
    spans: i64,
    error_spans: i64,
    last_seen: DateTime<Utc>,
}

impl From<ServiceRow> for ServiceSeen {
    fn from(row: ServiceRow) -> Self {
        Self {
            service: row.service,
            logs: row.logs,
            error_logs: row.error_logs,
            spans: row.spans,
            error_spans: row.error_spans,
            last_seen: row.last_seen,
        }
    }
}

#[derive(FromRow)]
struct DropRow {
    hour: DateTime<Utc>,
    signal: String,
    reason: String,
    count: i64,
}

impl TryFrom<DropRow> for DroppedRecords {
    type Error = StoreError;

    fn try_from(row: DropRow) -> StoreResult<Self> {
        Ok(Self { hour: row.hour, signal: from_word(row.signal)?, reason: from_word(row.reason)?, count: row.count })
    }
}

impl PgTx {
    pub(super) async fn read_services(&mut self, range: TimeRange, limit: i64) -> StoreResult<Vec<ServiceSeen>> {
        self.limit_search().await?;
        let query = sqlx::query_as(SERVICES).bind(range.from).bind(range.to).bind(limit);
        let rows: Vec<ServiceRow> = query.fetch_all(&mut *self.db).await.map_err(search_failed)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    pub(super) async fn read_drops(&mut self, range: TimeRange) -> StoreResult<Vec<DroppedRecords>> {
        self.limit_search().await?;
        let query = sqlx::query_as(DROPS).bind(range.from).bind(range.to);
        let rows: Vec<DropRow> = query.fetch_all(&mut *self.db).await.map_err(search_failed)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
