use devos_contracts::telemetry::{Refusal, RefusalReason, TelemetrySignal};
use devos_otlp::{Encoding, decode_logs, logs_from_proto};
use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    resource::v1::Resource,
};
use prost::Message;
use serde_json::json;

use crate::{SPAN_ID, TRACE_ID, corpus};

fn text(text: &str) -> AnyValue {
    AnyValue { value: Some(Value::StringValue(text.to_owned())) }
}

fn pair(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(text(value)), ..KeyValue::default() }
}

fn group(service: &str, records: Vec<LogRecord>) -> ResourceLogs {
    ResourceLogs {
        resource: Some(Resource { attributes: vec![pair("service.name", service)], ..Resource::default() }),
        scope_logs: vec![ScopeLogs { log_records: records, ..ScopeLogs::default() }],
        ..ResourceLogs::default()
    }
}

fn request(records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    ExportLogsServiceRequest { resource_logs: vec![group("shop", records)] }
}

#[test]
fn protobuf_goes_round() {
    let record = LogRecord {
        time_unix_nano: 1_544_712_660_300_000_000,
        observed_time_unix_nano: 1_544_712_660_400_000_000,
        severity_number: 17,
        severity_text: "Error".to_owned(),
        body: Some(text("cart is empty")),
        attributes: vec![pair("user", "7")],
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        event_name: "cart.empty".to_owned(),
        ..LogRecord::default()
    };
    let mut message = request(vec![record]);
    message.resource_logs[0].scope_logs[0].scope = Some(InstrumentationScope {
        name: "lib".to_owned(),
        version: "2".to_owned(),
        ..InstrumentationScope::default()
    });

    let batch = decode_logs(&message.encode_to_vec(), Encoding::Protobuf).unwrap();

    assert_eq!(batch, logs_from_proto(message));
    assert_eq!(batch.resources[0].service_name(), Some("shop"));
    assert!(batch.refused.is_empty());
    let log = &batch.logs[0];
    assert_eq!(log.timestamp.unwrap().to_rfc3339(), "2018-12-13T14:51:00.300+00:00");
    assert_eq!((log.severity_number, log.severity_text.as_str()), (17, "Error"));
    assert_eq!((log.body.as_str(), log.event_name.as_str()), ("cart is empty", "cart.empty"));
    assert_eq!(log.attributes["user"], "7");
    assert_eq!((log.trace_id, log.span_id), (Some([1; 16]), Some([2; 8])));
    assert_eq!((log.scope.name.as_str(), log.scope.version.as_str()), ("lib", "2"));
}

#[test]
fn the_published_shape_is_read() {
    let batch = decode_logs(&corpus("otlp/logs.json"), Encoding::Json).unwrap();
    let expected = json!({
        "resources": [{ "attributes": { "service.name": "shop" } }],
        "logs": [
            {
                "resource": 0,
                "timestamp": "2018-12-13T14:51:00.300Z",
                "severity_number": 17,
                "severity_text": "Error",
                "body": "cart is empty",
                "attributes": {
                    "string": "some string",
                    "boolean": true,
                    "int": 10,
                    "double": 637.704,
                    "bytes": "AAH/",
                    "array": ["many", 2],
                    "map": { "inner": false },
                    "empty": null,
                },
                "trace_id": TRACE_ID,
                "span_id": SPAN_ID,
                "scope": { "name": "shop.cart", "version": "1.2.0" },
                "event_name": "",
            },
            {
                "resource": 0,
                "timestamp": "2018-12-13T14:51:00.400Z",
                "severity_number": 9,
                "severity_text": "",
                "body": r#"{"url":"https://shop.example/"}"#,
                "attributes": {},
                "trace_id": null,
                "span_id": null,
                "scope": { "name": "shop.cart", "version": "1.2.0" },
                "event_name": "browser.page_view",
            },
        ],
        "spans": [],
        "metrics": [],
        "points": [],
        "refused": [],
    });
    assert_eq!(serde_json::to_value(batch).unwrap(), expected);
}

