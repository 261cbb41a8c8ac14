//! Searches of telemetry and test results, over the API.

use chrono::{DateTime, TimeDelta, Utc};
use devos_contracts::api::Page;
use devos_contracts::problem::ProblemCode;
use devos_contracts::query::{
    DroppedRecords, LogEntry, LogHistogram, MetricAnswer, MetricInfo, ServiceSeen, TestHistory, TraceDetail, TraceId,
    TraceSummary,
};
use devos_contracts::repository::Repository;
use devos_contracts::scope::Role;
use devos_contracts::telemetry::{
    PointValue, Refusal, RefusalReason, SpanKind, SpanStatus, TelemetryBatch, TelemetrySignal,
};
use devos_postgres::Inspection;
use devos_testkit::samples::{measurements, redacted, stored_batch, telemetry};
use serde_json::Value;
use uuid::Uuid;

use crate::cloud::{Cloud, Credentials, now, unique};
use crate::junit::{Report, upload};

impl Cloud {
    /// Stores a batch of the first tenant.
    async fn store_telemetry(&self, batch: TelemetryBatch) {
        let projects = vec![None; batch.resources.len()];
        let mut tx = self.store().begin_ingest(self.scope()).await.unwrap();
        let copied =
            tx.copy(&stored_batch(&unique("batch"), 1, now()).origin, &redacted(batch), &projects).await.unwrap();
        assert!(copied.refused.is_empty());
        tx.commit().await.unwrap();
    }

    /// Logs, a trace, metrics and drops of a service that is named like a repository; answers the trace's id.
    pub async fn telemetry(&self, repository: &Repository) -> String {
        let trace = TraceId(Uuid::now_v7().into_bytes());
        let mut batch = telemetry(&repository.name, 3, 2, now());
        batch.logs.iter_mut().for_each(|log| log.trace_id = Some(trace.0));
        batch.spans.iter_mut().for_each(|span| span.trace_id = trace.0);
        self.store_telemetry(batch).await;
        let mut measured = measurements(&repository.name, 2, now());
        let shared = measured.points[0].attributes.clone();
        measured.points[1].attributes.clone_from(&shared);
        measured.points[0].timestamp = Some(now() - TimeDelta::minutes(2));
        self.store_telemetry(measured).await;
        let refusal = Refusal { signal: TelemetrySignal::Logs, reason: RefusalReason::TooDeep, count: 3 };
        let mut tx = self.store().begin_ingest(self.scope()).await.unwrap();
        tx.drop_records(&[refusal], now()).await.unwrap();
        tx.commit().await.unwrap();
        trace.to_string()
    }
}

/// A time as a query's parameter.
fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339().replace('+', "%2B")
}

async fn start() -> (Cloud, Credentials) {
    let cloud = Cloud::start().await;
    let viewer = cloud.person(Role::Viewer).await;
    (cloud, viewer)
}

async fn bodies(cloud: &Cloud, viewer: &Credentials, query: &str) -> Vec<String> {
    let page: Page<LogEntry> = cloud.get(viewer, &format!("/api/v1/logs?{query}")).await.json(200);
    page.items.into_iter().map(|log| log.body).collect()
}

