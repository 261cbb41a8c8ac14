//! Puts the spans of a trace in order: parents before their children, whatever was sent.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use devos_contracts::query::{SpanDetail, SpanId, SpanNode};

/// Every span with its depth; siblings by their start.
///
/// A span whose parent is missing begins a tree of its own. So does the earliest span of a cycle, which is cut there.
/// Of spans that share an id the earliest is the parent of those that name it.
pub fn arrange(spans: Vec<SpanDetail>) -> Vec<SpanNode> {
    let mut spans = spans;
    spans.sort_by_key(|span| (span.start, span.span_id));
    let mut by_id: HashMap<SpanId, usize> = HashMap::with_capacity(spans.len());
    for (index, span) in spans.iter().enumerate() {
        by_id.entry(span.span_id).or_insert(index);
    }
    let parents: Vec<Option<usize>> =
        spans.iter().map(|span| span.parent_span_id.and_then(|id| by_id.get(&id).copied())).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
    for (index, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            children[*parent].push(index);
        }
    }

    let mut placed = vec![false; spans.len()];
    let mut order = Vec::with_capacity(spans.len());
    let roots = (0..spans.len()).filter(|index| parents[*index].is_none());
    // What no root leads to lies on a cycle or below one.
    for root in roots.chain(0..spans.len()) {
        let mut open = vec![(root, 0)];
        while let Some((index, depth)) = open.pop() {
            if std::mem::replace(&mut placed[index], true) {
                continue;
            }
            order.push((index, depth));
            open.extend(children[index].iter().rev().map(|child| (*child, depth + 1)));
        }
    }

    let mut spans: Vec<_> = spans.into_iter().map(Some).collect();
    let place = |(index, depth): (usize, u32)| {
        let span: SpanDetail = spans[index].take()?;
        Some(SpanNode { depth, orphan: depth == 0 && span.parent_span_id.is_some(), span })
    };
    order.into_iter().filter_map(place).collect()
}
