//! The messages of a traces export.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    trace::v1::{
        ResourceSpans as ProtoGroup, ScopeSpans as ProtoScopeSpans, Span as ProtoSpan, Status as ProtoStatus,
        span::{Event as ProtoEvent, Link as ProtoLink, SpanKind},
        status::StatusCode,
    },
};
use serde::Deserialize;

use super::{
    any::KeyValue,
    message::{Message, Messages, optional, repeated},
    scalar::{Code, Unsigned, id},
    source::{InstrumentationScope, Resource},
};

/// `ExportTraceServiceRequest`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ExportTraces {
    #[serde(alias = "resource_spans")]
    resource_spans: Messages<ResourceSpans>,
}

impl From<ExportTraces> for ExportTraceServiceRequest {
    fn from(export: ExportTraces) -> Self {
        Self { resource_spans: repeated(export.resource_spans) }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceSpans {
    resource: Option<Message<Resource>>,
    #[serde(alias = "scope_spans")]
    scope_spans: Messages<ScopeSpans>,
}

impl From<ResourceSpans> for ProtoGroup {
    fn from(group: ResourceSpans) -> Self {
        Self { resource: optional(group.resource), scope_spans: repeated(group.scope_spans), ..Self::default() }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ScopeSpans {
    scope: Option<Message<InstrumentationScope>>,
    spans: Messages<Span>,
}

impl From<ScopeSpans> for ProtoScopeSpans {
    fn from(spans: ScopeSpans) -> Self {
        Self { scope: optional(spans.scope), spans: repeated(spans.spans), ..Self::default() }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Span {
    #[serde(alias = "trace_id")]
    trace_id: Option<String>,
    #[serde(rename = "spanId", alias = "span_id")]
    id: Option<String>,
    #[serde(alias = "parent_span_id")]
    parent_span_id: Option<String>,
    name: Option<String>,
    kind: Option<Code>,
    #[serde(alias = "start_time_unix_nano")]
    start_time_unix_nano: Option<Unsigned>,
    #[serde(alias = "end_time_unix_nano")]
    end_time_unix_nano: Option<Unsigned>,
    attributes: Messages<KeyValue>,
    events: Messages<Event>,
    links: Messages<Link>,
    status: Option<Message<Status>>,
}

impl From<Span> for ProtoSpan {
    fn from(span: Span) -> Self {
        Self {
            trace_id: id(span.trace_id),
            span_id: id(span.id),
            parent_span_id: id(span.parent_span_id),
            name: span.name.unwrap_or_default(),
            kind: span.kind.map_or(0, |code| code.number(SpanKind::from_str_name)),
            start_time_unix_nano: span.start_time_unix_nano.map_or(0, |time| time.0),
            end_time_unix_nano: span.end_time_unix_nano.map_or(0, |time| time.0),
            attributes: repeated(span.attributes),
            events: repeated(span.events),
            links: repeated(span.links),
            status: optional(span.status),
            ..Self::default()
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Event {
    #[serde(alias = "time_unix_nano")]
    time_unix_nano: Option<Unsigned>,
    name: Option<String>,
    attributes: Messages<KeyValue>,
}

impl From<Event> for ProtoEvent {
    fn from(event: Event) -> Self {
        Self {
            time_unix_nano: event.time_unix_nano.map_or(0, |time| time.0),
            name: event.name.unwrap_or_default(),
            attributes: repeated(event.attributes),
            ..Self::default()
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Link {
    #[serde(alias = "trace_id")]
    trace_id: Option<String>,
    #[serde(alias = "span_id")]
    span_id: Option<String>,
    attributes: Messages<KeyValue>,
}

impl From<Link> for ProtoLink {
    fn from(link: Link) -> Self {
        Self {
            trace_id: id(link.trace_id),
            span_id: id(link.span_id),
            attributes: repeated(link.attributes),
            ..Self::default()
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    message: Option<String>,
    code: Option<Code>,
}

impl From<Status> for ProtoStatus {
    fn from(status: Status) -> Self {
        Self {
            message: status.message.unwrap_or_default(),
            code: status.code.map_or(0, |code| code.number(StatusCode::from_str_name)),
        }
    }
}
