//! Stored telemetry, to read.

use anyhow::Result;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use devos_contracts::query::{Field, Filter, LogEntry, RowCursor, RowKey, Term, Test, TimeRange, TraceId};
use devos_contracts::telemetry::{
    Attributes, Refusal, RefusalReason, SpanKind, SpanStatus, TelemetryBatch, TelemetrySignal,
};
use devos_contracts::{RepositoryId, Scope};
use devos_ports::store::{NewTestRun, RowSearch, TestSearch, Tx};
use serde_json::json;

use super::{Bench, connect, tenant};
use crate::samples::{self, at, commit, redacted, redacted_report, report, stored_batch, telemetry};

/// Now, as PostgreSQL keeps it: telemetry can not be stored at any time.
pub(super) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// The hour before and the minute after.
pub(super) fn around(now: DateTime<Utc>) -> TimeRange {
    TimeRange { from: now - TimeDelta::hours(1), to: now + TimeDelta::minutes(1) }
}

pub(super) async fn store(bench: &dyn Bench, scope: &Scope, word: &str, rows: TelemetryBatch) -> Result<()> {
    let origin = stored_batch(word, 1, now()).origin;
    let projects = vec![None; rows.resources.len()];
    let mut tx = bench.store().begin_ingest(scope).await?;
    assert!(tx.copy(&origin, &redacted(rows), &projects).await?.refused.is_empty());
    tx.commit().await?;
    Ok(())
}

fn search(range: TimeRange, terms: Vec<Term>) -> RowSearch {
    RowSearch { range, filter: Filter { terms }, after: None, limit: 100 }
}

pub(super) fn term(field: Field, test: Test) -> Term {
    Term { negated: false, field, test }
}

pub(super) fn attribute(key: &str, test: Test) -> Term {
    term(Field::Attribute(key.to_owned()), test)
}

fn not(term: Term) -> Term {
    Term { negated: true, ..term }
}

pub(super) fn text(text: &str) -> String {
    text.to_owned()
}

fn fields(fields: &serde_json::Value) -> Attributes {
    fields.as_object().cloned().unwrap_or_default()
}

