//! Telemetry as rows of its tables; the columns stand in the order of the COPY statements.

use devos_contracts::telemetry::{Attributes, LogRecord, Span, SpanEvent, SpanKind, SpanLink, SpanStatus};
use devos_contracts::{RepositoryId, TenantId};
use devos_ports::store::StoredBatch;
use serde_json::{Value, json};
use uuid::Uuid;

use super::binary::{Row, Rows};
use super::window::Window;
use crate::text::{canonical, canonical_map, hex};

pub(super) const COPY_LOGS: &str =
    "COPY log_records (tenant_id, project_id, ts, resource_id, batch_id, severity_number,
    severity_text, body, attributes, trace_id, span_id, scope_name, scope_version, event_name)
    FROM STDIN (FORMAT binary)";

pub(super) const COPY_SPANS: &str = "COPY spans (tenant_id, project_id, ts, resource_id, batch_id, trace_id, span_id,
    parent_span_id, name, kind, duration_ns, status, status_message, attributes, events, links, scope_name,
    scope_version) FROM STDIN (FORMAT binary)";

/// What the rows of a batch share.
pub(super) struct Origin<'a> {
    pub(super) tenant: TenantId,
    pub(super) batch: &'a StoredBatch,
    pub(super) window: Window,
    /// Stored resources by the index that records use.
    pub(super) resources: &'a [Uuid],
    /// Repositories by the same index.
    pub(super) projects: &'a [Option<RepositoryId>],
}

impl Origin<'_> {
    fn put(&self, row: &mut Row<'_>, resource: usize, sent: Option<chrono::DateTime<chrono::Utc>>) {
        let project = self.projects.get(resource).copied().flatten();
        row.bigint(self.tenant.0)
            .bytes_or_null(project.as_ref().map(|id| id.0.as_bytes().as_slice()))
            .timestamp(self.window.clamp(sent))
            .uuid(self.resources.get(resource).copied().unwrap_or_default())
            .bytes(&self.batch.id);
    }
}

pub(super) fn logs(origin: &Origin<'_>, logs: &[LogRecord]) -> Rows {
    let mut rows = Rows::default();
    for log in logs {
        rows.row(14, |row| {
            origin.put(row, log.resource, log.timestamp);
            row.smallint(log.severity_number)
                .text(&log.severity_text)
                .text(&log.body)
                .jsonb(&object(&log.attributes))
                .bytes_or_null(log.trace_id.as_ref().map(<[u8; 16]>::as_slice))
                .bytes_or_null(log.span_id.as_ref().map(<[u8; 8]>::as_slice))
                .text(&log.scope.name)
                .text(&log.scope.version)
                .text(&log.event_name);
        });
    }
    rows
}

pub(super) fn spans(origin: &Origin<'_>, spans: &[Span]) -> Rows {
    let mut rows = Rows::default();
    for span in spans {
        rows.row(18, |row| {
            origin.put(row, span.resource, span.start);
            row.bytes(&span.trace_id)
                .bytes(&span.span_id)
                .bytes_or_null(span.parent_span_id.as_ref().map(<[u8; 8]>::as_slice))
                .text(&span.name)
                .text(kind(span.kind))
                .bigint(span.duration_ns)
                .text(status(span.status))
                .text(&span.status_message)
                .jsonb(&object(&span.attributes))
                .jsonb(&span.events.iter().map(event).collect::<Value>().to_string())
                .jsonb(&span.links.iter().map(link).collect::<Value>().to_string())
                .text(&span.scope.name)
                .text(&span.scope.version);
        });
    }
    rows
}

fn object(attributes: &Attributes) -> String {
    Value::Object(canonical_map(attributes)).to_string()
}

fn event(event: &SpanEvent) -> Value {
    canonical(&json!({ "timestamp": event.timestamp, "name": event.name, "attributes": event.attributes }))
}

fn link(link: &SpanLink) -> Value {
    let attributes = canonical_map(&link.attributes);
    json!({ "trace_id": hex(&link.trace_id), "span_id": hex(&link.span_id), "attributes": attributes })
}

fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Unspecified => "unspecified",
        SpanKind::Internal => "internal",
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    }
}

fn status(status: SpanStatus) -> &'static str {
    match status {
        SpanStatus::Unset => "unset",
        SpanStatus::Ok => "ok",
        SpanStatus::Error => "error",
    }
}
