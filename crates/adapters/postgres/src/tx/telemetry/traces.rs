//! Spans and the traces they make.

use chrono::{DateTime, Utc};
use devos_contracts::query::{RowKey, SpanDetail, SpanId, SpanReference, TimeRange, TraceId, TraceSummary};
use devos_contracts::telemetry::{Attributes, SpanEvent};
use devos_ports::StoreError;
use devos_ports::store::telemetry::{COUNTED_SPANS, TRACE_REACH};
use devos_ports::store::{RowSearch, StoreResult};
use sqlx::FromRow;
use sqlx::types::Json;

use super::super::PgTx;
use super::filter::{bind_search, chosen};
use super::logs::bytes;
use super::{micros, search_failed};
use crate::statements::{APP, sql};
use crate::text::from_word;

sql! { APP;
    SEARCH = concat!(
        "SELECT s.ts, s.tie, s.trace_id, s.span_id, s.name, s.kind, s.service, s.duration_ns, s.status,
            whole.root_name, root.service AS root_service, whole.spans, whole.errors
        FROM (
            SELECT s.tenant_id, s.ts, hashtextextended(s::text, 0) AS tie, s.trace_id, s.span_id, s.name, s.kind, r.service,
                s.duration_ns, s.status
            FROM spans s LEFT JOIN resources r ON r.tenant_id = s.tenant_id AND r.resource_id = s.resource_id
            WHERE s.ts >= $8 AND s.ts < $9
                AND ($10::timestamptz IS NULL OR s.ts <= $10)
                AND ($10::timestamptz IS NULL OR s.ts < $10 OR hashtextextended(s::text, 0) <= $11)
                AND (s.parent_span_id IS NULL OR s.kind IN ('server', 'consumer'))
                AND ", chosen!(
                    "CASE f.field
                        WHEN 'text' THEN s.name
                        WHEN 'name' THEN s.name
                        WHEN 'attribute' THEN coalesce(s.attributes ->> f.key, r.attributes ->> f.key)
                        WHEN 'service' THEN r.service
                        WHEN 'status' THEN s.status
                        WHEN 'duration' THEN s.duration_ns::text
                        WHEN 'trace' THEN encode(s.trace_id, 'hex')
                        WHEN 'span' THEN encode(s.span_id, 'hex')
                    END"
                ), "
            ORDER BY s.ts DESC, tie DESC OFFSET $12 LIMIT $13
        ) s
        CROSS JOIN LATERAL (
            SELECT count(*) AS spans, count(*) FILTER (WHERE o.status = 'error') AS errors,
                (array_agg(o.name ORDER BY o.ts, o.span_id) FILTER (WHERE o.parent_span_id IS NULL))[1] AS root_name,
                (array_agg(o.resource_id ORDER BY o.ts, o.span_id) FILTER (WHERE o.parent_span_id IS NULL))[1]
                    AS root_resource
            FROM (
                SELECT o.status, o.parent_span_id, o.name, o.resource_id, o.ts, o.span_id FROM spans o
                WHERE o.trace_id = s.trace_id
                    -- The whole search's range keeps other days out of the plan. That of the one span must not look
                    -- like a range to it: the index by time would be read instead of the one by trace.
                    AND o.ts >= $8 - $14 * interval '1 microsecond' AND o.ts < $9 + $14 * interval '1 microsecond'
                    AND o.ts - s.ts >= - $14 * interval '1 microsecond' AND o.ts - s.ts < $14 * interval '1 microsecond'
                LIMIT $15
            ) o
        ) whole
        LEFT JOIN resources root ON root.tenant_id = s.tenant_id AND root.resource_id = whole.root_resource
        ORDER BY s.ts DESC, s.tie DESC"
    );
    OF_TRACE = "SELECT s.ts, s.span_id, s.parent_span_id, s.name, s.kind, r.service, s.duration_ns, s.status,
            s.status_message, s.attributes, r.attributes AS resource, s.events, s.links, s.scope_name
        FROM spans s LEFT JOIN resources r ON r.tenant_id = s.tenant_id AND r.resource_id = s.resource_id
        WHERE s.trace_id = $1 AND s.ts >= $2 AND s.ts < $3 ORDER BY s.ts, s.span_id LIMIT $4";
}

#[derive(FromRow)]
struct SummaryRow {
    ts: DateTime<Utc>,
    tie: i64,
    trace_id: Vec<u8>,
    span_id: Vec<u8>,
    name: String,
    kind: String,
    service: Option<String>,
    duration_ns: i64,
    status: String,
    root_name: Option<String>,
    root_service: Option<String>,
    spans: i64,
    errors: i64,
}

impl TryFrom<SummaryRow> for (RowKey, TraceSummary) {
    type Error = StoreError;

    fn try_from(row: SummaryRow) -> StoreResult<Self> {
        let summary = TraceSummary {
            trace_id: TraceId(bytes(&row.trace_id)?),
            span_id: SpanId(bytes(&row.span_id)?),
            name: row.name,
            service: row.service,
            kind: from_word(row.kind)?,
            status: from_word(row.status)?,
            start: row.ts,
            duration_ns: row.duration_ns,
            root_name: row.root_name,
            root_service: row.root_service,
            spans: row.spans,
            errors: row.errors,
        };
        Ok((RowKey { at: row.ts, tie: row.tie }, summary))
    }
}

#[derive(FromRow)]
struct SpanRow {
    ts: DateTime<Utc>,
    span_id: Vec<u8>,
    parent_span_id: Option<Vec<u8>>,
    name: String,
    kind: String,
    service: Option<String>,
    duration_ns: i64,
    status: String,
    status_message: String,
    attributes: Json<Attributes>,
    resource: Option<Json<Attributes>>,
    events: Json<Vec<SpanEvent>>,
    links: Json<Vec<SpanReference>>,
    scope_name: String,
}

impl TryFrom<SpanRow> for SpanDetail {
    type Error = StoreError;

    fn try_from(row: SpanRow) -> StoreResult<Self> {
        Ok(Self {
            span_id: SpanId(bytes(&row.span_id)?),
            parent_span_id: row.parent_span_id.map(|id| bytes(&id).map(SpanId)).transpose()?,
            name: row.name,
            kind: from_word(row.kind)?,
            service: row.service,
            start: row.ts,
            duration_ns: row.duration_ns,
            status: from_word(row.status)?,
            status_message: row.status_message,
            attributes: row.attributes.0,
            resource: row.resource.map(|resource| resource.0).unwrap_or_default(),
            events: row.events.0,
            links: row.links.0,
            scope_name: row.scope_name,
        })
    }
}

impl PgTx {
    pub(super) async fn search_traces(&mut self, search: &RowSearch) -> StoreResult<Vec<(RowKey, TraceSummary)>> {
        self.limit_search().await?;
        let rows: Vec<SummaryRow> = bind_search(sqlx::query_as(SEARCH), search)
            .bind(micros(TRACE_REACH))
            .bind(COUNTED_SPANS)
            .fetch_all(&mut *self.db)
            .await
            .map_err(search_failed)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    pub(super) async fn read_spans_of_trace(
        &mut self,
        trace: TraceId,
        range: TimeRange,
        limit: i64,
    ) -> StoreResult<Vec<SpanDetail>> {
        self.limit_search().await?;
        let query = sqlx::query_as(OF_TRACE).bind(trace.0).bind(range.from).bind(range.to).bind(limit);
        let rows: Vec<SpanRow> = query.fetch_all(&mut *self.db).await.map_err(search_failed)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
