use devos_contracts::telemetry::{RefusalReason, TelemetryBatch};
use devos_otlp::logs_from_proto;
use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
};
use serde_json::json;

fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn array(item: AnyValue) -> AnyValue {
    any(Value::ArrayValue(ArrayValue { values: vec![item] }))
}

fn map(item: AnyValue) -> AnyValue {
    let pair = KeyValue { key: "k".to_owned(), value: Some(item), ..KeyValue::default() };
    any(Value::KvlistValue(KeyValueList { values: vec![pair] }))
}

fn nested(depth: usize, wrap: fn(AnyValue) -> AnyValue) -> AnyValue {
    (0..depth).fold(any(Value::IntValue(1)), |value, _| wrap(value))
}

fn decode(record: LogRecord) -> TelemetryBatch {
    let scope_logs = vec![ScopeLogs { log_records: vec![record], ..ScopeLogs::default() }];
    logs_from_proto(ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }],
    })
}

fn with_attribute(value: AnyValue) -> TelemetryBatch {
    let attributes = vec![KeyValue { key: "a".to_owned(), value: Some(value), ..KeyValue::default() }];
    decode(LogRecord { attributes, ..LogRecord::default() })
}

fn with_body(body: AnyValue) -> TelemetryBatch {
    decode(LogRecord { body: Some(body), ..LogRecord::default() })
}

#[test]
fn every_kind_of_value_has_its_json() {
    for (value, expected) in [
        (any(Value::StringValue("s".to_owned())), json!("s")),
        (any(Value::BoolValue(true)), json!(true)),
        (any(Value::IntValue(i64::MIN)), json!(i64::MIN)),
        (any(Value::DoubleValue(0.1)), json!(0.1)),
        (any(Value::DoubleValue(f64::NAN)), json!("NaN")),
        (any(Value::DoubleValue(f64::INFINITY)), json!("Infinity")),
        (any(Value::DoubleValue(f64::NEG_INFINITY)), json!("-Infinity")),
        (any(Value::BytesValue(vec![0, 1, 255])), json!("AAH/")),
        (any(Value::ArrayValue(ArrayValue::default())), json!([])),
        (map(AnyValue::default()), json!({ "k": null })),
        (AnyValue::default(), json!(null)),
    ] {
        assert_eq!(with_attribute(value).logs[0].attributes["a"], expected);
    }
}

#[test]
fn bodies_are_text_or_json_text() {
    for (value, expected) in [
        (any(Value::StringValue("plain".to_owned())), "plain"),
        (any(Value::BytesValue(vec![0, 1, 255])), "AAH/"),
        (any(Value::IntValue(7)), "7"),
        (map(array(any(Value::BoolValue(false)))), r#"{"k":[false]}"#),
        (AnyValue::default(), ""),
    ] {
        assert_eq!(with_body(value).logs[0].body, expected);
    }
}

#[test]
fn values_nest_eight_deep_and_no_deeper() {
    for wrap in [array as fn(AnyValue) -> AnyValue, map] {
        for read in [with_attribute as fn(AnyValue) -> TelemetryBatch, with_body] {
            assert_eq!(read(nested(8, wrap)).logs.len(), 1);
            let batch = read(nested(9, wrap));
            assert!(batch.logs.is_empty());
            assert_eq!((batch.refused[0].reason, batch.refused[0].count), (RefusalReason::TooDeep, 1));
        }
    }
}
