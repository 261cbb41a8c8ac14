use devos_contracts::telemetry::{RefusalReason, SpanKind, SpanStatus};
use devos_otlp::{DecodeError, Encoding, decode_logs, decode_traces};
use serde_json::json;

use crate::{SPAN_ID, TRACE_ID, corpus};

fn log(record: &serde_json::Value) -> serde_json::Value {
    json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [record] }] }] })
}

fn span(span: &serde_json::Value) -> serde_json::Value {
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span] }] }] })
}

#[test]
fn original_names_enum_names_nulls_and_unknown_fields_are_accepted() {
    let batch = decode_logs(&corpus("otlp/logs-original-names.json"), Encoding::Json).unwrap();
    let expected = json!([{
        "resource": 0,
        "timestamp": "2018-12-13T14:51:00.300Z",
        "severity_number": 14,
        "severity_text": "warning",
        "body": "low stock",
        "attributes": {
            "int": 10,
            "float": "NaN",
            "far": "-Infinity",
            "whole": 3.0,
            "bytes": "+/8=",
            "array": [],
            "map": {},
            "none": null,
        },
        "trace_id": TRACE_ID,
        "span_id": SPAN_ID,
        "scope": { "name": "", "version": "" },
        "event_name": "stock.low",
    }]);
    assert_eq!(serde_json::to_value(batch.logs).unwrap(), expected);
}

#[test]
fn enums_are_numbers_or_names() {
    for (kind, expected) in [
        (json!(2), SpanKind::Server),
        (json!("2"), SpanKind::Server),
        (json!(2.0), SpanKind::Server),
        (json!("SPAN_KIND_SERVER"), SpanKind::Server),
        (json!("SPAN_KIND_OF_ITS_OWN"), SpanKind::Unspecified),
        (json!(99), SpanKind::Unspecified),
        (json!(u64::MAX), SpanKind::Unspecified),
        (json!(null), SpanKind::Unspecified),
    ] {
        let ids = json!({ "traceId": "01".repeat(16), "spanId": "01".repeat(8), "kind": kind,
            "status": { "code": "STATUS_CODE_ERROR" } });
        let batch = decode_traces(span(&ids).to_string().as_bytes(), Encoding::Json).unwrap();
        assert_eq!((batch.spans[0].kind, batch.spans[0].status), (expected, SpanStatus::Error), "{kind}");
    }
}

#[test]
fn times_are_numbers_or_strings() {
    for time in [json!(1000), json!("1000"), json!(1e3), json!("1e3")] {
        let body = log(&json!({ "timeUnixNano": time })).to_string();
        let batch = decode_logs(body.as_bytes(), Encoding::Json).unwrap();
        assert_eq!(batch.logs[0].timestamp.unwrap().timestamp_nanos_opt(), Some(1000), "{time}");
    }
}

#[test]
fn an_id_that_is_not_hexadecimal_costs_its_span_and_not_the_request() {
    let base64 = json!({ "traceId": "W47/95gDgQPSabYzgT/GDA==", "spanId": "01".repeat(8) });
    let sixteen_letters = json!({ "traceId": "01".repeat(16), "spanId": "not a hex number" });
    for ids in [base64, sixteen_letters, json!({})] {
        let batch = decode_traces(span(&ids).to_string().as_bytes(), Encoding::Json).unwrap();
        assert!(batch.spans.is_empty());
        assert_eq!((batch.refused[0].reason, batch.refused[0].count), (RefusalReason::InvalidId, 1));
    }
    let body = log(&json!({ "traceId": "xyz", "spanId": "01".repeat(8) })).to_string();
    let batch = decode_logs(body.as_bytes(), Encoding::Json).unwrap();
    assert_eq!((batch.logs[0].trace_id, batch.logs[0].span_id), (None, None));
}

#[test]
fn what_is_not_the_message_is_malformed() {
    for body in [
        "",
        "[]",
        "null",
        "{",
        "{} {}",
        r#"{"resourceLogs": {}}"#,
        r#"{"resourceLogs": [[]]}"#,
        r#"{"resourceLogs": [null]}"#,
        r#"{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": "soon"}]}]}]}"#,
        r#"{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": -1}]}]}]}"#,
        r#"{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": 0.5}]}]}]}"#,
        r#"{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"severityText": 7}]}]}]}"#,
        r#"{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"bytesValue": "?"}}]}]}]}"#,
    ] {
        let decoded = decode_logs(body.as_bytes(), Encoding::Json);
        assert!(matches!(decoded, Err(DecodeError::Malformed { .. })), "{body}: {decoded:?}");
    }
    assert!(decode_logs(b"{}", Encoding::Json).unwrap().logs.is_empty());
}

#[test]
fn errors_say_where_and_quote_nothing() {
    let body = "{\n\"resourceLogs\": [{\"scopeLogs\": \"hunter2\"}]}";
    let error = decode_logs(body.as_bytes(), Encoding::Json).unwrap_err().to_string();
    assert_eq!(error, "malformed body: a field's value is not what OTLP/JSON has there, line 2 column 40");
    let error = decode_logs(b"{\"a\": hunter2}", Encoding::Json).unwrap_err().to_string();
    assert_eq!(error, "malformed body: not JSON: expected value at line 1 column 7");
}

#[test]
fn absurd_nesting_is_an_error_and_not_an_overflow() {
    for (open, close) in [(r#"{"arrayValue":{"values":["#, "]}}"), (r#"{"kvlistValue":{"values":[{"value":"#, "}]}}")] {
        for depth in [20, 40, 100_000] {
            let body = format!(
                r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{}{{}}{}}}]}}]}}]}}"#,
                open.repeat(depth),
                close.repeat(depth),
            );
            match decode_logs(body.as_bytes(), Encoding::Json) {
                Ok(batch) => assert_eq!(batch.refused[0].reason, RefusalReason::TooDeep),
                Err(error) => assert!(error.to_string().contains("recursion limit"), "{error}"),
            }
        }
    }
}