#[tokio::test]
async fn logs_are_searched_and_paged() {
    let (cloud, viewer) = start().await;
    let now = now();
    let mut batch = telemetry("checkout", 1000, 0, now);
    for log in &mut batch.logs {
        log.timestamp = Some(now - TimeDelta::seconds(30));
    }
    batch.logs[7].severity_number = 17;
    batch.logs[8].timestamp = Some(now - TimeDelta::minutes(59));
    batch.logs[9].timestamp = Some(now - TimeDelta::minutes(61));
    cloud.store_telemetry(batch).await;
    cloud.store_telemetry(telemetry("cart", 2, 0, now)).await;

    assert_eq!(bodies(&cloud, &viewer, "filter=severity:>=warn%20service:checkout").await, ["served order 7"]);
    assert_eq!(
        bodies(&cloud, &viewer, "filter=order:%3C2%20-service:checkout%20%22served+order+1%22").await,
        ["served order 1"]
    );
    assert_eq!(bodies(&cloud, &viewer, "filter=order:8%20service:che*").await, ["served order 8"]);
    assert!(bodies(&cloud, &viewer, "filter=order:9%20service:checkout").await.is_empty(), "over an hour ago");
    let from = time(now - TimeDelta::days(1));
    assert_eq!(
        bodies(&cloud, &viewer, &format!("filter=order:9%20service:checkout&from={from}")).await,
        ["served order 9"]
    );
    let page: Page<LogEntry> = cloud.get(&viewer, "/api/v1/logs").await.json(200);
    assert_eq!((page.items.len(), page.next_cursor.is_some()), (100, true));
    assert_eq!(page.items[0].service.as_deref(), Some("cart"), "newest first");

    let fixed = format!("from={from}&to={}&filter=service:checkout", time(now));
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/logs?{fixed}&limit=77{cursor}");
        let page: Page<LogEntry> = cloud.get(&viewer, &path).await.json(200);
        found.extend(page.items.iter().map(|log| log.attributes["order"].as_u64().unwrap()));
        // What comes in later does not shift the pages.
        cloud.store_telemetry(telemetry("checkout", 1, 0, now + TimeDelta::seconds(1))).await;
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found[998..], [8, 9]);
    found.sort_unstable();
    assert_eq!(found, (0..1000).collect::<Vec<_>>());
}

#[tokio::test]
async fn searches_say_what_is_wrong_with_them() {
    let (cloud, viewer) = start().await;
    let now = now();
    let long = format!("from={}&to={}", time(now - TimeDelta::days(32)), time(now));
    let backwards = format!("from={}&to={}", time(now), time(now - TimeDelta::hours(1)));
    for (path, says) in [
        ("/api/v1/logs?filter=order:%3E=many".to_owned(), "column 9: expected a number"),
        ("/api/v1/logs/histogram?filter=status:ok".to_owned(), "column 1"),
        ("/api/v1/traces?filter=a%20severity:warn".to_owned(), "column 3"),
        ("/api/v1/metrics/query?name=x&op=rate&filter=word".to_owned(), "column 1"),
        (format!("/api/v1/logs?{long}"), "31 days"),
        (format!("/api/v1/telemetry/services?{backwards}"), "ends before it begins"),
        (format!("/api/v1/telemetry/drops?{long}"), "31 days"),
        ("/api/v1/logs?to=-262143-01-01T00:00:00Z".to_owned(), "between the years"),
        ("/api/v1/metrics/query?name=x&op=rate&to=%2B262142-12-31T23:59:59Z".to_owned(), "between the years"),
        (format!("/api/v1/traces/{}?at=%2B262142-12-31T23:59:59Z", "07".repeat(16)), "between the years"),
        ("/api/v1/logs?cursor=nonsense".to_owned(), "cursor"),
        ("/api/v1/traces?cursor=1_2".to_owned(), "cursor"),
        ("/api/v1/metrics/query?name=x&op=quantile&q=1.5".to_owned(), "0 to 1"),
        ("/api/v1/metrics/query?name=x&op=rate&step=1".to_owned(), "1000 steps"),
        ("/api/v1/metrics/query?name=x&op=rate&step=0".to_owned(), "a step has"),
        (format!("/api/v1/tests?repository={}&{long}", Uuid::nil()), "31 days"),
    ] {
        let detail = cloud.get(&viewer, &path).await.refused(ProblemCode::Invalid);
        assert!(detail.contains(says), "{path}: {detail}");
    }
    for path in [
        "/api/v1/logs?from=yesterday",
        "/api/v1/logs?limit=-1",
        "/api/v1/metrics/query?op=rate",
        "/api/v1/metrics/query?name=x&op=median",
        "/api/v1/tests",
        "/api/v1/tests?repository=shop",
    ] {
        cloud.get(&viewer, path).await.refused(ProblemCode::Malformed);
    }
}