/// Every test of every field of a log, alone, negated and together.
pub async fn logs_are_chosen(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?;
    let now = now();
    let mut rows = telemetry("shop", 4, 0, now);
    rows.resources[0].attributes.insert(text("host.name"), "h1".into());
    rows.logs[0].body = text("Payment REFUSED: card 100%_expired");
    rows.logs[0].severity_number = 17;
    rows.logs[0].attributes = fields(&json!({ "order": 9, "http.route": "/pay", "host.name": "own", "ratio": 0.5 }));
    rows.logs[1].span_id = Some([1; 8]);
    rows.logs[1].event_name = text("cart.paid");
    rows.logs[1].attributes = fields(&json!({ "order": "10", "paid": true, "none": null, "list": [1, "a"] }));
    rows.logs[2].trace_id = None;
    rows.logs[2].severity_number = 13;
    rows.logs[2].attributes = fields(&json!({ "order": 200.0, "big": "1".repeat(500), "odd": "12abc" }));
    rows.logs[3].timestamp = Some(now - TimeDelta::hours(2));
    let mut tx = bench.store().begin_ingest(&scope).await?;
    tx.copy(&stored_batch("one", 4, now).origin, &redacted(rows), &[Some(shop.id)]).await?;
    tx.commit().await?;
    let mut nameless = telemetry("", 1, 0, now - TimeDelta::minutes(30));
    nameless.resources[0].attributes.clear();
    store(bench, &scope, "two", nameless).await?;

    let mut tx = bench.store().begin(&scope).await?;
    let all = tx.logs(&search(around(now), Vec::new())).await?;
    assert!(all.windows(2).all(|pair| pair[0].0 > pair[1].0), "newest first");
    let number = |entry: &LogEntry| all.iter().position(|(_, known)| known == entry).unwrap_or(usize::MAX);
    assert_eq!(all.len(), 4, "what is older is not in the range");
    assert_eq!((all[0].1.at, all[0].1.severity_number, all[0].1.repository), (now, 17, Some(shop.id)));
    assert_eq!((all[1].1.span_id.map(|id| id.0), all[1].1.event_name.as_str()), (Some([1; 8]), "cart.paid"));
    assert_eq!(all[1].1.resource, fields(&json!({ "service.name": "shop", "host.name": "h1" })));
    assert_eq!((&all[3].1.service, all[3].1.repository), (&None, None));

    let at_least = |number| Test::AtLeast(number);
    let equals = |word: &str| Test::Equals(text(word));
    let cases: Vec<(Vec<Term>, &[usize])> = vec![
        (vec![term(Field::Text, Test::Contains(text("refused")))], &[0]),
        (vec![term(Field::Text, Test::Contains(text("100%_e")))], &[0]),
        (vec![not(term(Field::Text, Test::Contains(text("refused"))))], &[1, 2, 3]),
        (vec![term(Field::Text, Test::Prefix(text("payment")))], &[0]),
        (vec![term(Field::Text, Test::Prefix(text("card")))], &[]),
        (vec![term(Field::Service, equals("shop"))], &[0, 1, 2]),
        (vec![term(Field::Service, Test::Prefix(text("sh")))], &[0, 1, 2]),
        (vec![term(Field::Service, equals("SHOP"))], &[]),
        (vec![not(term(Field::Service, equals("shop")))], &[3]),
        (vec![not(term(Field::Service, Test::Exists))], &[3]),
        (vec![term(Field::Severity, at_least(13.0))], &[0, 2]),
        (vec![term(Field::Severity, Test::Within(13.0, 16.0))], &[2]),
        (vec![term(Field::Severity, Test::Less(13.0))], &[1, 3]),
        (vec![term(Field::Name, equals("cart.paid"))], &[1]),
        (vec![term(Field::Name, Test::Exists)], &[1]),
        (vec![term(Field::Trace, equals(&"07".repeat(16)))], &[0, 1, 3]),
        (vec![not(term(Field::Trace, Test::Exists))], &[2]),
        (vec![term(Field::Span, Test::Prefix(text("0101")))], &[1]),
        (vec![attribute("order", at_least(10.0))], &[1, 2]),
        (vec![attribute("order", Test::Greater(10.0))], &[2]),
        (vec![attribute("order", Test::AtMost(10.0))], &[0, 1, 3]),
        (vec![attribute("order", equals("200"))], &[2]),
        (vec![attribute("order", equals("9.0"))], &[0]),
        (vec![not(attribute("order", Test::Less(10.0)))], &[1, 2]),
        (vec![attribute("ratio", Test::Within(0.4, 0.5))], &[0]),
        (vec![attribute("paid", equals("true"))], &[1]),
        (vec![attribute("none", Test::Exists)], &[]),
        (vec![attribute("http", Test::Exists)], &[]),
        (vec![attribute("http.route", equals("/pay"))], &[0]),
        (vec![attribute("host.name", equals("h1"))], &[1, 2]),
        (vec![attribute("host.name", equals("own"))], &[0]),
        (vec![attribute("odd", at_least(0.0))], &[]),
        (vec![attribute("big", Test::Exists)], &[2]),
        (
            vec![
                attribute("order", at_least(9.0)),
                term(Field::Service, Test::Exists),
                not(attribute("paid", Test::Exists)),
            ],
            &[0, 2],
        ),
        (vec![attribute("nul\0", equals("\0"))], &[]),
    ];
    for (terms, expected) in cases {
        let found = tx.logs(&search(around(now), terms.clone())).await?;
        let found: Vec<_> = found.iter().map(|(_, entry)| number(entry)).collect();
        assert_eq!(found, expected, "{terms:?}");
        let counted = tx.log_counts(around(now), &Filter { terms }, TimeDelta::hours(2)).await?;
        let counted: i64 = counted.iter().map(|bucket| bucket.error + bucket.warn + bucket.info + bucket.debug).sum();
        assert_eq!(counted, i64::try_from(expected.len())?);
    }
    Ok(())
}

