use axum::Json;
use axum::extract::State;
use devos_contracts::api::Page;
use devos_contracts::query::TraceSummary;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Query;
use crate::http::problem::Failure;
use crate::http::telemetry::RowsQuery;

/// Traces, newest first: one row for each root span, or entry into a service, that the filter chooses.
#[utoipa::path(get, path = "/api/v1/traces", operation_id = "searchTraces", tag = "telemetry", params(RowsQuery),
    responses((status = 200, description = "A page of traces", body = Page<TraceSummary>)))]
pub async fn search_traces(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Query(query): Query<RowsQuery>,
) -> Result<Json<Page<TraceSummary>>, Failure> {
    Ok(Json(app.telemetry.traces(&scope, &query.into()).await?))
}
