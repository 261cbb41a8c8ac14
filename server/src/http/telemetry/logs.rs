use axum::Json;
use axum::extract::State;
use devos_contracts::api::Page;
use devos_contracts::query::LogEntry;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Query;
use crate::http::problem::Failure;
use crate::http::telemetry::RowsQuery;

/// Log records, newest first.
#[utoipa::path(get, path = "/api/v1/logs", operation_id = "searchLogs", tag = "telemetry", params(RowsQuery),
    responses((status = 200, description = "A page of log records", body = Page<LogEntry>)))]
pub async fn search_logs(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Query(query): Query<RowsQuery>,
) -> Result<Json<Page<LogEntry>>, Failure> {
    Ok(Json(app.telemetry.logs(&scope, &query.into()).await?))
}
