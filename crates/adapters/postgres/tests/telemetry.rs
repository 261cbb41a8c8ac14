//! What COPY leaves in the tables.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, TimeDelta, Utc};
use devos_contracts::Scope;
use devos_contracts::telemetry::PointValue;
use devos_ports::Store;
use devos_ports::store::Copied;
use devos_postgres::PostgresStore;
use devos_testkit::samples::{at, measurements, redacted, stored_batch, telemetry};
use devos_testkit::{Database, World};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

struct Bench {
    store: PostgresStore,
    world: World,
    superuser: PgConnection,
    _database: Database,
}

async fn bench() -> Bench {
    let database = Database::fresh().await.unwrap();
    let store = database.store().await.unwrap();
    let world = World::build(&store).await.unwrap();
    let superuser = PgConnection::connect(database.superuser_url()).await.unwrap();
    Bench { store, world, superuser, _database: database }
}

async fn count(db: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.unwrap()
}

#[tokio::test]
async fn records_read_back_as_they_were_sent() {
    let mut bench = bench().await;
    let received = Utc::now();
    let mut sent = telemetry("cart", 2, 1, received);
    sent.logs[0].timestamp = Some(at(-1_000_000_000));
    sent.logs[1].timestamp = None;
    sent.logs[1].body = "ü\0ber \u{1F600}".to_owned();
    let fields = json!({ "nested": { "z": [1, 2.5, null, true], "a": "\0" }, "big": 1e300, "k\0": u64::MAX });
    sent.logs[1].attributes = fields.as_object().unwrap().clone();
    let batch = stored_batch("one", 3, received);
    let mut tx = bench.store.begin_ingest(&bench.world.scope).await.unwrap();
    let copied = tx.copy(&batch.origin, &redacted(sent), &[Some(bench.world.repository.id)]).await.unwrap();
    assert_eq!(copied, Copied { clamped: 1, ..Copied::default() });
    tx.commit().await.unwrap();

    let sql = "SELECT to_jsonb(l) FROM application_logs l WHERE batch_id = $1 ORDER BY ts DESC";
    let rows: Vec<Value> = sqlx::query_scalar(sql).bind(batch.origin.id).fetch_all(&mut bench.superuser).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["body"], "über \u{1F600}");
    assert_eq!(
        rows[0]["attributes"],
        json!({ "nested": { "z": [1, 2.5, null, true], "a": "" }, "big": 1e300, "k": u64::MAX })
    );
    assert_eq!(rows[0]["trace_id"], format!("\\x{}", "07".repeat(16)));
    assert_eq!((&rows[0]["span_id"], &rows[0]["severity_number"]), (&Value::Null, &json!(9)));
    assert_eq!(rows[0]["project_id"], bench.world.repository.id.to_string());
    assert_eq!((&rows[0]["service"], &rows[0]["scope_name"]), (&json!("cart"), &json!("shop")));
    let when: DateTime<Utc> = rows[0]["ts"].as_str().unwrap().parse().unwrap();
    assert_eq!(when.timestamp_micros(), received.timestamp_micros(), "without a time it is the time of receipt");
    let clamped: DateTime<Utc> = rows[1]["ts"].as_str().unwrap().parse().unwrap();
    assert!(clamped > received - TimeDelta::days(3), "held to the partitions: {clamped}");

    let sql = "SELECT to_jsonb(s) FROM trace_spans s WHERE batch_id = $1";
    let span: Value = sqlx::query_scalar(sql).bind(batch.origin.id).fetch_one(&mut bench.superuser).await.unwrap();
    assert_eq!(
        (&span["kind"], &span["status"], &span["duration_ns"]),
        (&json!("server"), &json!("ok"), &json!(1_500_000))
    );
    assert_eq!(span["events"][0]["name"], "cache.miss");
    assert_eq!(span["links"][0]["trace_id"], "09".repeat(16));
}

