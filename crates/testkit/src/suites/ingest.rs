//! The narrow door for telemetry.

use anyhow::Result;
use chrono::Utc;
use devos_contracts::job::Job;
use devos_contracts::pattern::PatternState;
use devos_contracts::telemetry::{PointValue, Refusal, RefusalReason, TelemetrySignal};

use super::{Bench, connect, tenant};
use crate::samples::{at, measurements, redacted, runtime_signal, stored_batch, telemetry};

/// The same request again is known, also after a commit; a batch that was not committed is not.
pub async fn a_batch_is_stored_once(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let batch = stored_batch("request", 3, at(0));
    let mut tx = bench.store().begin_ingest(&scope).await?;
    assert!(tx.note_batch(&batch).await?);
    drop(tx);
    let mut tx = bench.store().begin_ingest(&scope).await?;
    assert!(tx.note_batch(&batch).await?, "the first never happened");
    tx.commit().await?;
    let mut tx = bench.store().begin_ingest(&scope).await?;
    assert!(!tx.note_batch(&batch).await?);
    assert!(tx.note_batch(&stored_batch("another", 3, at(0))).await?);
    Ok(())
}

/// Logs and spans are taken, whatever the time they claim and the day they arrive.
pub async fn a_thousand_rows_are_copied(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?;
    for received in [Utc::now(), at(0), at(0) - chrono::TimeDelta::days(200)] {
        let mut rows = telemetry("shop", 1000, 1000, received);
        rows.logs[0].timestamp = None;
        rows.logs[1].timestamp = Some(at(-1_000_000_000));
        rows.spans[0].start = Some(at(1_000_000_000));
        rows.logs[2].body.push('\0');
        rows.logs[3].attributes.insert("nul\0".to_owned(), "\0".into());
        let batch = stored_batch(&received.to_string(), 2000, received);
        let mut tx = bench.store().begin_ingest(&scope).await?;
        assert!(tx.copy(&batch.origin, &redacted(rows), &[Some(shop.id)]).await?.refused.is_empty());
        tx.commit().await?;
    }
    let mut tx = bench.store().begin_ingest(&scope).await?;
    let nothing = telemetry("shop", 0, 0, at(0));
    assert!(tx.copy(&stored_batch("empty", 0, at(0)).origin, &redacted(nothing), &[None]).await?.refused.is_empty());
    Ok(())
}

/// Metric points are taken with their series, whose identity is not stored twice.
pub async fn points_are_copied(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?;
    for (name, received) in [("first", at(0)), ("second", at(60))] {
        let mut rows = measurements("shop", 1000, received);
        rows.points[0].timestamp = None;
        rows.points[1].value = None;
        rows.points[2].value = Some(PointValue::Number { value: f64::NAN });
        let batch = stored_batch(name, 1001, received);
        let mut tx = bench.store().begin_ingest(&scope).await?;
        assert!(tx.copy(&batch.origin, &redacted(rows), &[Some(shop.id)]).await?.refused.is_empty());
        tx.commit().await?;
    }
    Ok(())
}

/// Rows that the database refuses are counted, and cost no others.
pub async fn a_bad_row_is_left_out(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let mut rows = telemetry("shop", 300, 10, at(0));
    rows.logs[17].severity_number = 25;
    rows.logs[18].severity_number = -1;
    rows.logs[299].severity_number = 99;
    rows.spans[0].duration_ns = -1;
    let mut tx = bench.store().begin_ingest(&scope).await?;
    let refused = tx.copy(&stored_batch("bad", 310, at(0)).origin, &redacted(rows), &[None]).await?.refused;
    let refusal = |signal, count| Refusal { signal, reason: RefusalReason::RowRejected, count };
    assert_eq!(refused, [refusal(TelemetrySignal::Logs, 3), refusal(TelemetrySignal::Traces, 1)]);
    tx.drop_records(&refused, at(0)).await?;
    tx.drop_records(&refused, at(1)).await?;
    tx.commit().await?;
    Ok(())
}

/// A signal of telemetry is counted like any other, and leaves its job.
pub async fn signals_leave_jobs(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let mut tx = bench.store().begin_ingest(&scope).await?;
    let seen = tx.record_signal(&runtime_signal(1, None, "cart")).await?;
    assert_eq!((seen.occurrences, seen.state), (1, PatternState::Open));
    let job = Job::ConsiderPattern { tenant: scope.tenant, pattern: seen.pattern };
    tx.push_job(&job, "consider:1").await?;
    tx.commit().await?;
    assert_eq!(bench.waiting_jobs().await?, [job]);
    let mut tx = bench.store().begin(&scope).await?;
    assert_eq!(tx.record_signal(&runtime_signal(2, None, "cart")).await?.pattern, seen.pattern);
    assert_eq!(tx.latest_signal(seen.pattern).await?, Some(runtime_signal(2, None, "cart")));
    Ok(())
}

/// Partitions are made once and dropped when their day is over.
pub async fn partitions_come_and_go(bench: &dyn Bench) -> Result<()> {
    let long_ago = at(0) - chrono::TimeDelta::days(1000);
    bench.store().ensure_partitions(long_ago, 3).await?;
    bench.store().ensure_partitions(long_ago, 3).await?;
    let day = chrono::TimeDelta::days(1);
    assert_eq!(bench.store().drop_partitions(long_ago - day).await?, 0, "yesterday is not over a day before");
    // Logs, spans and metric points of yesterday.
    assert_eq!(bench.store().drop_partitions(long_ago).await?, 3);
    assert_eq!(bench.store().drop_partitions(long_ago + day * 30).await?, 12);
    assert_eq!(bench.store().drop_partitions(long_ago + day * 30).await?, 0);
    Ok(())
}
