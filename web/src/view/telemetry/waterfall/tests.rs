use chrono::{Duration, TimeZone};
use devos_contracts::query::{SpanDetail, TraceId};
use devos_contracts::telemetry::{Attributes, SpanKind};

use super::*;

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap()
}

fn node(id: u8, depth: u32, service: &str, begins_ms: i64, lasts_ms: i64, status: SpanStatus) -> SpanNode {
    let span = SpanDetail {
        span_id: SpanId([id; 8]),
        parent_span_id: None,
        name: format!("span {id}"),
        kind: SpanKind::Internal,
        service: Some(service.into()),
        start: start() + Duration::milliseconds(begins_ms),
        duration_ns: lasts_ms * 1_000_000,
        status,
        status_message: String::new(),
        attributes: Attributes::new(),
        resource: Attributes::new(),
        events: Vec::new(),
        links: Vec::new(),
        scope_name: String::new(),
    };
    SpanNode { depth, orphan: false, span }
}

fn trace() -> TraceDetail {
    TraceDetail {
        trace_id: TraceId([7; 16]),
        start: Some(start()),
        duration_ns: 200_000_000,
        services: vec!["payments".into(), "shop".into()],
        spans: vec![
            node(1, 0, "shop", 0, 200, SpanStatus::Unset),
            node(2, 1, "payments", 50, 100, SpanStatus::Error),
            node(3, 2, "payments", 60, 20, SpanStatus::Ok),
            node(4, 1, "shop", 160, 500, SpanStatus::Ok),
        ],
        logs: Vec::new(),
        truncated: false,
    }
}

#[test]
fn bars_stand_where_their_time_is() {
    let drawn = waterfall(&trace());
    let places: Vec<_> = drawn.lines.iter().map(|line| (line.left, line.width)).collect();
    // The last span claims to outlast its trace: it ends with the axis.
    assert_eq!(places, [(0.0, 100.0), (25.0, 50.0), (30.0, 10.0), (80.0, 20.0)]);
    assert_eq!(drawn.errors, 1);
    assert_eq!(drawn.lines.iter().map(|line| line.hue).collect::<Vec<_>>(), [1, 0, 0, 1]);
}

#[test]
fn folding_hides_all_that_hangs_below() {
    let drawn = waterfall(&trace());
    assert_eq!(drawn.lines.iter().map(|line| line.below).collect::<Vec<_>>(), [3, 1, 0, 0]);
    let seen = |folded: &[usize]| unfolded(&drawn.lines, folded).iter().map(|line| line.index).collect::<Vec<_>>();
    assert_eq!(seen(&[]), [0, 1, 2, 3]);
    assert_eq!(seen(&[1]), [0, 1, 3]);
    assert_eq!(seen(&[0, 1]), [0]);
}

#[test]
fn the_axis_has_round_marks_within_the_trace() {
    assert_eq!(
        waterfall(&trace()).marks,
        [(0, 0.0), (50_000_000, 25.0), (100_000_000, 50.0), (150_000_000, 75.0), (200_000_000, 100.0)]
    );
}

#[test]
fn a_trace_of_logs_alone_has_no_lines() {
    let empty = TraceDetail { start: None, duration_ns: 0, spans: Vec::new(), ..trace() };
    assert!(waterfall(&empty).lines.is_empty());
}
