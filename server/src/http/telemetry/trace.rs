use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use devos_contracts::query::{TraceDetail, TraceId};

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::{Path, Query};
use crate::http::problem::Failure;

/// Where to look.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TraceQuery {
    /// A time near the trace: only the day before and the day after are searched, which is faster.
    #[param(example = "2026-11-20T09:00:00Z")]
    pub at: Option<DateTime<Utc>>,
}

/// A whole trace: its spans as a tree, and the logs that name it.
#[utoipa::path(get, path = "/api/v1/traces/{trace_id}", operation_id = "getTrace", tag = "telemetry",
    params(("trace_id" = TraceId, Path), TraceQuery),
    responses((status = 200, description = "The trace", body = TraceDetail)))]
pub async fn get_trace(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(id): Path<TraceId>,
    Query(query): Query<TraceQuery>,
) -> Result<Json<TraceDetail>, Failure> {
    Ok(Json(app.telemetry.trace(&scope, id, query.at).await?))
}