#[test]
fn equal_resources_are_kept_once_and_empty_groups_leave_no_trace() {
    let groups = [("shop", 1), ("mail", 1), ("idle", 0), ("shop", 2)];
    let resource_logs =
        groups.into_iter().map(|(service, records)| group(service, vec![LogRecord::default(); records])).collect();
    let batch = logs_from_proto(ExportLogsServiceRequest { resource_logs });
    let services: Vec<_> = batch.resources.iter().map(|resource| resource.service_name().unwrap()).collect();
    assert_eq!(services, ["shop", "mail"]);
    assert_eq!(batch.logs.iter().map(|log| log.resource).collect::<Vec<_>>(), [0, 1, 0, 0]);
}

#[test]
fn the_observed_time_stands_in_and_no_time_is_none() {
    let observed = LogRecord { observed_time_unix_nano: 1, ..LogRecord::default() };
    let batch = logs_from_proto(request(vec![observed, LogRecord::default()]));
    assert_eq!(batch.logs[0].timestamp.unwrap().timestamp_nanos_opt(), Some(1));
    assert_eq!(batch.logs[1].timestamp, None);
}

#[test]
fn invalid_ids_cost_the_ids_and_not_the_record() {
    let ids = [(vec![1; 16], vec![0; 8]), (vec![0; 16], vec![2; 8]), (vec![1; 15], vec![2; 8]), (vec![], vec![2; 8])];
    let records = ids.map(|(trace_id, span_id)| LogRecord { trace_id, span_id, ..LogRecord::default() });
    let batch = logs_from_proto(request(records.to_vec()));
    let read: Vec<_> = batch.logs.iter().map(|log| (log.trace_id, log.span_id)).collect();
    assert_eq!(read, [(Some([1; 16]), None), (None, None), (None, None), (None, None)]);
    assert!(batch.refused.is_empty());
}

#[test]
fn unknown_severities_are_unspecified() {
    let records = [24, 25, -1, i32::MAX].map(|severity_number| LogRecord { severity_number, ..LogRecord::default() });
    let batch = logs_from_proto(request(records.to_vec()));
    assert_eq!(batch.logs.iter().map(|log| log.severity_number).collect::<Vec<_>>(), [24, 0, 0, 0]);
}

#[test]
fn nul_characters_are_stripped_everywhere() {
    let record = LogRecord {
        severity_text: "Err\0or".to_owned(),
        body: Some(text("a\0b")),
        attributes: vec![pair("k\0ey", "\0")],
        event_name: "\0e".to_owned(),
        ..LogRecord::default()
    };
    let mut message = request(vec![record]);
    message.resource_logs[0].scope_logs[0].scope = Some(InstrumentationScope {
        name: "l\0".to_owned(),
        version: "\x001".to_owned(),
        ..InstrumentationScope::default()
    });
    let batch = logs_from_proto(message);
    assert!(!serde_json::to_string(&batch).unwrap().contains("\\u0000"));
    assert_eq!(batch.logs[0].attributes["key"], "");
}

#[test]
fn refusals_are_counted_by_reason_and_spare_the_neighbours() {
    let crowded = || (0..257).map(|n| pair(&n.to_string(), "")).collect::<Vec<_>>();
    let full = LogRecord { attributes: crowded()[..256].to_vec(), ..LogRecord::default() };
    let over = LogRecord { attributes: crowded(), ..LogRecord::default() };
    let mut bad_resource = group("", vec![LogRecord::default(); 3]);
    bad_resource.resource = Some(Resource { attributes: crowded(), ..Resource::default() });
    let resource_logs = vec![group("shop", vec![over.clone(), full, over]), bad_resource];

    let batch = logs_from_proto(ExportLogsServiceRequest { resource_logs });

    assert_eq!(batch.logs.len(), 1);
    assert_eq!(batch.logs[0].attributes.len(), 256);
    assert_eq!(batch.resources.len(), 1);
    let refused = Refusal { signal: TelemetrySignal::Logs, reason: RefusalReason::TooManyAttributes, count: 5 };
    assert_eq!(batch.refused, [refused]);
}

#[test]
fn broken_protobuf_is_malformed() {
    let error = decode_logs(b"\x0a\x05oops", Encoding::Protobuf).unwrap_err();
    assert!(error.to_string().starts_with("malformed body: "), "{error}");
    assert!(decode_logs(b"", Encoding::Protobuf).unwrap().logs.is_empty());
}
