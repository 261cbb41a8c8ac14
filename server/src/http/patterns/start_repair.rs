use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use devos_contracts::PatternId;
use devos_contracts::repair::Repair;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Path;
use crate::http::problem::Failure;

/// Start a repair of a pattern.
#[utoipa::path(post, path = "/api/v1/patterns/{id}/repairs", operation_id = "startRepair", tag = "repairs", params(("id" = PatternId, Path)),
    responses((status = 201, description = "Started", body = Repair)))]
pub async fn start_repair(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(id): Path<PatternId>,
) -> Result<(StatusCode, Json<Repair>), Failure> {
    Ok((StatusCode::CREATED, Json(app.repairs.start(&scope, id).await?)))
}