#[tokio::test]
async fn logs_are_counted_in_every_bucket() {
    let (cloud, viewer) = start().await;
    let to = now();
    let mut batch = telemetry("checkout", 4, 0, to);
    for (log, (severity, minutes)) in batch.logs.iter_mut().zip([(17, 1), (13, 1), (0, 31), (5, 59)]) {
        (log.severity_number, log.timestamp) = (severity, Some(to - TimeDelta::minutes(minutes)));
    }
    cloud.store_telemetry(batch).await;
    let path = format!("/api/v1/logs/histogram?to={}&buckets=4", time(to));
    let counted: LogHistogram = cloud.get(&viewer, &path).await.json(200);
    assert_eq!((counted.from, counted.to, counted.step_ms), (to - TimeDelta::hours(1), to, 900_000));
    let figures: Vec<_> = counted.buckets.iter().map(|part| [part.error, part.warn, part.info, part.debug]).collect();
    assert_eq!(figures, [[0, 0, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0], [1, 1, 0, 0]]);
    let path = format!("{path}&filter=severity:error%20service:checkout");
    let counted: LogHistogram = cloud.get(&viewer, &path).await.json(200);
    assert_eq!(counted.buckets.iter().map(|part| part.error + part.info).collect::<Vec<_>>(), [0, 0, 0, 1]);
}

#[tokio::test]
async fn traces_are_found_and_shown_as_trees() {
    let (cloud, viewer) = start().await;
    let now = now();
    let mut batch = telemetry("shop", 1, 4, now);
    for (index, span) in batch.spans.iter_mut().enumerate() {
        span.start = Some(now - TimeDelta::seconds(100) + TimeDelta::milliseconds(i64::try_from(index).unwrap()));
        span.kind = SpanKind::Internal;
    }
    let root = batch.spans[0].span_id;
    batch.spans[0].duration_ns = 50_000_000;
    batch.spans[1].parent_span_id = Some(root);
    (batch.spans[2].parent_span_id, batch.spans[2].kind) = (Some(batch.spans[1].span_id), SpanKind::Server);
    (batch.spans[2].name, batch.spans[2].status) = ("POST /charge".to_owned(), SpanStatus::Error);
    batch.spans[3].parent_span_id = Some([9; 8]);
    cloud.store_telemetry(batch).await;

    let page: Page<TraceSummary> = cloud.get(&viewer, "/api/v1/traces?filter=status:error").await.json(200);
    let [found] = &page.items[..] else { panic!("{page:?}") };
    assert_eq!((found.name.as_str(), found.root_name.as_deref()), ("POST /charge", Some("GET /orders/{id}")));
    assert_eq!((found.spans, found.errors), (4, 1));
    let page: Page<TraceSummary> = cloud.get(&viewer, "/api/v1/traces?filter=duration:%3E=50ms").await.json(200);
    assert_eq!(page.items.iter().map(|trace| trace.duration_ns).collect::<Vec<_>>(), [50_000_000]);

    let path = format!("/api/v1/traces/{}", found.trace_id);
    for query in [String::new(), format!("?at={}", time(now - TimeDelta::hours(20)))] {
        let trace: TraceDetail = cloud.get(&viewer, &format!("{path}{query}")).await.json(200);
        let shape: Vec<_> = trace.spans.iter().map(|node| (node.span.span_id.0[7], node.depth, node.orphan)).collect();
        assert_eq!(shape, [(1, 0, false), (2, 1, false), (3, 2, false), (4, 0, true)], "{query}");
        assert_eq!((trace.duration_ns, trace.services, trace.truncated), (50_000_000, vec!["shop".to_owned()], false));
        assert_eq!(trace.logs.len(), 1);
    }
    let elsewhere = format!("{path}?at={}", time(now - TimeDelta::days(3)));
    cloud.get(&viewer, &elsewhere).await.refused(ProblemCode::NotFound);
    for unknown in ["00000000000000000000000000000001", "shop", "07"] {
        cloud.get(&viewer, &format!("/api/v1/traces/{unknown}")).await.refused(ProblemCode::NotFound);
    }
}

