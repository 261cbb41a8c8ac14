use axum::Json;
use axum::extract::State;
use devos_contracts::api::Page;
use devos_contracts::query::MetricInfo;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Query;
use crate::http::problem::Failure;

/// Which metrics to list.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MetricsQuery {
    /// Only those whose name contains this.
    #[param(example = "http.server")]
    pub q: Option<String>,
}

/// Metrics by name, with what can be asked of them.
#[utoipa::path(get, path = "/api/v1/metrics", operation_id = "listMetrics", tag = "telemetry", params(MetricsQuery),
    responses((status = 200, description = "The metrics, at most 1,000", body = Page<MetricInfo>)))]
pub async fn list_metrics(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Query(query): Query<MetricsQuery>,
) -> Result<Json<Page<MetricInfo>>, Failure> {
    Ok(Json(app.telemetry.metrics(&scope, query.q.as_deref()).await?))
}
