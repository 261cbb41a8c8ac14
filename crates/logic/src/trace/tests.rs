use chrono::DateTime;
use devos_contracts::telemetry::{Attributes, SpanKind, SpanStatus};
use proptest::prelude::*;

use super::*;

fn id(number: u8) -> SpanId {
    SpanId([0, 0, 0, 0, 0, 0, 0, number])
}

/// A span by its number, its parent's number (0 for none) and its start.
fn span((number, parent, start): (u8, u8, i64)) -> SpanDetail {
    SpanDetail {
        span_id: id(number),
        parent_span_id: (parent > 0).then(|| id(parent)),
        name: String::new(),
        kind: SpanKind::Internal,
        service: None,
        start: DateTime::from_timestamp(start, 0).unwrap(),
        duration_ns: 1,
        status: SpanStatus::Unset,
        status_message: String::new(),
        attributes: Attributes::new(),
        resource: Attributes::new(),
        events: Vec::new(),
        links: Vec::new(),
        scope_name: String::new(),
    }
}

/// Number, depth and orphan of each span in order.
fn arranged(spans: &[(u8, u8, i64)]) -> Vec<(u8, u32, bool)> {
    let nodes = arrange(spans.iter().copied().map(span).collect());
    nodes.iter().map(|node| (node.span.span_id.0[7], node.depth, node.orphan)).collect()
}

#[test]
fn parents_come_before_children_and_siblings_by_start() {
    let sent = [(4, 2, 30), (3, 1, 40), (2, 1, 20), (1, 0, 10)];
    assert_eq!(arranged(&sent), [(1, 0, false), (2, 1, false), (4, 2, false), (3, 1, false)]);
    // A clock that is behind puts a child before its parent in time, not in the list.
    assert_eq!(arranged(&[(2, 1, 5), (1, 0, 10)]), [(1, 0, false), (2, 1, false)]);
}

#[test]
fn a_missing_parent_makes_an_orphan() {
    assert_eq!(arranged(&[(1, 0, 1), (3, 9, 2), (4, 3, 3)]), [(1, 0, false), (3, 0, true), (4, 1, false)]);
}

#[test]
fn cycles_are_cut_at_the_earliest_span() {
    assert_eq!(arranged(&[(1, 1, 1)]), [(1, 0, true)]);
    assert_eq!(arranged(&[(1, 3, 3), (2, 1, 1), (3, 2, 2)]), [(2, 0, true), (3, 1, false), (1, 2, false)]);
}

#[test]
fn spans_with_one_id_are_all_shown() {
    assert_eq!(arranged(&[(1, 0, 1), (1, 0, 2), (2, 1, 3)]), [(1, 0, false), (2, 1, false), (1, 0, false)]);
}

#[test]
fn a_deep_trace_needs_no_deep_stack() {
    let chain = (0..100_000_u32).map(|number| {
        let id = |number: u32| SpanId((u64::from(number) + 1).to_be_bytes());
        let parent = number.checked_sub(1).map(id);
        SpanDetail { span_id: id(number), parent_span_id: parent, ..span((1, 0, i64::from(number))) }
    });
    assert_eq!(arrange(chain.collect()).last().unwrap().depth, 99_999);
}

proptest! {
    #[test]
    fn every_span_is_there_once_and_below_its_parent(sent in prop::collection::vec((1..20_u8, 0..24_u8, 0..9_i64), 0..30)) {
        let nodes = arrange(sent.iter().copied().map(span).collect());
        prop_assert_eq!(nodes.len(), sent.len());
        for (index, node) in nodes.iter().enumerate().filter(|(_, node)| node.depth > 0) {
            let parent = nodes[..index].iter().rev().find(|above| above.depth < node.depth).unwrap();
            prop_assert_eq!(parent.depth + 1, node.depth);
            prop_assert_eq!(Some(parent.span.span_id), node.span.parent_span_id);
        }
    }
}