/// Reads page after page, as the service does.
async fn paged<T>(
    size: usize,
    mut page: impl AsyncFnMut(Option<RowCursor>, i64) -> Result<Vec<(RowKey, T)>>,
) -> Result<Vec<(RowKey, T)>> {
    let mut all: Vec<(RowKey, T)> = Vec::new();
    let mut after = None;
    loop {
        let rows = page(after, i64::try_from(size)?).await?;
        assert!(rows.len() <= size);
        let more = rows.len() == size;
        all.extend(rows);
        let Some((key, _)) = all.last().filter(|_| more) else { return Ok(all) };
        let shown = all.iter().rev().take_while(|(other, _)| other == key).count();
        after = Some(RowCursor { key: *key, shown: u32::try_from(shown)? });
    }
}

/// A thousand rows of one microsecond, some of them equal, between others: no page loses or repeats one.
pub async fn logs_of_one_time_are_paged(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let now = now();
    let mut rows = telemetry("shop", 1010, 0, now);
    for (index, log) in rows.logs.iter_mut().enumerate().skip(5).take(1000) {
        log.timestamp = Some(now - TimeDelta::seconds(1));
        // Each tenth row is there ten times.
        let number = if index % 10 == 0 { index % 100 } else { index };
        log.body = format!("row {number}");
        log.attributes.clear();
    }
    let mut sent: Vec<_> = rows.logs.iter().map(|log| log.body.clone()).collect();
    store(bench, &scope, "one", rows).await?;

    let mut tx = bench.store().begin(&scope).await?;
    for size in [7, 97, 1000] {
        let page = async |after, limit| {
            let search = RowSearch { after, limit, ..search(around(now), Vec::new()) };
            Ok(tx.logs(&search).await?)
        };
        let found = paged(size, page).await?;
        assert!(found.windows(2).all(|pair| pair[0].0 >= pair[1].0), "newest first");
        let mut bodies: Vec<_> = found.into_iter().map(|(_, log)| log.body).collect();
        bodies.sort();
        sent.sort();
        assert!(bodies == sent, "pages of {size}: {} of {}", bodies.len(), sent.len());
    }
    Ok(())
}

/// Buckets begin with the range; each severity has its class.
pub async fn logs_are_counted_by_class(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let now = now();
    let from = now - TimeDelta::minutes(10);
    let mut rows = telemetry("shop", 27, 0, now);
    for (severity, log) in (0..25).zip(&mut rows.logs) {
        log.severity_number = severity;
        log.timestamp = Some(from + TimeDelta::seconds(59));
    }
    rows.logs[25].timestamp = Some(from + TimeDelta::minutes(3));
    rows.logs[26].timestamp = Some(from - TimeDelta::microseconds(1));
    store(bench, &scope, "one", rows).await?;
    let mut tx = bench.store().begin(&scope).await?;
    let range = TimeRange { from, to: now };
    let counts = tx.log_counts(range, &Filter::default(), TimeDelta::minutes(1)).await?;
    assert_eq!(counts.len(), 2);
    let first = counts[0];
    assert_eq!((first.at, first.error, first.warn, first.info, first.debug), (from, 8, 4, 5, 8));
    assert_eq!((counts[1].at, counts[1].info), (from + TimeDelta::minutes(3), 1));
    let errors = Filter { terms: vec![term(Field::Severity, Test::AtLeast(17.0))] };
    let counts = tx.log_counts(range, &errors, TimeDelta::hours(1)).await?;
    assert_eq!(counts.iter().map(|bucket| (bucket.error, bucket.info)).collect::<Vec<_>>(), [(8, 0)]);
    Ok(())
}

