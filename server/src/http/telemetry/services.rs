use axum::Json;
use axum::extract::State;
use devos_contracts::api::Page;
use devos_contracts::query::ServiceSeen;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Query;
use crate::http::problem::Failure;
use crate::http::telemetry::RangeQuery;

/// Services that sent logs or spans, by name.
#[utoipa::path(get, path = "/api/v1/telemetry/services", operation_id = "listServices", tag = "telemetry", params(RangeQuery),
    responses((status = 200, description = "The services, at most 1,000", body = Page<ServiceSeen>)))]
pub async fn list_services(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Query(query): Query<RangeQuery>,
) -> Result<Json<Page<ServiceSeen>>, Failure> {
    Ok(Json(app.telemetry.services(&scope, query.into()).await?))
}