#[tokio::test]
async fn points_read_back_with_their_series() {
    let mut bench = bench().await;
    let received = Utc::now();
    let mut sent = measurements("cart", 3, received);
    sent.points[0].value = Some(PointValue::Number { value: f64::INFINITY });
    sent.points[1].value = None;
    let batch = stored_batch("one", 4, received);
    for _ in 0..2 {
        let mut tx = bench.store.begin_ingest(&bench.world.scope).await.unwrap();
        let projects = [Some(bench.world.repository.id)];
        assert!(tx.copy(&batch.origin, &redacted(sent.clone()), &projects).await.unwrap().refused.is_empty());
        tx.commit().await.unwrap();
    }
    let series = "SELECT count(*) FROM metric_series WHERE service = 'cart'";
    assert_eq!(count(&mut bench.superuser, series).await, 4, "three routes of the counter, one of the histogram");

    let sql = "SELECT to_jsonb(m) FROM metrics_samples m WHERE batch_id = $1 ORDER BY kind DESC, ts DESC, value";
    let rows: Vec<Value> = sqlx::query_scalar(sql).bind(batch.origin.id).fetch_all(&mut bench.superuser).await.unwrap();
    assert_eq!(rows.len(), 8);
    assert_eq!((&rows[0]["name"], &rows[0]["unit"]), (&json!("http.server.requests"), &json!("{request}")));
    assert_eq!((&rows[0]["value"], &rows[0]["attributes"]["http.route"]), (&json!("Infinity"), &json!("/orders/0")));
    assert_eq!((&rows[0]["temporality"], &rows[0]["monotonic"]), (&json!("cumulative"), &json!(true)));
    assert_eq!((&rows[2]["value"], &rows[2]["count"]), (&Value::Null, &Value::Null), "nothing was recorded");
    assert_eq!(rows[4]["value"], 2.0);
    let latency = &rows[6];
    assert_eq!((&latency["kind"], &latency["count"], &latency["sum"]), (&json!("histogram"), &json!(3), &json!(0.7)));
    assert_eq!(latency["distribution"], json!({ "min": 0.1, "max": 0.5, "bounds": [0.25], "buckets": [2, 1] }));
    assert_eq!(latency["exemplars"][0]["trace_id"], "07".repeat(16));
}

#[tokio::test]
async fn resources_are_stored_once_and_known_only_after_the_commit() {
    let mut bench = bench().await;
    let received = Utc::now();
    let copy = async |scope: &Scope, word: &str, commit: bool| {
        let mut tx = bench.store.begin_ingest(scope).await.unwrap();
        let sent = redacted(telemetry("cart", 1, 1, received));
        assert!(tx.copy(&stored_batch(word, 2, received).origin, &sent, &[None]).await.unwrap().refused.is_empty());
        if commit {
            tx.commit().await.unwrap();
        }
    };
    let scope = &bench.world.scope;
    copy(scope, "never", false).await;
    copy(scope, "one", true).await;
    copy(scope, "two", true).await;
    let carts = "SELECT count(*) FROM resources WHERE service = 'cart'";
    assert_eq!(count(&mut bench.superuser, carts).await, 1);
    let orphans = "SELECT count(*) FROM application_logs WHERE resource_attributes IS NULL";
    assert_eq!(count(&mut bench.superuser, orphans).await, 0);
    assert_eq!(count(&mut bench.superuser, "SELECT count(*) FROM application_logs WHERE service = 'cart'").await, 2);
}

#[tokio::test]
async fn a_row_that_can_not_be_stored_at_all_costs_no_others() {
    let mut bench = bench().await;
    let received = Utc::now();
    let mut sent = telemetry("cart", 200, 200, received);
    sent.logs[151].severity_number = 99;
    let batch = stored_batch("one", 400, received);
    let mut tx = bench.store.begin_ingest(&bench.world.scope).await.unwrap();
    let lost = tx.copy(&batch.origin, &redacted(sent), &[None]).await.unwrap().refused;
    assert_eq!(lost.iter().map(|refusal| refusal.count).collect::<Vec<_>>(), [1]);
    tx.commit().await.unwrap();
    assert_eq!(count(&mut bench.superuser, "SELECT count(*) FROM log_records").await, 199 + 2);
    assert_eq!(count(&mut bench.superuser, "SELECT count(*) FROM spans").await, 200 + 2);
}

#[tokio::test]
async fn drops_are_counted_by_hour() {
    let mut bench = bench().await;
    let before = count(&mut bench.superuser, "SELECT sum(count)::bigint FROM telemetry_drops").await;
    let refusal = |count| devos_contracts::telemetry::Refusal {
        signal: devos_contracts::telemetry::TelemetrySignal::Logs,
        reason: devos_contracts::telemetry::RefusalReason::TooDeep,
        count,
    };
    for (number, seconds) in [(2, 0), (3, 3599), (4, 3600)] {
        let mut tx = bench.store.begin_ingest(&bench.world.scope).await.unwrap();
        tx.drop_records(&[refusal(number)], at(seconds)).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(count(&mut bench.superuser, "SELECT sum(count)::bigint FROM telemetry_drops").await, before + 9);
    let hours = "SELECT count FROM telemetry_drops WHERE reason = 'too_deep' ORDER BY hour";
    let hours: Vec<i64> = sqlx::query_scalar(hours).fetch_all(&mut bench.superuser).await.unwrap();
    assert_eq!(hours, [5, 4]);
}