/// Two traces: a shop that calls a bank, whose entry failed; and a lone job.
fn two_traces(now: DateTime<Utc>) -> TelemetryBatch {
    let mut rows = telemetry("shop", 2, 5, now);
    rows.resources.push(telemetry("bank", 0, 0, now).resources.remove(0));
    let ids = [[1; 8], [2; 8], [3; 8], [4; 8], [5; 8]];
    for (index, span) in rows.spans.iter_mut().enumerate() {
        span.span_id = ids[index];
        span.start = Some(now - TimeDelta::seconds(60) + TimeDelta::milliseconds(i64::try_from(index).unwrap_or(0)));
    }
    let [root, client, entry, inner, job] = &mut rows.spans[..] else { return rows };
    root.name = text("POST /checkout");
    root.duration_ns = 200_000_000;
    (client.parent_span_id, client.kind) = (Some(ids[0]), SpanKind::Client);
    (entry.parent_span_id, entry.kind, entry.resource) = (Some(ids[1]), SpanKind::Server, 1);
    (entry.name, entry.status, entry.duration_ns) = (text("POST /charge"), SpanStatus::Error, 90_000_000);
    (inner.parent_span_id, inner.kind, inner.resource) = (Some(ids[2]), SpanKind::Internal, 1);
    inner.status = SpanStatus::Error;
    (job.trace_id, job.name, job.kind) = ([8; 16], text("nightly"), SpanKind::Internal);
    job.status = SpanStatus::Unset;
    rows
}

/// Traces are found by their roots and entries, with figures of the whole.
pub async fn traces_are_chosen(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let now = now();
    store(bench, &scope, "one", two_traces(now)).await?;
    let mut tx = bench.store().begin(&scope).await?;
    let range = around(now);
    let all = tx.traces(&search(range, Vec::new())).await?;
    let names: Vec<_> = all.iter().map(|(_, trace)| trace.name.as_str()).collect();
    assert_eq!(names, ["nightly", "POST /charge", "POST /checkout"]);
    let charge = &all[1].1;
    assert_eq!((charge.trace_id, charge.span_id.0), (TraceId([7; 16]), [3; 8]));
    assert_eq!(
        (charge.service.as_deref(), charge.status, charge.kind),
        (Some("bank"), SpanStatus::Error, SpanKind::Server)
    );
    assert_eq!((charge.spans, charge.errors, charge.duration_ns), (4, 2, 90_000_000));
    assert_eq!((charge.root_name.as_deref(), charge.root_service.as_deref()), (Some("POST /checkout"), Some("shop")));
    assert_eq!((all[0].1.spans, all[0].1.errors), (1, 0));
    assert_eq!(charge.start, now - TimeDelta::milliseconds(59_998));

    let equals = |word: &str| Test::Equals(text(word));
    let cases: Vec<(Vec<Term>, &[&str])> = vec![
        (vec![term(Field::Service, equals("bank"))], &["POST /charge"]),
        (vec![term(Field::Status, equals("error"))], &["POST /charge"]),
        (vec![not(term(Field::Status, equals("error")))], &["nightly", "POST /checkout"]),
        (vec![term(Field::Status, equals("unset"))], &["nightly"]),
        (vec![term(Field::Name, Test::Prefix(text("POST")))], &["POST /charge", "POST /checkout"]),
        (vec![term(Field::Text, Test::Contains(text("CHECK")))], &["POST /checkout"]),
        (vec![term(Field::Duration, Test::Greater(1e8))], &["POST /checkout"]),
        (vec![term(Field::Duration, Test::AtMost(9e7))], &["nightly", "POST /charge"]),
        (vec![term(Field::Duration, Test::AtLeast(9e7)), term(Field::Service, equals("bank"))], &["POST /charge"]),
        (vec![term(Field::Trace, equals(&"08".repeat(16)))], &["nightly"]),
        (vec![term(Field::Span, equals(&"03".repeat(8)))], &["POST /charge"]),
        (vec![attribute("http.response.status_code", Test::AtLeast(200.0))], &names),
        (vec![attribute("http.response.status_code", Test::Greater(200.0))], &[]),
    ];
    for (terms, expected) in cases {
        let found = tx.traces(&search(range, terms.clone())).await?;
        assert_eq!(found.iter().map(|(_, trace)| trace.name.as_str()).collect::<Vec<_>>(), expected, "{terms:?}");
    }
    let page = async |after, limit| Ok(tx.traces(&RowSearch { after, limit, ..search(range, Vec::new()) }).await?);
    assert_eq!(paged(1, page).await?, all);
    let before = TimeRange { from: range.from, to: now - TimeDelta::seconds(60) };
    assert!(tx.traces(&search(before, Vec::new())).await?.is_empty());
    Ok(())
}

