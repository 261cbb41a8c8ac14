//! Metric series and their points.

use chrono::{DateTime, TimeDelta, Utc};
use devos_contracts::query::{Filter, MetricInfo, MetricPointAt, SeriesInfo, SeriesStep, TimeRange};
use devos_contracts::telemetry::{
    Attributes, ExponentialBuckets, ExponentialHistogram, Histogram, PointValue, Summary,
};
use devos_ports::StoreError;
use devos_ports::store::StoreResult;
use serde::Deserialize;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::super::PgTx;
use super::filter::{bind, chosen};
use super::{micros, search_failed};
use crate::statements::{APP, sql};
use crate::text::{clean, from_word};

sql! { APP;
    LIST = "WITH known AS (
            SELECT name, kind, max(description) AS description, max(unit) AS unit, count(*) AS series,
                coalesce(array_agg(DISTINCT service COLLATE \"C\") FILTER (WHERE service IS NOT NULL), '{}') AS services
            FROM metric_series WHERE ($1::text IS NULL OR position(lower($1) IN lower(name)) > 0)
            GROUP BY name, kind ORDER BY name COLLATE \"C\", kind LIMIT $2
        )
        SELECT known.*, ARRAY(
            SELECT DISTINCT k.key COLLATE \"C\" FROM metric_series m, jsonb_object_keys(m.attributes) AS k (key)
            WHERE m.name = known.name AND m.kind = known.kind ORDER BY 1
        ) AS labels
        FROM known ORDER BY known.name COLLATE \"C\", known.kind";
    SERIES = concat!(
        "SELECT m.series_id, m.service, m.unit, m.kind, m.temporality, m.monotonic, m.attributes,
            r.attributes AS resource
        FROM metric_series m LEFT JOIN resources r ON r.tenant_id = m.tenant_id AND r.resource_id = m.resource_id
        WHERE m.name = $8 AND ", chosen!(
            "CASE f.field
                WHEN 'service' THEN m.service
                WHEN 'attribute' THEN coalesce(m.attributes ->> f.key, r.attributes ->> f.key)
            END"
        ), " ORDER BY m.series_id LIMIT $9"
    );
    STEPS = "SELECT series_id, date_bin($4 * interval '1 microsecond', ts, 'epoch') AS at, count(*) AS count,
            sum(value) AS sum, min(value) AS min, max(value) AS max
        FROM metric_points
        WHERE ts >= $2 AND ts < $3 AND series_id = ANY ($1) AND value <> 'NaN'
        GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $5";
    // The first point, the last one of a step, and the last before a restart; without a step every point.
    POINTS = "SELECT series_id, start_ts, ts, value, count, sum, distribution FROM (
            SELECT p.*, coalesce(value, count) AS total, lag(ts) OVER later AS earlier_ts, lead(ts) OVER later AS next_ts,
                lead(coalesce(value, count)) OVER later AS next_total, lead(start_ts) OVER later AS next_start
            FROM metric_points p
            WHERE ts >= $2 AND ts < $3 AND series_id = ANY ($1) AND coalesce(value, count) <> 'NaN'
            WINDOW later AS (PARTITION BY series_id ORDER BY ts)
        ) p
        WHERE $4::bigint IS NULL OR earlier_ts IS NULL OR next_ts IS NULL OR next_total < total OR next_start >= ts
            OR date_bin($4 * interval '1 microsecond', ts, 'epoch')
                <> date_bin($4 * interval '1 microsecond', next_ts, 'epoch')
        ORDER BY series_id, ts LIMIT $5";
}

#[derive(FromRow)]
struct MetricRow {
    name: String,
    kind: String,
    description: String,
    unit: String,
    series: i64,
    services: Vec<String>,
    labels: Vec<String>,
}

impl TryFrom<MetricRow> for MetricInfo {
    type Error = StoreError;

    fn try_from(row: MetricRow) -> StoreResult<Self> {
        Ok(Self {
            name: row.name,
            description: row.description,
            unit: row.unit,
            kind: from_word(row.kind)?,
            services: row.services,
            labels: row.labels,
            series: row.series,
        })
    }
}

#[derive(FromRow)]
struct SeriesRow {
    series_id: Uuid,
    service: Option<String>,
    unit: String,
    kind: String,
    temporality: String,
    monotonic: bool,
    attributes: Json<Attributes>,
    resource: Option<Json<Attributes>>,
}

impl TryFrom<SeriesRow> for SeriesInfo {
    type Error = StoreError;

    fn try_from(row: SeriesRow) -> StoreResult<Self> {
        Ok(Self {
            id: row.series_id,
            service: row.service,
            unit: row.unit,
            kind: from_word(row.kind)?,
            temporality: from_word(row.temporality)?,
            monotonic: row.monotonic,
            attributes: row.attributes.0,
            resource: row.resource.map(|resource| resource.0).unwrap_or_default(),
        })
    }
}

