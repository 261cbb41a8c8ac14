use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use devos_contracts::query::{MetricAnswer, MetricOp};
use devos_services::telemetry::{Between, MetricQuery};

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Query;
use crate::http::problem::Failure;

/// What to ask of a metric.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MetricValuesQuery {
    /// The metric.
    #[param(example = "http.server.request.duration")]
    pub name: String,
    /// The first moment; an hour before `to` when absent.
    #[param(example = "2026-11-20T09:00:00Z")]
    pub from: Option<DateTime<Utc>>,
    /// The moment after the last, at most 31 days later; now when absent.
    #[param(example = "2026-11-20T10:00:00Z")]
    pub to: Option<DateTime<Utc>>,
    /// Seconds of a step, of which the range holds at most 1,000; a 60th of the range when absent. Steps begin at
    /// multiples since 1970.
    #[param(example = 60)]
    pub step: Option<u32>,
    /// What becomes of the points.
    pub op: MetricOp,
    /// The quantile wanted, 0 to 1; 0.95 when absent.
    #[param(example = 0.95)]
    pub q: Option<f64>,
    /// Labels that tell series apart, with commas: attributes of the points or their resource, or `service`. Without
    /// any, all series become one.
    #[param(example = "service,http.route")]
    pub by: Option<String>,
    /// `key:value` terms, as in other searches.
    #[param(example = "service:checkout")]
    pub filter: Option<String>,
}

/// A metric's values over time.
#[utoipa::path(get, path = "/api/v1/metrics/query", operation_id = "queryMetric", tag = "telemetry", params(MetricValuesQuery),
    responses((status = 200, description = "The values", body = MetricAnswer)))]
pub async fn query_metric(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Query(query): Query<MetricValuesQuery>,
) -> Result<Json<MetricAnswer>, Failure> {
    let wanted = MetricQuery {
        name: query.name,
        between: Between { from: query.from, to: query.to },
        step: query.step,
        op: query.op,
        quantile: query.q,
        by: query.by,
        filter: query.filter,
    };
    Ok(Json(app.telemetry.metric(&scope, wanted).await?))
}
