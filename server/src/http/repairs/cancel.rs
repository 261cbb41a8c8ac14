use axum::Json;
use axum::extract::State;
use devos_contracts::RepairId;
use devos_contracts::api::Reason;
use devos_contracts::repair::Repair;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Path};
use crate::http::problem::Failure;

/// Stop a repair; a branch that it pushed is deleted.
#[utoipa::path(post, path = "/api/v1/repairs/{id}/cancel", operation_id = "cancelRepair", tag = "repairs", request_body = Reason, params(("id" = RepairId, Path)),
    responses((status = 200, description = "Cancelled", body = Repair)))]
pub async fn cancel_repair(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(id): Path<RepairId>,
    Body(request): Body<Reason>,
) -> Result<Json<Repair>, Failure> {
    Ok(Json(app.repairs.cancel(&scope, id, &request.reason).await?))
}