/// A trace's spans and logs, whole and held to a range.
pub async fn a_trace_is_read(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let now = now();
    let sent = two_traces(now);
    store(bench, &scope, "one", sent.clone()).await?;
    let mut tx = bench.store().begin(&scope).await?;
    let (trace, range) = (TraceId([7; 16]), around(now));
    let spans = tx.spans_of_trace(trace, range, 100).await?;
    assert_eq!(spans.iter().map(|span| span.span_id.0[0]).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let first = &spans[0];
    assert_eq!((first.parent_span_id, &first.name, first.duration_ns), (None, &text("POST /checkout"), 200_000_000));
    assert_eq!((&first.attributes, &first.scope_name), (&sent.spans[0].attributes, &text("shop")));
    assert_eq!((first.events[0].name.as_str(), first.links[0].trace_id), ("cache.miss", TraceId([9; 16])));
    assert_eq!(spans[2].parent_span_id.map(|id| id.0), Some([2; 8]));
    assert_eq!((spans[2].service.as_deref(), &spans[2].resource), (Some("bank"), &sent.resources[1].attributes));
    assert_eq!(tx.spans_of_trace(trace, range, 2).await?, spans[..2]);
    let logs = tx.logs_of_trace(trace, range, 100).await?;
    assert_eq!(logs.iter().map(|log| log.body.as_str()).collect::<Vec<_>>(), ["served order 1", "served order 0"]);
    let later = TimeRange { from: now - TimeDelta::seconds(10), ..range };
    assert!(tx.spans_of_trace(trace, later, 100).await?.is_empty());
    assert_eq!(tx.logs_of_trace(trace, later, 1).await?.len(), 1);
    assert!(tx.spans_of_trace(TraceId([6; 16]), range, 100).await?.is_empty());
    Ok(())
}

/// Who sent what, and what of it was dropped.
pub async fn services_and_drops_are_listed(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let now = now();
    let mut rows = two_traces(now);
    rows.logs[0].severity_number = 17;
    store(bench, &scope, "one", rows).await?;
    let mut nameless = telemetry("", 3, 0, now);
    nameless.resources[0].attributes.clear();
    store(bench, &scope, "two", nameless).await?;
    let refusal = |signal, count| Refusal { signal, reason: RefusalReason::TooDeep, count };
    for (count, seconds) in [(2, 0), (3, 3599), (4, 3600)] {
        let mut tx = bench.store().begin_ingest(&scope).await?;
        tx.drop_records(&[refusal(TelemetrySignal::Traces, count), refusal(TelemetrySignal::Logs, 1)], at(seconds))
            .await?;
        tx.commit().await?;
    }

    let mut tx = bench.store().begin(&scope).await?;
    let services = tx.services_seen(around(now), 10).await?;
    let figures: Vec<_> = services
        .iter()
        .map(|seen| (seen.service.as_deref(), seen.logs, seen.error_logs, seen.spans, seen.error_spans))
        .collect();
    assert_eq!(figures, [(Some("bank"), 0, 0, 2, 2), (Some("shop"), 2, 1, 3, 0), (None, 3, 0, 0, 0)]);
    assert_eq!(services[1].last_seen, now);
    assert_eq!(tx.services_seen(around(now), 1).await?, services[..1]);
    let long_ago = around(now - TimeDelta::days(1));
    assert!(tx.services_seen(long_ago, 10).await?.is_empty());

    let drops = tx.dropped(TimeRange { from: at(1800), to: at(7200) }).await?;
    let drops: Vec<_> = drops.iter().map(|dropped| (dropped.hour, dropped.signal, dropped.count)).collect();
    let (logs, traces) = (TelemetrySignal::Logs, TelemetrySignal::Traces);
    assert_eq!(drops, [(at(3600), logs, 1), (at(3600), traces, 4), (at(0), logs, 2), (at(0), traces, 5)]);
    assert_eq!(tx.dropped(TimeRange { from: at(3600), to: at(3601) }).await?.len(), 2);
    assert!(tx.dropped(TimeRange { from: at(-3600), to: at(0) }).await?.is_empty());
    Ok(())
}

async fn run(tx: &mut dyn Tx, number: u128, shop: RepositoryId, word: &str, results: &[(&str, bool)]) -> Result<()> {
    let seconds = i64::try_from(number)? * 60;
    let run = NewTestRun { at: at(seconds), ..samples::test_run(number, shop, &commit(word)) };
    let mut results = report(results);
    for case in &mut results.cases {
        case.flaky = case.name == "retried";
        case.duration_ms = u64::try_from(number)?;
    }
    assert_eq!(tx.add_test_run(&run, &redacted_report(results)).await?, Ok(()));
    Ok(())
}

/// A test is flaky when one commit passed and failed it, or its report says so; two commits that differ are news.
pub async fn tests_tell_their_history(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?.id;
    let mut tx = bench.store().begin(&scope).await?;
    run(&mut *tx, 1, shop, "one", &[("steady", true), ("shaky", true), ("broken", true), ("retried", true)]).await?;
    run(&mut *tx, 2, shop, "one", &[("steady", true), ("shaky", false), ("Éclair", true)]).await?;
    run(&mut *tx, 4, shop, "two", &[("steady", true), ("shaky", true), ("broken", false)]).await?;
    let search = TestSearch {
        repository: shop,
        range: TimeRange { from: at(60), to: at(241) },
        flaky: None,
        text: None,
        after: None,
        limit: 10,
    };
    let all = tx.test_histories(&search).await?;
    let figures: Vec<_> = all
        .iter()
        .map(|test| (test.test.as_str(), test.passed, test.failed, test.flaky, test.flaky_commits, test.reported_flaky))
        .collect();
    let expected = [
        ("unit::broken", 1, 1, false, 0, 0),
        ("unit::retried", 1, 0, true, 0, 1),
        ("unit::shaky", 2, 1, true, 1, 0),
        ("unit::steady", 3, 0, false, 0, 0),
        ("unit::Éclair", 1, 0, false, 0, 0),
    ];
    assert_eq!(figures, expected);
    let shaky = &all[2];
    let results: Vec<_> =
        shaky.results.iter().map(|result| (result.outcome.as_str(), &result.commit, result.at)).collect();
    let (one, two) = (commit("one"), commit("two"));
    assert_eq!(results, [("passed", &two, at(240)), ("failed", &one, at(120)), ("passed", &one, at(60))]);
    assert_eq!((shaky.mean_duration_ms, shaky.results[0].duration_ms), (2, 4), "7 over 3");

    let with = |change: fn(&mut TestSearch)| {
        let mut changed = search.clone();
        change(&mut changed);
        changed
    };
    for (search, expected) in [
        (with(|search| search.flaky = Some(true)), &["unit::retried", "unit::shaky"][..]),
        (with(|search| search.flaky = Some(false)), &["unit::broken", "unit::steady", "unit::Éclair"]),
        (with(|search| search.text = Some(text("SHAK"))), &["unit::shaky"]),
        (with(|search| search.after = Some(text("unit::shaky"))), &["unit::steady", "unit::Éclair"]),
        (with(|search| search.limit = 1), &["unit::broken"]),
        (
            with(|search| search.range.to = at(240)),
            &["unit::broken", "unit::retried", "unit::shaky", "unit::steady", "unit::Éclair"],
        ),
        (with(|search| search.range.from = at(240)), &["unit::broken", "unit::shaky", "unit::steady"]),
        (with(|search| search.range.to = at(60)), &[]),
        (with(|search| search.repository = RepositoryId(samples::id(99))), &[]),
    ] {
        let found = tx.test_histories(&search).await?;
        assert_eq!(found.iter().map(|test| test.test.as_str()).collect::<Vec<_>>(), expected, "{search:?}");
    }
    Ok(())
}
