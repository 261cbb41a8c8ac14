use axum::Json;
use axum::extract::State;
use devos_contracts::PatternId;
use devos_contracts::api::PausePattern;
use devos_contracts::pattern::Pattern;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Path};
use crate::http::problem::Failure;

/// Leave a pattern alone until it is resumed.
#[utoipa::path(post, path = "/api/v1/patterns/{id}/pause", operation_id = "pausePattern", tag = "patterns", request_body = PausePattern, params(("id" = PatternId, Path)),
    responses((status = 200, description = "Paused", body = Pattern)))]
pub async fn pause_pattern(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(id): Path<PatternId>,
    Body(request): Body<PausePattern>,
) -> Result<Json<Pattern>, Failure> {
    Ok(Json(app.incidents.pause(&scope, id, request).await?))
}
