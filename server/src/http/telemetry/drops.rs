use axum::Json;
use axum::extract::State;
use devos_contracts::api::Page;
use devos_contracts::query::DroppedRecords;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Query;
use crate::http::problem::Failure;
use crate::http::telemetry::RangeQuery;

/// Telemetry that was refused, by hour, signal and reason, newest first; hours that the range touches count whole.
#[utoipa::path(get, path = "/api/v1/telemetry/drops", operation_id = "listDrops", tag = "telemetry", params(RangeQuery),
    responses((status = 200, description = "The drop ledger", body = Page<DroppedRecords>)))]
pub async fn list_drops(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Query(query): Query<RangeQuery>,
) -> Result<Json<Page<DroppedRecords>>, Failure> {
    Ok(Json(app.telemetry.drops(&scope, query.into()).await?))
}
