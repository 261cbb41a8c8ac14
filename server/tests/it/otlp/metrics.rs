//! What becomes of metrics.

use prost::Message;
use serde_json::{Value, json};

use super::{JSON, PROTOBUF, attribute, nanoseconds, points, send, start, stored_points};

/// One metric of each kind, as a sender writes them.
fn every_kind() -> Value {
    let time = nanoseconds().to_string();
    let start = (nanoseconds() - 1_000_000_000).to_string();
    let exemplar = json!({
        "timeUnixNano": time, "asDouble": 0.25, "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174", "filteredAttributes": [{ "key": "user", "value": { "intValue": "7" } }],
    });
    let point = |fields: Value| {
        let mut point = json!({
            "startTimeUnixNano": start, "timeUnixNano": time, "exemplars": [exemplar],
            "attributes": [{ "key": "route", "value": { "stringValue": "/cart" } }],
        });
        point.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        point
    };
    let histogram = json!({ "count": "3", "sum": 4.5, "min": 0.5, "max": 3, "bucketCounts": ["1", "2"],
        "explicitBounds": [1] });
    let exponential = json!({ "count": "3", "sum": 4.5, "scale": 2, "zeroCount": "1",
        "positive": { "offset": -1, "bucketCounts": ["1", "1"] } });
    let summary = json!({ "count": "3", "sum": 4.5, "quantileValues": [{ "quantile": 0.5, "value": 1.5 }] });
    json!({ "resourceMetrics": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] },
        "scopeMetrics": [{ "scope": { "name": "shop.http" }, "metrics": [
            { "name": "a.gauge", "unit": "1", "gauge": { "dataPoints": [point(json!({ "asInt": "7" }))] } },
            { "name": "b.sum", "sum": { "aggregationTemporality": 2, "isMonotonic": true,
                "dataPoints": [point(json!({ "asDouble": 2.5 })), point(json!({ "flags": 1 }))] } },
            { "name": "c.histogram", "histogram": { "aggregationTemporality": 1, "dataPoints": [point(histogram)] } },
            { "name": "d.exponential", "exponentialHistogram": { "aggregationTemporality": "AGGREGATION_TEMPORALITY_DELTA",
                "dataPoints": [point(exponential)] } },
            { "name": "e.summary", "summary": { "dataPoints": [point(summary)] } },
        ] }]
    }] })
}

#[tokio::test]
async fn every_kind_is_stored_as_it_was_sent() {
    let (cloud, token) = start().await;
    send(&cloud, &token, "/v1/metrics", JSON, every_kind().to_string().into_bytes()).await.expect(200);
    let sql =
        "SELECT name, unit, kind, temporality, monotonic, value, count, sum, service, attributes ->> 'route' AS route,
        json_array_length(exemplars) AS exemplars, exemplars #>> '{0,span_id}' AS span, start_ts < ts AS lasts,
        tenant_id::text AS tenant FROM metrics_samples ORDER BY name, value";
    let rows = cloud.rows(sql, &[]).await;
    let row = |name: &str, kind: &str, temporality: &str, numbers: Value| {
        // A summary has no exemplars.
        let exemplars = (kind != "summary").then_some(1);
        let unit = if kind == "gauge" { "1" } else { "" };
        json!({
            "name": name, "unit": unit, "kind": kind, "temporality": temporality, "monotonic": kind == "sum",
            "value": numbers[0], "count": numbers[1], "sum": numbers[2], "service": "shop", "route": "/cart",
            "exemplars": exemplars, "span": exemplars.map(|_| "eee19b7ec3c1b174"), "lasts": true,
            "tenant": cloud.scope().tenant.to_string(),
        })
    };
    let distribution = json!([null, 3, 4.5]);
    let expected = [
        row("a.gauge", "gauge", "unspecified", json!([7])),
        row("b.sum", "sum", "cumulative", json!([2.5])),
        row("b.sum", "sum", "cumulative", json!([])),
        row("c.histogram", "histogram", "delta", distribution.clone()),
        row("d.exponential", "exponential_histogram", "delta", distribution.clone()),
        row("e.summary", "summary", "unspecified", distribution),
    ];
    assert_eq!(rows, expected);
    let sql = "SELECT distribution::jsonb - 'min' - 'max' AS is FROM metrics_samples WHERE distribution IS NOT NULL ORDER BY name";
    let distributions: Vec<_> = cloud.rows(sql, &[]).await.into_iter().map(|mut row| row["is"].take()).collect();
    let none = json!({ "offset": 0, "counts": [] });
    let expected = json!([
        { "bounds": [1.0], "buckets": [1, 2] },
        {
            "scale": 2, "zero_count": 1, "zero_threshold": 0.0,
            "positive": { "offset": -1, "counts": [1, 1] }, "negative": none,
        },
        { "quantiles": [[0.5, 1.5]] },
    ]);
    assert_eq!(json!(distributions), expected);
}

#[tokio::test]
async fn a_bad_point_is_named_and_the_rest_is_stored() {
    let (cloud, token) = start().await;
    let request = points("shop", &[Some(1.0), None, Some(2.0), None]);
    let answer = send(&cloud, &token, "/v1/metrics", JSON, serde_json::to_vec(&request).unwrap()).await;
    let expected = json!({ "partialSuccess": { "rejectedDataPoints": "2", "errorMessage": "2 invalid_point" } });
    assert_eq!(answer.json::<Value>(200), expected);
    assert_eq!(stored_points(&cloud).await, 2);
    let drops = cloud.rows("SELECT signal, reason, count FROM telemetry_drops", &[]).await;
    assert_eq!(drops, [json!({ "signal": "metrics", "reason": "invalid_point", "count": 2 })]);
}

#[tokio::test]
async fn a_repeated_request_is_stored_once() {
    let (cloud, token) = start().await;
    let body = points("shop", &[Some(1.0)]).encode_to_vec();
    for _ in 0..3 {
        send(&cloud, &token, "/v1/metrics", PROTOBUF, body.clone()).await.expect(200);
    }
    assert_eq!(stored_points(&cloud).await, 1);
}

#[tokio::test]
async fn secrets_are_not_stored() {
    let (cloud, token) = start().await;
    let mut request = points("shop", &[Some(1.0)]);
    let metric = &mut request.resource_metrics[0].scope_metrics[0].metrics[0];
    metric.description = "of ann@example.com".to_owned();
    let Some(super::Data::Gauge(gauge)) = &mut metric.data else { panic!("{metric:?}") };
    gauge.data_points[0].attributes = vec![attribute("db.password", "hunter2")];
    send(&cloud, &token, "/v1/metrics", PROTOBUF, request.encode_to_vec()).await.expect(200);
    let rows = cloud.rows("SELECT to_jsonb(m) AS row FROM metrics_samples m", &[]).await;
    let series = cloud.rows("SELECT to_jsonb(s) AS row FROM metric_series s", &[]).await;
    assert_eq!((rows.len(), series.len()), (1, 1));
    let text = Value::from([rows, series].concat()).to_string();
    assert!(!text.contains("hunter2") && !text.contains("ann@"), "{text}");
    assert!(text.contains("[REDACTED]"), "{text}");
}