#[derive(FromRow)]
struct StepRow {
    series_id: Uuid,
    at: DateTime<Utc>,
    count: i64,
    sum: f64,
    min: f64,
    max: f64,
}

#[derive(FromRow)]
struct PointRow {
    series_id: Uuid,
    start_ts: Option<DateTime<Utc>>,
    ts: DateTime<Utc>,
    value: Option<f64>,
    count: Option<i64>,
    sum: Option<f64>,
    distribution: Option<Json<Distribution>>,
}

/// Every kind of distribution as it is stored; each has a part of the fields.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Distribution {
    min: Option<f64>,
    max: Option<f64>,
    bounds: Vec<f64>,
    buckets: Vec<u64>,
    scale: Option<i32>,
    zero_count: u64,
    zero_threshold: Option<f64>,
    positive: Buckets,
    negative: Buckets,
    quantiles: Option<Vec<(Option<f64>, Option<f64>)>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Buckets {
    offset: i32,
    counts: Vec<u64>,
}

impl From<Buckets> for ExponentialBuckets {
    fn from(buckets: Buckets) -> Self {
        Self { offset: buckets.offset, counts: buckets.counts }
    }
}

impl From<PointRow> for MetricPointAt {
    fn from(row: PointRow) -> Self {
        let count = row.count.unwrap_or_default().unsigned_abs();
        let value = match (row.value, row.distribution.map(|stored| stored.0).unwrap_or_default()) {
            (Some(value), _) => PointValue::Number { value },
            (
                None,
                Distribution { scale: Some(scale), min, max, zero_count, zero_threshold, positive, negative, .. },
            ) => PointValue::ExponentialHistogram(ExponentialHistogram {
                count,
                sum: row.sum,
                min,
                max,
                scale,
                zero_count,
                zero_threshold: zero_threshold.unwrap_or_default(),
                positive: positive.into(),
                negative: negative.into(),
            }),
            (None, Distribution { quantiles: Some(quantiles), .. }) => {
                let quantiles = quantiles.into_iter().filter_map(|(quantile, value)| quantile.zip(value)).collect();
                PointValue::Summary(Summary { count, sum: row.sum.unwrap_or_default(), quantiles })
            }
            (None, Distribution { min, max, bounds, buckets, .. }) => {
                PointValue::Histogram(Histogram { count, sum: row.sum, min, max, bounds, buckets })
            }
        };
        Self { series: row.series_id, start: row.start_ts, at: row.ts, value }
    }
}

impl PgTx {
    pub(super) async fn list_metrics(&mut self, text: Option<&str>, limit: i64) -> StoreResult<Vec<MetricInfo>> {
        self.limit_search().await?;
        let query = sqlx::query_as(LIST).bind(text.map(clean)).bind(limit);
        let rows: Vec<MetricRow> = query.fetch_all(&mut *self.db).await.map_err(search_failed)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    pub(super) async fn list_series(
        &mut self,
        name: &str,
        filter: &Filter,
        limit: i64,
    ) -> StoreResult<Vec<SeriesInfo>> {
        self.limit_search().await?;
        let query = bind(sqlx::query_as(SERIES), filter).bind(clean(name).into_owned()).bind(limit);
        let rows: Vec<SeriesRow> = query.fetch_all(&mut *self.db).await.map_err(search_failed)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    pub(super) async fn read_steps(
        &mut self,
        series: &[Uuid],
        range: TimeRange,
        step: TimeDelta,
        limit: i64,
    ) -> StoreResult<Vec<SeriesStep>> {
        self.limit_search().await?;
        let query = sqlx::query_as(STEPS).bind(series).bind(range.from).bind(range.to).bind(micros(step)).bind(limit);
        let rows: Vec<StepRow> = query.fetch_all(&mut *self.db).await.map_err(search_failed)?;
        let step = |row: StepRow| SeriesStep {
            series: row.series_id,
            at: row.at,
            count: row.count,
            sum: row.sum,
            min: row.min,
            max: row.max,
        };
        Ok(rows.into_iter().map(step).collect())
    }

    pub(super) async fn read_points(
        &mut self,
        series: &[Uuid],
        range: TimeRange,
        thin: Option<TimeDelta>,
        limit: i64,
    ) -> StoreResult<Vec<MetricPointAt>> {
        self.limit_search().await?;
        let query = sqlx::query_as(POINTS).bind(series).bind(range.from).bind(range.to).bind(thin.map(micros));
        let rows: Vec<PointRow> = query.bind(limit).fetch_all(&mut *self.db).await.map_err(search_failed)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
