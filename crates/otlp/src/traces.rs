//! OTLP traces.

use devos_contracts::telemetry::{
    InstrumentationScope, RefusalReason, Span, SpanEvent, SpanKind, SpanLink, SpanStatus, TelemetryBatch,
    TelemetrySignal,
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    trace::v1::{
        ResourceSpans, Span as ProtoSpan,
        span::{Event, Link, SpanKind as ProtoKind},
        status::StatusCode,
    },
};

use crate::{
    Encoding,
    batch::{BatchBuilder, scope},
    error::DecodeError,
    export::{self, Export},
    identifier, instant, json,
    value::{attributes, clean},
};

/// Decodes an OTLP `ExportTraceServiceRequest`.
pub fn decode_traces(body: &[u8], encoding: Encoding) -> Result<TelemetryBatch, DecodeError> {
    export::read::<ExportTraceServiceRequest>(body, encoding)
}

impl Export for ExportTraceServiceRequest {
    type Json = json::ExportTraces;
    const SIGNAL: TelemetrySignal = TelemetrySignal::Traces;

    fn records(&self) -> usize {
        self.resource_spans.iter().map(spans).sum()
    }

    fn batch(self) -> TelemetryBatch {
        traces_from_proto(self)
    }
}

/// Turns a decoded `ExportTraceServiceRequest` into a batch; spans that cannot be taken are counted in `refused`.
pub fn traces_from_proto(request: ExportTraceServiceRequest) -> TelemetryBatch {
    let mut builder = BatchBuilder::new(TelemetrySignal::Traces);
    for group in request.resource_spans {
        take_group(&mut builder, group);
    }
    builder.batch
}

fn spans(group: &ResourceSpans) -> usize {
    group.scope_spans.iter().map(|scope| scope.spans.len()).sum()
}

fn take_group(builder: &mut BatchBuilder, group: ResourceSpans) {
    let spans = spans(&group);
    if spans == 0 {
        return;
    }
    let resource = match builder.resource(group.resource) {
        Ok(resource) => resource,
        Err(reason) => return builder.refuse(reason, spans),
    };
    for scope_spans in group.scope_spans {
        let scope = scope(scope_spans.scope);
        for proto in scope_spans.spans {
            match span(proto, resource, &scope) {
                Ok(span) => builder.batch.spans.push(span),
                Err(reason) => builder.refuse(reason, 1),
            }
        }
    }
}

fn span(proto: ProtoSpan, resource: usize, scope: &InstrumentationScope) -> Result<Span, RefusalReason> {
    let status = proto.status.unwrap_or_default();
    Ok(Span {
        resource,
        trace_id: identifier::valid(&proto.trace_id).ok_or(RefusalReason::InvalidId)?,
        span_id: identifier::valid(&proto.span_id).ok_or(RefusalReason::InvalidId)?,
        // Some senders write zeros for a root; an unreadable parent costs the edge, not the span.
        parent_span_id: identifier::valid(&proto.parent_span_id),
        name: clean(proto.name),
        kind: kind(proto.kind),
        start: instant::at(proto.start_time_unix_nano),
        duration_ns: instant::nanos_between(proto.start_time_unix_nano, proto.end_time_unix_nano),
        status: outcome(status.code),
        status_message: clean(status.message),
        attributes: attributes(proto.attributes)?,
        events: proto.events.into_iter().map(event).collect::<Result<_, _>>()?,
        links: proto.links.into_iter().filter_map(|proto| link(proto).transpose()).collect::<Result<_, _>>()?,
        scope: scope.clone(),
    })
}

fn event(proto: Event) -> Result<SpanEvent, RefusalReason> {
    Ok(SpanEvent {
        timestamp: instant::at(proto.time_unix_nano),
        name: clean(proto.name),
        attributes: attributes(proto.attributes)?,
    })
}

/// `None` when the link names no span: it leads nowhere, and the span is worth keeping without it.
fn link(proto: Link) -> Result<Option<SpanLink>, RefusalReason> {
    let (Some(trace_id), Some(span_id)) = (identifier::valid(&proto.trace_id), identifier::valid(&proto.span_id))
    else {
        return Ok(None);
    };
    Ok(Some(SpanLink { trace_id, span_id, attributes: attributes(proto.attributes)? }))
}

fn kind(number: i32) -> SpanKind {
    match ProtoKind::try_from(number) {
        Ok(ProtoKind::Internal) => SpanKind::Internal,
        Ok(ProtoKind::Server) => SpanKind::Server,
        Ok(ProtoKind::Client) => SpanKind::Client,
        Ok(ProtoKind::Producer) => SpanKind::Producer,
        Ok(ProtoKind::Consumer) => SpanKind::Consumer,
        Ok(ProtoKind::Unspecified) | Err(_) => SpanKind::Unspecified,
    }
}

fn outcome(code: i32) -> SpanStatus {
    match StatusCode::try_from(code) {
        Ok(StatusCode::Ok) => SpanStatus::Ok,
        Ok(StatusCode::Error) => SpanStatus::Error,
        Ok(StatusCode::Unset) | Err(_) => SpanStatus::Unset,
    }
}
