//! Interned metric series: each is stored once, and points name it by its digest.

use devos_contracts::RepositoryId;
use devos_contracts::telemetry::{Metric, MetricKind, MetricPoint, TelemetryBatch, Temporality};
use devos_ports::store::StoreResult;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::resources::half;
use super::{ADD_SERIES, PgIngestTx};
use crate::error::failed;
use crate::text::{canonical_text, clean};

/// What all series of a metric have in common, digested once.
struct Common(Sha256);

impl Common {
    fn new(metric: &Metric, resource: Uuid) -> Self {
        let parts = json!([
            metric.name,
            metric.unit,
            kind(metric.kind),
            temporality(metric.temporality),
            metric.monotonic,
            metric.scope.name,
            metric.scope.version,
        ]);
        Self(Sha256::new_with_prefix(resource.as_bytes()).chain_update(parts.to_string()))
    }

    /// The id of the series with these attributes, as canonical JSON.
    fn id(&self, attributes: &str) -> Uuid {
        half(&self.0.clone().chain_update(attributes).finalize().into())
    }
}

/// A series that may have to be stored.
struct Fresh<'a> {
    id: Uuid,
    metric: &'a Metric,
    attributes: String,
}

impl PgIngestTx {
    /// Stores what is new of the series of a batch's points; answers their ids in the points' order.
    pub(super) async fn intern_series(
        &mut self,
        telemetry: &TelemetryBatch,
        resources: &[Uuid],
        projects: &[Option<RepositoryId>],
        received: chrono::DateTime<chrono::Utc>,
    ) -> StoreResult<Vec<Uuid>> {
        let resource = |metric: &Metric| resources.get(metric.resource).copied().unwrap_or_default();
        let common: Vec<_> = telemetry.metrics.iter().map(|metric| Common::new(metric, resource(metric))).collect();
        let mut ids = Vec::with_capacity(telemetry.points.len());
        let mut fresh = Vec::new();
        for MetricPoint { metric, attributes, .. } in &telemetry.points {
            let (Some(shared), Some(metric)) = (common.get(*metric), telemetry.metrics.get(*metric)) else {
                ids.push(Uuid::nil());
                continue;
            };
            let attributes = canonical_text(attributes);
            let id = shared.id(&attributes);
            if !self.interned.series.holds(self.tenant, id) && !self.new_series.contains(&id) {
                fresh.push(Fresh { id, metric, attributes });
            }
            ids.push(id);
        }
        // Always in the same order, else two transactions could wait for each other.
        fresh.sort_by_key(|series| series.id);
        fresh.dedup_by_key(|series| series.id);
        if !fresh.is_empty() {
            let project = |fresh: &Fresh<'_>| projects.get(fresh.metric.resource).copied().flatten().map(|id| id.0);
            let service = |fresh: &Fresh<'_>| {
                telemetry.resources.get(fresh.metric.resource).and_then(|found| found.service_name().map(clean))
            };
            sqlx::query(ADD_SERIES)
                .bind(self.tenant.0)
                .bind(received)
                .bind(column(&fresh, |fresh| fresh.id))
                .bind(column(&fresh, project))
                .bind(column(&fresh, |fresh| resource(fresh.metric)))
                .bind(column(&fresh, service))
                .bind(column(&fresh, |fresh| clean(&fresh.metric.name)))
                .bind(column(&fresh, |fresh| clean(&fresh.metric.description)))
                .bind(column(&fresh, |fresh| clean(&fresh.metric.unit)))
                .bind(column(&fresh, |fresh| kind(fresh.metric.kind)))
                .bind(column(&fresh, |fresh| temporality(fresh.metric.temporality)))
                .bind(column(&fresh, |fresh| fresh.metric.monotonic))
                .bind(column(&fresh, |fresh| clean(&fresh.metric.scope.name)))
                .bind(column(&fresh, |fresh| clean(&fresh.metric.scope.version)))
                .bind(column(&fresh, |fresh| fresh.attributes.as_str()))
                .execute(self.db()?)
                .await
                .map_err(failed)?;
            self.new_series.extend(fresh.iter().map(|fresh| fresh.id));
        }
        Ok(ids)
    }
}

fn column<'a, T>(fresh: &'a [Fresh<'a>], read: impl Fn(&'a Fresh<'a>) -> T) -> Vec<T> {
    fresh.iter().map(read).collect()
}

fn kind(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Gauge => "gauge",
        MetricKind::Sum => "sum",
        MetricKind::Histogram => "histogram",
        MetricKind::ExponentialHistogram => "exponential_histogram",
        MetricKind::Summary => "summary",
    }
}

fn temporality(temporality: Temporality) -> &'static str {
    match temporality {
        Temporality::Unspecified => "unspecified",
        Temporality::Delta => "delta",
        Temporality::Cumulative => "cumulative",
    }
}
