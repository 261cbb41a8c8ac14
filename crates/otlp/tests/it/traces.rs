use devos_contracts::telemetry::{Refusal, RefusalReason, SpanKind, SpanStatus, TelemetrySignal};
use devos_otlp::{Encoding, decode_traces, traces_from_proto};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::KeyValue,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span, Status,
        span::{Event, Link},
    },
};
use prost::Message;
use serde_json::json;

use crate::{SPAN_ID, TRACE_ID, corpus};

fn span() -> Span {
    Span { trace_id: vec![1; 16], span_id: vec![2; 8], ..Span::default() }
}

fn request(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }] }
}

#[test]
fn the_published_shape_is_read() {
    let batch = decode_traces(&corpus("otlp/trace.json"), Encoding::Json).unwrap();
    let expected = json!({
        "resources": [{ "attributes": { "service.name": "shop" } }],
        "logs": [],
        "spans": [{
            "resource": 0,
            "trace_id": TRACE_ID,
            "span_id": SPAN_ID,
            "parent_span_id": [0xee, 0xe1, 0x9b, 0x7e, 0xc3, 0xc1, 0xb1, 0x73],
            "name": "GET /cart",
            "kind": "server",
            "start": "2018-12-13T14:51:00Z",
            "duration_ns": 1_000_000_000,
            "status": "error",
            "status_message": "timeout",
            "attributes": { "http.response.status_code": 500 },
            "events": [{
                "timestamp": "2018-12-13T14:51:00.500Z",
                "name": "exception",
                "attributes": { "exception.type": "TimeoutError" },
            }],
            "links": [{ "trace_id": TRACE_ID, "span_id": SPAN_ID, "attributes": {} }],
            "scope": { "name": "shop.http", "version": "1.2.0" },
        }],
        "metrics": [],
        "points": [],
        "refused": [],
    });
    assert_eq!(serde_json::to_value(batch).unwrap(), expected);
}

#[test]
fn protobuf_goes_round() {
    let message = request(vec![Span { name: "GET /".to_owned(), kind: 3, ..span() }]);
    let batch = decode_traces(&message.encode_to_vec(), Encoding::Protobuf).unwrap();
    assert_eq!(batch, traces_from_proto(message));
    assert_eq!((batch.spans[0].name.as_str(), batch.spans[0].kind), ("GET /", SpanKind::Client));
}

#[test]
fn spans_with_invalid_ids_are_refused_and_counted() {
    let spans = vec![
        span(),
        Span { trace_id: vec![0; 16], ..span() },
        Span { trace_id: vec![1; 8], ..span() },
        Span { span_id: vec![], ..span() },
        Span { span_id: vec![0; 8], ..span() },
    ];
    let batch = traces_from_proto(request(spans));
    assert_eq!(batch.spans.len(), 1);
    let refused = Refusal { signal: TelemetrySignal::Traces, reason: RefusalReason::InvalidId, count: 4 };
    assert_eq!(batch.refused, [refused]);
}

#[test]
fn parents_and_links_that_lead_nowhere_are_dropped() {
    let good = Link { trace_id: vec![3; 16], span_id: vec![4; 8], ..Link::default() };
    let bad = Link { trace_id: vec![0; 16], ..good.clone() };
    let links = vec![bad, good];
    let batch = traces_from_proto(request(vec![Span { parent_span_id: vec![0; 8], links, ..span() }]));
    assert_eq!(batch.spans[0].parent_span_id, None);
    assert_eq!(batch.spans[0].links.len(), 1);
    assert_eq!(batch.spans[0].links[0].trace_id, [3; 16]);
}

#[test]
fn durations_are_never_negative() {
    let times = [(10, 25), (25, 10), (0, 1_544_712_660_300_000_000), (10, 0)];
    let spans = times.map(|(start, end)| Span { start_time_unix_nano: start, end_time_unix_nano: end, ..span() });
    let batch = traces_from_proto(request(spans.to_vec()));
    assert_eq!(batch.spans.iter().map(|span| span.duration_ns).collect::<Vec<_>>(), [15, 0, 0, 0]);
}

#[test]
fn kinds_and_statuses_map_and_unknown_ones_are_unspecified() {
    let span_of = |n| Span { kind: n, status: Some(Status { code: n, ..Status::default() }), ..span() };
    let batch = traces_from_proto(request((0..7).map(span_of).collect()));
    let kinds: Vec<_> = batch.spans.iter().map(|span| span.kind).collect();
    let expected = [
        SpanKind::Unspecified,
        SpanKind::Internal,
        SpanKind::Server,
        SpanKind::Client,
        SpanKind::Producer,
        SpanKind::Consumer,
        SpanKind::Unspecified,
    ];
    assert_eq!(kinds, expected);
    let statuses: Vec<_> = batch.spans.iter().map(|span| span.status).take(4).collect();
    assert_eq!(statuses, [SpanStatus::Unset, SpanStatus::Ok, SpanStatus::Error, SpanStatus::Unset]);
}

#[test]
fn crowded_events_and_links_refuse_their_span() {
    let attributes = vec![KeyValue::default(); 257];
    let event = Event { attributes: attributes.clone(), ..Event::default() };
    let link = Link { trace_id: vec![3; 16], span_id: vec![4; 8], attributes, ..Link::default() };
    let spans = vec![Span { events: vec![event], ..span() }, Span { links: vec![link], ..span() }, span()];
    let batch = traces_from_proto(request(spans));
    assert_eq!(batch.spans.len(), 1);
    assert_eq!((batch.refused[0].reason, batch.refused[0].count), (RefusalReason::TooManyAttributes, 2));
}
