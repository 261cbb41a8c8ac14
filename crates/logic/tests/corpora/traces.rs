//! Grouping and retrieval on 929 real failing-test traces; equal `bug` means true duplicates.

use std::collections::{BTreeMap, BTreeSet};

use devos_logic::pattern::{files, frames, group_key, scan};
use devos_logic::search::Index;
use serde::Deserialize;

use crate::shared;

#[expect(clippy::struct_field_names, reason = "the names of the data")]
#[derive(Deserialize)]
struct Trace {
    bug: String,
    test: String,
    trace: String,
}

impl Trace {
    /// Type and message as a reporter gives them.
    fn head(&self) -> (String, String) {
        let message = scan(&self.trace).rest.join("\n");
        let (kind, message) = message.split_once(':').unwrap_or((message.as_str(), ""));
        (kind.trim().to_owned(), message.trim().to_owned())
    }

    fn key(&self, trace: &str, with_test: bool) -> String {
        let (kind, message) = self.head();
        group_key(&kind, &message, Some(trace), &files(trace), with_test.then_some(&*self.test)).0
    }
}

fn pairs(count: usize) -> usize {
    count * (count - 1) / 2
}

#[expect(clippy::cast_precision_loss, reason = "thousands of pairs")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// Pairs of traces with equal keys, how many of those are true duplicates, and how many duplicates there are.
fn agreement(traces: &[Trace], keys: &[String]) -> (usize, usize, usize) {
    let (mut groups, mut both, mut bugs) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (trace, key) in traces.iter().zip(keys) {
        *groups.entry(key).or_insert(0_usize) += 1;
        *both.entry((key, &trace.bug)).or_insert(0_usize) += 1;
        *bugs.entry(&trace.bug).or_insert(0_usize) += 1;
    }
    (groups.into_values().map(pairs).sum(), both.into_values().map(pairs).sum(), bugs.into_values().map(pairs).sum())
}

#[test]
fn group_keys_agree_with_true_duplicates() {
    let Some(traces) = shared::read::<Vec<Trace>>("traces-dev.json") else {
        return;
    };
    let keys: Vec<_> = traces.iter().map(|trace| trace.key(&trace.trace, false)).collect();
    let (equal, right, duplicates) = agreement(&traces, &keys);
    let (precision, recall) = (share(right, equal), share(right, duplicates));
    println!("without test ids: {equal} equal pairs, precision {precision:.3}, recall {recall:.3} of {duplicates}");
    let distinct: BTreeSet<_> = keys.iter().collect();
    println!("{} traces, {} keys", traces.len(), distinct.len());
    let mut wrong = BTreeMap::<_, BTreeSet<_>>::new();
    for (trace, key) in traces.iter().zip(&keys) {
        wrong.entry(key).or_default().insert(&trace.bug);
    }
    for bugs in wrong.values().filter(|bugs| bugs.len() > 1) {
        println!("merged: {bugs:?}");
    }
    assert!(precision >= 0.9, "precision {precision}");
    assert!(recall >= 0.02, "recall {recall}");

    let with_test: BTreeSet<_> = traces.iter().map(|trace| trace.key(&trace.trace, true)).collect();
    let tests: BTreeSet<_> = traces.iter().map(|trace| &trace.test).collect();
    println!("with test ids: {} keys for {} tests", with_test.len(), tests.len());
    assert!(with_test.len() >= tests.len(), "two tests share a key");
}

#[test]
fn group_keys_survive_what_varies() {
    let Some(traces) = shared::read::<Vec<Trace>>("traces-dev.json") else {
        return;
    };
    let digits = regex::Regex::new(r":(\d+)\)").unwrap();
    for trace in &traces {
        let moved = digits.replace_all(&trace.trace, |found: &regex::Captures<'_>| {
            format!(":{})", found[1].parse::<u32>().unwrap() + 17)
        });
        let moved = moved.replace("GeneratedMethodAccessor4", "GeneratedMethodAccessor91");
        assert_eq!(trace.key(&trace.trace, true), trace.key(&moved, true), "{}", trace.trace);
    }
}

#[test]
fn traces_name_in_app_files_without_framework_frames() {
    let Some(traces) = shared::read::<Vec<Trace>>("traces-dev.json") else {
        return;
    };
    let mut without = 0;
    // The data cuts traces at 6000 characters, some inside a long message.
    for trace in traces.iter().filter(|trace| trace.trace.len() < 5_900) {
        let frames = frames(&trace.trace);
        assert!(!frames.is_empty(), "{}", trace.test);
        let files = files(&trace.trace);
        without += usize::from(files.is_empty());
        assert!(files.iter().all(|file| !file.starts_with("java/") && !file.contains("junit/framework")), "{files:?}");
    }
    println!("{without} of {} traces name no in-app file", traces.len());
    assert!(without * 50 < traces.len());
}

/// Recall at 1 and at 10, each bug counting once however many traces it has.
#[test]
fn search_finds_true_duplicates() {
    let Some(traces) = shared::read::<Vec<Trace>>("traces-dev.json") else {
        return;
    };
    let documents: Vec<_> = traces.iter().enumerate().map(|(index, trace)| (index, trace.trace.as_str())).collect();
    let index = Index::new(&documents);
    let mut by_bug = BTreeMap::<&str, Vec<[f64; 2]>>::new();
    for (query, trace) in traces.iter().enumerate() {
        if traces.iter().filter(|other| other.bug == trace.bug).count() < 2 {
            continue;
        }
        let ranked = index.rank(&trace.trace, 11);
        let others: Vec<_> = ranked.into_iter().map(|(found, _)| found).filter(|found| *found != query).collect();
        let hit = |depth: usize| f64::from(others.iter().take(depth).any(|found| traces[*found].bug == trace.bug));
        by_bug.entry(&trace.bug).or_default().push([hit(1), hit(10)]);
    }
    let mut by_project = BTreeMap::<&str, Vec<[f64; 2]>>::new();
    for (bug, hits) in &by_bug {
        by_project.entry(bug.split('-').next().unwrap()).or_default().push(mean(hits));
    }
    for (project, means) in &by_project {
        println!("{project}: {:.3?} over {} bugs", mean(means), means.len());
    }
    let queries: Vec<_> = by_bug.values().flatten().copied().collect();
    let projects: Vec<_> = by_project.values().map(|means| mean(means)).collect();
    let bugs: Vec<_> = by_bug.values().map(|hits| mean(hits)).collect();
    println!(
        "R@1, R@10 over {} queries: {:.3?}; over bugs: {:.3?}; over projects: {:.3?}",
        queries.len(),
        mean(&queries),
        mean(&bugs),
        mean(&projects)
    );
    assert!(mean(&bugs)[0] >= 0.65 && mean(&bugs)[1] >= 0.82, "{:?}", mean(&bugs));
}

fn mean(rows: &[[f64; 2]]) -> [f64; 2] {
    [0, 1].map(|column| rows.iter().map(|row| row[column]).sum::<f64>() / rows.iter().map(|_| 1.0).sum::<f64>())
}
