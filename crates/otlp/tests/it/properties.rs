use devos_otlp::{
    Compression, Encoding, JunitLimits, decode_junit, decode_logs, decode_metrics, decode_traces, decompress,
    logs_from_proto, traces_from_proto,
};
use opentelemetry_proto::tonic::{
    collector::{logs::v1::ExportLogsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    resource::v1::Resource,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span, Status,
        span::{Event, Link},
    },
};
use proptest::{collection::vec, option, prelude::*};
use prost::Message;

fn value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        any::<String>().prop_map(Value::StringValue),
        any::<bool>().prop_map(Value::BoolValue),
        any::<i64>().prop_map(Value::IntValue),
        // JSON through the generated types has no special doubles; those have a test of their own.
        (-1e300..1e300).prop_map(Value::DoubleValue),
        vec(any::<u8>(), 0..20).prop_map(Value::BytesValue),
    ];
    let leaf = option::of(leaf).prop_map(|value| AnyValue { value });
    leaf.prop_recursive(10, 20, 3, |inner| {
        let pair = (any::<String>(), inner.clone());
        let pair = pair.prop_map(|(key, value)| KeyValue { key, value: Some(value), ..KeyValue::default() });
        prop_oneof![
            vec(inner, 0..3).prop_map(|values| Value::ArrayValue(ArrayValue { values })),
            vec(pair, 0..3).prop_map(|values| Value::KvlistValue(KeyValueList { values })),
        ]
        .prop_map(|value| AnyValue { value: Some(value) })
    })
}

pub fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    vec((any::<String>(), option::of(value())), 0..4).prop_map(|pairs| {
        pairs.into_iter().map(|(key, value)| KeyValue { key, value, ..KeyValue::default() }).collect()
    })
}

pub fn id(length: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => vec(any::<u8>(), length), 1 => vec(any::<u8>(), 0..20), 1 => Just(vec![0; length])]
}

pub fn source() -> impl Strategy<Value = (Option<Resource>, Option<InstrumentationScope>)> {
    let resource = attributes().prop_map(|attributes| Resource { attributes, ..Resource::default() });
    let scope = any::<(String, String)>();
    let scope =
        scope.prop_map(|(name, version)| InstrumentationScope { name, version, ..InstrumentationScope::default() });
    (option::of(resource), option::of(scope))
}

prop_compose! {
    fn record()(
        (time_unix_nano, observed_time_unix_nano, severity_number) in any::<(u64, u64, i32)>(),
        (severity_text, event_name) in any::<(String, String)>(),
        body in option::of(value()),
        attributes in attributes(),
        (trace_id, span_id) in (id(16), id(8)),
    ) -> LogRecord {
        LogRecord {
            time_unix_nano, observed_time_unix_nano, severity_number, severity_text, event_name, body, attributes,
            trace_id, span_id, ..LogRecord::default()
        }
    }
}

prop_compose! {
    fn span()(
        (start_time_unix_nano, end_time_unix_nano, time_unix_nano) in any::<(u64, u64, u64)>(),
        (name, message) in any::<(String, String)>(),
        (kind, code) in (-1..8, -1..4),
        attributes in attributes(),
        event in attributes(),
        (trace_id, span_id, parent_span_id) in (id(16), id(8), id(8)),
        link in (id(16), id(8), attributes()),
    ) -> Span {
        let event = Event { time_unix_nano, name: name.clone(), attributes: event, ..Event::default() };
        let link = Link { trace_id: link.0, span_id: link.1, attributes: link.2, ..Link::default() };
        Span {
            start_time_unix_nano, end_time_unix_nano, name, kind, attributes, trace_id, span_id, parent_span_id,
            events: vec![event], links: vec![link], status: Some(Status { message, code }), ..Span::default()
        }
    }
}

prop_compose! {
    fn logs()(groups in vec((source(), vec(record(), 0..3)), 0..3)) -> ExportLogsServiceRequest {
        let group = |((resource, scope), log_records)| ResourceLogs {
            resource,
            scope_logs: vec![ScopeLogs { scope, log_records, ..ScopeLogs::default() }],
            ..ResourceLogs::default()
        };
        ExportLogsServiceRequest { resource_logs: groups.into_iter().map(group).collect() }
    }
}