#[tokio::test]
async fn services_and_drops_are_listed() {
    let (cloud, viewer) = start().await;
    let repository = cloud.repository().await;
    cloud.telemetry(&repository).await;
    let services: Page<ServiceSeen> = cloud.get(&viewer, "/api/v1/telemetry/services").await.json(200);
    let [seen] = &services.items[..] else { panic!("{services:?}") };
    assert_eq!((seen.service.as_ref(), seen.logs, seen.spans), (Some(&repository.name), 3, 2));
    let drops: Page<DroppedRecords> = cloud.get(&viewer, "/api/v1/telemetry/drops").await.json(200);
    let [dropped] = &drops.items[..] else { panic!("{drops:?}") };
    assert_eq!((dropped.signal, dropped.reason, dropped.count), (TelemetrySignal::Logs, RefusalReason::TooDeep, 3));
    let then = time(now() - TimeDelta::days(1));
    for path in ["/api/v1/telemetry/services", "/api/v1/telemetry/drops"] {
        let none: Page<Value> = cloud.get(&viewer, &format!("{path}?to={then}")).await.json(200);
        assert!(none.items.is_empty());
    }
}

/// The start of the hour's half that was last over.
fn whole(now: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(now.timestamp().div_euclid(600) * 600 - 600, 0).unwrap()
}

#[tokio::test]
async fn metrics_are_listed_and_queried() {
    let (cloud, viewer) = start().await;
    let from = whole(now());
    for (service, offset) in [("shop", 0.0), ("cart", 100.0)] {
        let mut batch = measurements(service, 11, now());
        let latency = batch.points.pop().unwrap();
        for (minute, point) in (0..).zip(&mut batch.points) {
            point.attributes.clear();
            point.timestamp = Some(from + TimeDelta::minutes(minute));
            // 60 a minute, with a restart after the fifth.
            let since = if minute > 5 { minute - 6 } else { minute };
            point.start = Some(if minute > 5 { from + TimeDelta::minutes(5) } else { from - TimeDelta::days(1) });
            point.value = Some(PointValue::Number {
                value: offset * f64::from(u8::from(minute <= 5)) + 60.0 * f64::from(i32::try_from(since).unwrap()),
            });
        }
        batch.points.push(devos_contracts::telemetry::MetricPoint {
            timestamp: Some(from + TimeDelta::seconds(90)),
            start: Some(from + TimeDelta::seconds(60)),
            ..latency
        });
        cloud.store_telemetry(batch).await;
    }
    let list: Page<MetricInfo> = cloud.get(&viewer, "/api/v1/metrics?q=requests").await.json(200);
    let [listed] = &list.items[..] else { panic!("{list:?}") };
    assert_eq!(
        (listed.name.as_str(), &listed.services, listed.series),
        ("http.server.requests", &vec!["cart".to_owned(), "shop".to_owned()], 2)
    );

    let range = format!("from={}&to={}", time(from), time(from + TimeDelta::minutes(10)));
    let ask = async |query: &str| -> MetricAnswer {
        cloud.get(&viewer, &format!("/api/v1/metrics/query?{range}&{query}")).await.json(200)
    };
    let values = |answer: &MetricAnswer| -> Vec<Vec<f64>> {
        let rounded = |series: &devos_contracts::query::MetricSeries| {
            series.values.iter().map(|at| (at.value * 1e6).round() / 1e6).collect()
        };
        answer.series.iter().map(rounded).collect()
    };
    let answer = ask("name=http.server.requests&op=rate&step=60").await;
    assert_eq!((answer.from, answer.step_seconds, answer.unit.as_str()), (from, 60, "{request}/s"));
    // The sixth minute holds the restart at zero.
    assert_eq!(values(&answer), [[2.0, 2.0, 2.0, 2.0, 2.0, 0.0, 2.0, 2.0, 2.0, 2.0]]);
    let answer = ask("name=http.server.requests&op=sum&step=300&by=service,none").await;
    assert_eq!(values(&answer), [[300.0, 240.0], [300.0, 240.0]]);
    assert_eq!(
        answer.series.iter().map(|series| series.labels["service"].as_str()).collect::<Vec<_>>(),
        ["cart", "shop"]
    );
    let answer = ask("name=http.server.requests&op=sum&step=300&filter=service:shop").await;
    assert_eq!(values(&answer), [[300.0, 240.0]]);
    // Of six values four lie from 0.1 to 0.25, two above it.
    let answer = ask("name=http.server.request.duration&op=quantile&q=0.5&step=60").await;
    assert_eq!((values(&answer), answer.unit.as_str()), (vec![vec![0.2125]], "s"));
    let answer = ask("name=http.server.request.duration&op=avg&step=60").await;
    assert_eq!(values(&answer), [[0.233_333]]);
    assert!(ask("name=unknown&op=quantile").await.series.is_empty());
    let detail = cloud.get(&viewer, "/api/v1/metrics/query?name=http.server.requests&op=quantile").await;
    assert!(detail.refused(ProblemCode::Invalid).contains("only distributions have quantiles"));
}

