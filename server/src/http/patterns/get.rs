use axum::Json;
use axum::extract::State;
use devos_contracts::PatternId;
use devos_contracts::api::PatternDetail;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Path;
use crate::http::problem::Failure;

/// One pattern with its newest failure, histogram, similar items and repairs.
#[utoipa::path(get, path = "/api/v1/patterns/{id}", operation_id = "getPattern", tag = "patterns", params(("id" = PatternId, Path)),
    responses((status = 200, description = "The pattern", body = PatternDetail)))]
pub async fn get_pattern(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(id): Path<PatternId>,
) -> Result<Json<PatternDetail>, Failure> {
    Ok(Json(app.incidents.get(&scope, id).await?))
}
