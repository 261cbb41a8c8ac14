//! Telemetry as rows of its tables; the columns stand in the order of the COPY statements.

use chrono::{DateTime, Utc};
use devos_contracts::telemetry::{Attributes, LogRecord, Span, SpanEvent, SpanKind, SpanLink, SpanStatus};
use devos_contracts::{RepositoryId, TenantId};
use devos_ports::store::BatchOrigin;
use serde::Serialize;
use uuid::Uuid;

use super::binary::{Row, Rows};
use super::window::Window;
use crate::text::hex;

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
    pub(super) batch: &'a BatchOrigin,
    window: Window,
    /// Stored resources by the index that records use.
    resources: &'a [Uuid],
    /// Repositories by the same index.
    projects: &'a [Option<RepositoryId>],
    /// Rows whose time could not be stored.
    pub(super) clamped: u64,
}

impl<'a> Origin<'a> {
    pub(super) fn new(
        tenant: TenantId,
        batch: &'a BatchOrigin,
        window: Window,
        resources: &'a [Uuid],
        projects: &'a [Option<RepositoryId>],
    ) -> Self {
        Self { tenant, batch, window, resources, projects, clamped: 0 }
    }

    /// The time that a row is stored under.
    pub(super) fn time(&mut self, sent: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let time = self.window.clamp(sent);
        self.clamped += u64::from(sent.is_some_and(|sent| sent != time));
        time
    }

    fn put(&mut self, row: &mut Row<'_>, resource: usize, sent: Option<DateTime<Utc>>) {
        let project = self.projects.get(resource).copied().flatten();
        row.bigint(self.tenant.0)
            .bytes_or_null(project.as_ref().map(|id| id.0.as_bytes().as_slice()))
            .timestamp(self.time(sent))
            .uuid(self.resources.get(resource).copied().unwrap_or_default())
            .uuid(self.batch.id);
    }
}

pub(super) fn logs(origin: &mut Origin<'_>, logs: &[LogRecord]) -> Rows {
    let mut rows = Rows::default();
    for log in logs {
        rows.row(14, |row| {
            origin.put(row, log.resource, log.timestamp);
            row.smallint(log.severity_number)
                .text(&log.severity_text)
                .text(&log.body)
                .json(&log.attributes)
                .bytes_or_null(log.trace_id.as_ref().map(<[u8; 16]>::as_slice))
                .bytes_or_null(log.span_id.as_ref().map(<[u8; 8]>::as_slice))
                .text(&log.scope.name)
                .text(&log.scope.version)
                .text(&log.event_name);
        });
    }
    rows
}

pub(super) fn spans(origin: &mut Origin<'_>, spans: &[Span]) -> Rows {
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
                .json(&span.attributes)
                .json(&span.events.iter().map(event).collect::<Vec<_>>())
                .json(&span.links.iter().map(link).collect::<Vec<_>>())
                .text(&span.scope.name)
                .text(&span.scope.version);
        });
    }
    rows
}

/// An event as it is stored.
#[derive(Serialize)]
struct EventDocument<'a> {
    timestamp: Option<DateTime<Utc>>,
    name: &'a str,
    attributes: &'a Attributes,
}

/// A link as it is stored, its ids in hex.
#[derive(Serialize)]
struct LinkDocument<'a> {
    trace_id: String,
    span_id: String,
    attributes: &'a Attributes,
}

fn event(event: &SpanEvent) -> EventDocument<'_> {
    EventDocument { timestamp: event.timestamp, name: &event.name, attributes: &event.attributes }
}

fn link(link: &SpanLink) -> LinkDocument<'_> {
    LinkDocument { trace_id: hex(&link.trace_id), span_id: hex(&link.span_id), attributes: &link.attributes }
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
