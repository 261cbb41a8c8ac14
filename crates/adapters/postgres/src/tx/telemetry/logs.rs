//! Log records.

use chrono::{DateTime, TimeDelta, Utc};
use devos_contracts::RepositoryId;
use devos_contracts::query::{Filter, LogBucket, LogEntry, RowKey, SpanId, TimeRange, TraceId};
use devos_contracts::telemetry::Attributes;
use devos_ports::StoreError;
use devos_ports::store::{RowSearch, StoreResult};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::super::PgTx;
use super::filter::{bind, bind_search, chosen, least_severity, only_service};
use super::{micros, search_failed};
use crate::error::damaged;
use crate::statements::{APP, sql};

/// True of the records that the filter chooses; the severity and the service are what it comes down to at least.
macro_rules! chosen_log {
    ($severity:literal, $service:literal) => {
        concat!(
            "l.severity_number >= ",
            $severity,
            " AND (",
            $service,
            "::text IS NULL OR l.resource_id = ANY (ARRAY(SELECT of.resource_id FROM resources of WHERE of.service = ",
            $service,
            "))) AND ",
            chosen!(
                "CASE f.field
                WHEN 'text' THEN l.body
                WHEN 'attribute' THEN coalesce(l.attributes ->> f.key, r.attributes ->> f.key)
                WHEN 'service' THEN r.service
                WHEN 'severity' THEN l.severity_number::text
                WHEN 'name' THEN nullif(l.event_name, '')
                WHEN 'trace' THEN encode(l.trace_id, 'hex')
                WHEN 'span' THEN encode(l.span_id, 'hex')
            END"
            )
        )
    };
}

macro_rules! select {
    ($($rest:expr),+) => {
        concat!(
            "SELECT l.ts, hashtextextended(l::text, 0) AS tie, l.severity_number, l.severity_text, l.body, r.service,
                l.attributes, r.attributes AS resource, l.trace_id, l.span_id, l.scope_name, l.event_name, l.project_id
            FROM log_records l LEFT JOIN resources r ON r.tenant_id = l.tenant_id AND r.resource_id = l.resource_id ",
            $($rest),+
        )
    };
}

macro_rules! counts {
    ($from:literal, $step:literal, $($rest:expr),+) => {
        concat!(
            "SELECT date_bin(", $step, " * interval '1 microsecond', l.ts, ", $from, ") AS at,
                count(*) FILTER (WHERE l.severity_number >= 17) AS error,
                count(*) FILTER (WHERE l.severity_number BETWEEN 13 AND 16) AS warn,
                count(*) FILTER (WHERE l.severity_number BETWEEN 9 AND 12 OR l.severity_number = 0) AS info,
                count(*) FILTER (WHERE l.severity_number BETWEEN 1 AND 8) AS debug
            FROM log_records l ",
            $($rest),+,
            " GROUP BY 1 ORDER BY 1 LIMIT 10000"
        )
    };
}

sql! { APP;
    SEARCH = select!(
        "WHERE l.ts >= $8 AND l.ts < $9
            AND ($10::timestamptz IS NULL OR l.ts <= $10)
            AND ($10::timestamptz IS NULL OR l.ts < $10 OR hashtextextended(l::text, 0) <= $11)
            AND ", chosen_log!("$14", "$15"), "
        ORDER BY l.ts DESC, tie DESC OFFSET $12 LIMIT $13"
    );
    OF_TRACE = select!("WHERE l.trace_id = $1 AND l.ts >= $2 AND l.ts < $3 ORDER BY l.ts, tie LIMIT $4");
    COUNT_CHOSEN = counts!(
        "$8", "$10", "LEFT JOIN resources r ON r.tenant_id = l.tenant_id AND r.resource_id = l.resource_id
        WHERE l.ts >= $8 AND l.ts < $9 AND ", chosen_log!("$11", "$12")
    );
    COUNT_ALL = counts!("$1", "$3", "WHERE l.ts >= $1 AND l.ts < $2");
}

#[derive(FromRow)]
struct LogRow {
    ts: DateTime<Utc>,
    tie: i64,
    severity_number: i16,
    severity_text: String,
    body: String,
    service: Option<String>,
    attributes: Json<Attributes>,
    resource: Option<Json<Attributes>>,
    trace_id: Option<Vec<u8>>,
    span_id: Option<Vec<u8>>,
    scope_name: String,
    event_name: String,
    project_id: Option<Uuid>,
}

impl TryFrom<LogRow> for (RowKey, LogEntry) {
    type Error = StoreError;

    fn try_from(row: LogRow) -> StoreResult<Self> {
        let entry = LogEntry {
            at: row.ts,
            severity_number: row.severity_number,
            severity_text: row.severity_text,
            body: row.body,
            service: row.service,
            attributes: row.attributes.0,
            resource: row.resource.map(|resource| resource.0).unwrap_or_default(),
            trace_id: row.trace_id.map(|id| bytes(&id).map(TraceId)).transpose()?,
            span_id: row.span_id.map(|id| bytes(&id).map(SpanId)).transpose()?,
            scope_name: row.scope_name,
            event_name: row.event_name,
            repository: row.project_id.map(RepositoryId),
        };
        Ok((RowKey { at: row.ts, tie: row.tie }, entry))
    }
}

/// An id of a fixed length.
pub(super) fn bytes<const N: usize>(id: &[u8]) -> StoreResult<[u8; N]> {
    id.try_into().map_err(|error| damaged("id", error))
}

#[derive(FromRow)]
struct BucketRow {
    at: DateTime<Utc>,
    error: i64,
    warn: i64,
    info: i64,
    debug: i64,
}

impl PgTx {
    pub(super) async fn search_logs(&mut self, search: &RowSearch) -> StoreResult<Vec<(RowKey, LogEntry)>> {
        self.limit_search().await?;
        let rows: Vec<LogRow> = bind_search(sqlx::query_as(SEARCH), search)
            .bind(least_severity(&search.filter))
            .bind(only_service(&search.filter))
            .fetch_all(&mut *self.db)
            .await
            .map_err(search_failed)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    pub(super) async fn read_logs_of_trace(
        &mut self,
        trace: TraceId,
        range: TimeRange,
        limit: i64,
    ) -> StoreResult<Vec<LogEntry>> {
        self.limit_search().await?;
        let query = sqlx::query_as(OF_TRACE).bind(trace.0).bind(range.from).bind(range.to).bind(limit);
        let rows: Vec<LogRow> = query.fetch_all(&mut *self.db).await.map_err(search_failed)?;
        rows.into_iter().map(|row| <(RowKey, LogEntry)>::try_from(row).map(|(_, entry)| entry)).collect()
    }

    pub(super) async fn count_logs(
        &mut self,
        range: TimeRange,
        filter: &Filter,
        step: TimeDelta,
    ) -> StoreResult<Vec<LogBucket>> {
        self.limit_search().await?;
        // An empty filter need not be asked about every row.
        let query = if filter.terms.is_empty() {
            sqlx::query_as(COUNT_ALL).bind(range.from).bind(range.to).bind(micros(step))
        } else {
            let query = bind(sqlx::query_as(COUNT_CHOSEN), filter).bind(range.from).bind(range.to);
            query.bind(micros(step)).bind(least_severity(filter)).bind(only_service(filter))
        };
        let rows: Vec<BucketRow> = query.fetch_all(&mut *self.db).await.map_err(search_failed)?;
        let bucket = |row: BucketRow| LogBucket {
            at: row.at,
            error: row.error,
            warn: row.warn,
            info: row.info,
            debug: row.debug,
        };
        Ok(rows.into_iter().map(bucket).collect())
    }
}
