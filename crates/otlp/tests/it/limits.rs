//! What one request may hold.

use devos_contracts::telemetry::{RefusalReason, TelemetrySignal};
use devos_otlp::{DecodeError, Encoding, MAX_PARTS, MAX_RECORDS, decode};
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    metrics::v1::{Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric::Data},
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use prost::Message;

const SIGNALS: [TelemetrySignal; 3] = [TelemetrySignal::Logs, TelemetrySignal::Traces, TelemetrySignal::Metrics];

/// A request of so many empty records.
fn empty(signal: TelemetrySignal, records: usize) -> Vec<u8> {
    match signal {
        TelemetrySignal::Logs => {
            let scope_logs = vec![ScopeLogs { log_records: vec![LogRecord::default(); records], ..Default::default() }];
            let resource_logs = vec![ResourceLogs { scope_logs, ..Default::default() }];
            ExportLogsServiceRequest { resource_logs }.encode_to_vec()
        }
        TelemetrySignal::Traces => {
            let scope_spans = vec![ScopeSpans { spans: vec![Span::default(); records], ..Default::default() }];
            let resource_spans = vec![ResourceSpans { scope_spans, ..Default::default() }];
            ExportTraceServiceRequest { resource_spans }.encode_to_vec()
        }
        TelemetrySignal::Metrics => {
            let data = Some(Data::Gauge(Gauge { data_points: vec![NumberDataPoint::default(); records - 1] }));
            let metrics = vec![Metric { data, ..Metric::default() }, Metric::default()];
            let scope_metrics = vec![ScopeMetrics { metrics, ..Default::default() }];
            let resource_metrics = vec![ResourceMetrics { scope_metrics, ..Default::default() }];
            ExportMetricsServiceRequest { resource_metrics }.encode_to_vec()
        }
    }
}

fn detail(decoded: Result<impl std::fmt::Debug, DecodeError>) -> String {
    match decoded {
        Err(DecodeError::Malformed { detail }) => detail,
        other => panic!("{other:?}"),
    }
}

/// A field that holds bytes, as protobuf writes it.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut written = vec![number << 3 | 2];
    prost::encode_length_delimiter(bytes.len(), &mut written).unwrap();
    written.extend(bytes);
    written
}

#[test]
fn records_are_counted_and_one_too_many_is_refused() {
    for signal in SIGNALS {
        let batch = decode(signal, &empty(signal, MAX_RECORDS), Encoding::Protobuf).unwrap();
        let refused: u64 = batch.refused.iter().map(|refusal| refusal.count).sum();
        assert_eq!(batch.logs.len() as u64 + refused, MAX_RECORDS as u64);
        let over = decode(signal, &empty(signal, MAX_RECORDS + 1), Encoding::Protobuf);
        assert_eq!(detail(over), "more than 100000 records in one request");
    }
    let text = |records: usize| {
        format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{}{{}}]}}]}}]}}"#, "{},".repeat(records - 1))
    };
    let read = |records| decode(TelemetrySignal::Logs, text(records).as_bytes(), Encoding::Json);
    assert_eq!(read(MAX_RECORDS).unwrap().logs.len(), MAX_RECORDS);
    assert_eq!(detail(read(MAX_RECORDS + 1)), "more than 100000 records in one request");
}

#[test]
fn parts_of_any_kind_are_counted_before_anything_is_made_of_them() {
    let expected = "more than 1000000 attributes and other parts in one request";
    for (signal, path) in [
        // Empty groups, scopes and the attributes of sources: none of them is a record.
        (TelemetrySignal::Logs, &[1][..]),
        (TelemetrySignal::Traces, &[1, 2]),
        (TelemetrySignal::Metrics, &[1, 1, 1]),
        (TelemetrySignal::Logs, &[1, 1, 3]),
        (TelemetrySignal::Traces, &[1, 2, 1, 3]),
        (TelemetrySignal::Logs, &[1, 2, 2, 6]),
        (TelemetrySignal::Logs, &[1, 2, 2, 5, 5, 1]),
        (TelemetrySignal::Logs, &[1, 2, 2, 6, 2, 6, 1]),
        (TelemetrySignal::Traces, &[1, 2, 2, 9]),
        (TelemetrySignal::Traces, &[1, 2, 2, 11]),
        (TelemetrySignal::Traces, &[1, 2, 2, 11, 3]),
        (TelemetrySignal::Traces, &[1, 2, 2, 13]),
        (TelemetrySignal::Traces, &[1, 2, 2, 13, 4]),
        (TelemetrySignal::Metrics, &[1, 2, 2, 12]),
        (TelemetrySignal::Metrics, &[1, 2, 2, 5, 1, 5]),
        (TelemetrySignal::Metrics, &[1, 2, 2, 7, 1, 7]),
        (TelemetrySignal::Metrics, &[1, 2, 2, 9, 1, 8, 7]),
        (TelemetrySignal::Metrics, &[1, 2, 2, 10, 1, 11]),
        (TelemetrySignal::Metrics, &[1, 2, 2, 10, 1, 1]),
        (TelemetrySignal::Metrics, &[1, 2, 2, 11, 1, 6]),
    ] {
        let [outer @ .., last] = path else { panic!("{path:?}") };
        let many = field(*last, &[]).repeat(MAX_PARTS + 1);
        let body = outer.iter().rev().fold(many, |inner, number| field(*number, &inner));
        assert_eq!(detail(decode(signal, &body, Encoding::Protobuf)), expected, "{signal:?} {path:?}");
    }
    let json = format!(r#"{{"unknown":[{}{{}}]}}"#, "{},".repeat(MAX_PARTS));
    assert_eq!(detail(decode(TelemetrySignal::Logs, json.as_bytes(), Encoding::Json)), expected);
    // Braces within text are text.
    let json = format!(r#"{{"unknown":"\"{}"}}"#, "{".repeat(MAX_PARTS + 1));
    assert!(decode(TelemetrySignal::Logs, json.as_bytes(), Encoding::Json).is_ok());
}

#[test]
fn absurd_nesting_is_an_error_and_not_an_overflow() {
    for (array, list) in [(5, 1), (6, 1)] {
        for depth in [10, 20, 40, 60, 1000] {
            let mut value = Vec::new();
            for _ in 0..depth {
                let item = if array == 5 { value } else { field(2, &value) };
                value = field(array, &field(list, &item));
            }
            let body = field(1, &field(2, &field(2, &field(5, &value))));
            match decode(TelemetrySignal::Logs, &body, Encoding::Protobuf) {
                Ok(batch) => assert_eq!((batch.refused[0].reason, depth < 60), (RefusalReason::TooDeep, true)),
                Err(error) => assert!(error.to_string().contains("recursion limit"), "{error}"),
            }
        }
    }
}

#[test]
fn what_is_no_protobuf_is_malformed() {
    for body in [
        &b"\x0a"[..],
        b"\x0a\x05oops",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x0b\x0c",
        b"\x0e\x00",
        b"\x09\x00",
        b"\x0d\x00",
    ] {
        for signal in SIGNALS {
            detail(decode(signal, body, Encoding::Protobuf));
        }
    }
    for signal in SIGNALS {
        // Fields that nobody knows, of every wire type that has an end.
        let unknown = b"\x78\x07\x79\0\0\0\0\0\0\0\0\x7a\x02hi\x7d\0\0\0\0";
        assert!(decode(signal, unknown, Encoding::Protobuf).is_ok());
    }
}