prop_compose! {
    fn traces()(groups in vec((source(), vec(span(), 0..3)), 0..3)) -> ExportTraceServiceRequest {
        let group = |((resource, scope), spans)| ResourceSpans {
            resource,
            scope_spans: vec![ScopeSpans { scope, spans, ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        };
        ExportTraceServiceRequest { resource_spans: groups.into_iter().map(group).collect() }
    }
}

fn markup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<testsuites>"),
        Just("</testsuites>"),
        Just("<testsuite name='a'>"),
        Just("</testsuite>"),
        Just("<testcase name='t' time='1'>"),
        Just("</testcase>"),
        Just("<testcase/>"),
        Just("<failure message='m'>"),
        Just("</failure>"),
        Just("<skipped/>"),
        Just("<flakyFailure/>"),
        Just("<rerunError>"),
        Just("</rerunError>"),
        Just("<![CDATA["),
        Just("]]>"),
        Just("<!--"),
        Just("-->"),
        Just("&lt;"),
        Just("&"),
        Just("<"),
        Just(">"),
        Just("'"),
        Just("text"),
        Just("é"),
        Just("\u{feff}"),
        Just("<?xml encoding='"),
        Just("?>"),
        Just("<!DOCTYPE "),
    ];
    vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_make_a_decoder_panic(body in vec(any::<u8>(), 0..300)) {
        for encoding in [Encoding::Protobuf, Encoding::Json] {
            let _ = decode_logs(&body, encoding);
            let _ = decode_traces(&body, encoding);
            let _ = decode_metrics(&body, encoding);
        }
        let _ = decode_junit(&body, JunitLimits::default());
        let _ = decompress(&body, Compression::Gzip, 100);
        let _ = decompress(&[b"\x28\xb5\x2f\xfd".as_slice(), &body].concat(), Compression::Zstd, 100);
        let _ = decompress(&[b"\x1f\x8b\x08\0\0\0\0\0\0\x03".as_slice(), &body].concat(), Compression::Gzip, 100);
    }

    #[test]
    fn no_damaged_message_makes_a_decoder_panic(message in logs(), at in any::<prop::sample::Index>(), byte: u8) {
        for (mut body, encoding) in
            [(message.encode_to_vec(), Encoding::Protobuf), (serde_json::to_vec(&message).unwrap(), Encoding::Json)]
        {
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = byte;
            }
            let _ = decode_logs(&body, encoding);
        }
    }

    #[test]
    fn no_markup_makes_the_report_decoder_panic(xml in markup()) {
        let _ = decode_junit(xml.as_bytes(), JunitLimits { cases: 3, depth: 4, text_bytes: 5 });
    }

    #[test]
    fn logs_read_the_same_in_either_encoding(message in logs()) {
        let json = decode_logs(&serde_json::to_vec(&message).unwrap(), Encoding::Json).unwrap();
        let protobuf = decode_logs(&message.encode_to_vec(), Encoding::Protobuf).unwrap();
        prop_assert_eq!(&json, &protobuf);
        prop_assert!(!serde_json::to_string(&json).unwrap().contains("\\u0000"));
        let sent: usize = message.resource_logs.iter().map(|group| group.scope_logs[0].log_records.len()).sum();
        let refused: u64 = json.refused.iter().map(|refusal| refusal.count).sum();
        prop_assert_eq!(json.logs.len() as u64 + refused, sent as u64);
        prop_assert!(json.logs.iter().all(|log| log.resource < json.resources.len()));
        prop_assert_eq!(logs_from_proto(message), json);
    }

    #[test]
    fn traces_read_the_same_in_either_encoding(message in traces()) {
        let json = decode_traces(&serde_json::to_vec(&message).unwrap(), Encoding::Json).unwrap();
        let protobuf = decode_traces(&message.encode_to_vec(), Encoding::Protobuf).unwrap();
        prop_assert_eq!(&json, &protobuf);
        let sent: usize = message.resource_spans.iter().map(|group| group.scope_spans[0].spans.len()).sum();
        let refused: u64 = json.refused.iter().map(|refusal| refusal.count).sum();
        prop_assert_eq!(json.spans.len() as u64 + refused, sent as u64);
        prop_assert_eq!(traces_from_proto(message), json);
    }
}