#[tokio::test]
async fn flaky_tests_are_found() {
    let (cloud, viewer) = start().await;
    let repository = cloud.repository().await;
    let maintainer = cloud.person(Role::Maintainer).await;
    let report = Report::new().failed("test_total", "3 != 2");
    upload(&cloud, &maintainer, &repository.name, &report).await.expect(201);
    let path = format!("/api/v1/tests?repository={}", repository.id);
    let page: Page<TestHistory> = cloud.get(&viewer, &path).await.json(200);
    let [test] = &page.items[..] else { panic!("{page:?}") };
    assert_eq!((test.failed, test.flaky, test.results[0].outcome.as_str()), (1, false, "failed"));
    let name = test.test.clone();
    let page: Page<TestHistory> = cloud.get(&viewer, &format!("{path}&flaky=true")).await.json(200);
    assert!(page.items.is_empty());
    // Another run of the same commit passes; one of another machine says nothing.
    for (source, flaky) in [("local", 0), ("ci", 1)] {
        cloud
            .run(&format!(
                "WITH run AS (
                    INSERT INTO test_runs (tenant_id, id, repository_id, commit_id, digest, passed, failed, skipped,
                        uploaded_at, source)
                    SELECT tenant_id, gen_random_uuid(), repository_id, commit_id, sha256('{source}'), 1, 0, 0,
                        uploaded_at, '{source}'
                    FROM test_runs ORDER BY uploaded_at LIMIT 1 RETURNING *
                )
                INSERT INTO test_cases (tenant_id, run_id, ordinal, repository_id, commit_id, uploaded_at, test, suite,
                    class_name, name, duration_ms, outcome, flaky)
                SELECT run.tenant_id, run.id, 0, run.repository_id, run.commit_id, run.uploaded_at, c.test, c.suite,
                    c.class_name, c.name, 5, 'passed', false
                FROM run, test_cases c LIMIT 1"
            ))
            .await;
        let page: Page<TestHistory> = cloud.get(&viewer, &format!("{path}&flaky=true")).await.json(200);
        assert_eq!(page.items.len(), flaky, "{source}");
    }
    let page: Page<TestHistory> = cloud.get(&viewer, &format!("{path}&flaky=true")).await.json(200);
    let [test] = &page.items[..] else { panic!("{page:?}") };
    assert_eq!((&test.test, test.passed, test.failed, test.flaky_commits), (&name, 1, 1, 1));
    let page: Page<TestHistory> = cloud.get(&viewer, &format!("{path}&cursor={name}")).await.json(200);
    assert!(page.items.is_empty(), "nothing comes after the last");
}

/// A search that does not end in time says what would help.
#[tokio::test]
async fn a_search_that_takes_too_long_is_ended() {
    let (cloud, viewer) = start().await;
    cloud.store_telemetry(telemetry("shop", 1, 0, now())).await;
    let mut blocker = Inspection::open(cloud.database.superuser_url()).await.unwrap();
    blocker.run("BEGIN", &[]).await.unwrap();
    blocker.run("LOCK TABLE resources IN ACCESS EXCLUSIVE MODE", &[]).await.unwrap();
    let detail = cloud.get(&viewer, "/api/v1/logs").await.refused(ProblemCode::Invalid);
    assert!(detail.contains("narrow the time range"), "{detail}");
    blocker.run("ROLLBACK", &[]).await.unwrap();
    assert_eq!(bodies(&cloud, &viewer, "").await.len(), 1);
}
