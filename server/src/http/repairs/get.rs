use axum::Json;
use axum::extract::State;
use devos_contracts::RepairId;
use devos_contracts::api::RepairDetail;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Path;
use crate::http::problem::Failure;

/// One repair with its journal and its proposal.
#[utoipa::path(get, path = "/api/v1/repairs/{id}", operation_id = "getRepair", tag = "repairs", params(("id" = RepairId, Path)),
    responses((status = 200, description = "The repair", body = RepairDetail)))]
pub async fn get_repair(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(id): Path<RepairId>,
) -> Result<Json<RepairDetail>, Failure> {
    Ok(Json(app.repairs.get(&scope, id).await?))
}
