use axum::Json;
use axum::extract::State;
use devos_contracts::PatternId;
use devos_contracts::pattern::Pattern;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Path;
use crate::http::problem::Failure;

/// Lift the pause of a pattern.
#[utoipa::path(post, path = "/api/v1/patterns/{id}/resume", operation_id = "resumePattern", tag = "patterns", params(("id" = PatternId, Path)),
    responses((status = 200, description = "Resumed", body = Pattern)))]
pub async fn resume_pattern(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(id): Path<PatternId>,
) -> Result<Json<Pattern>, Failure> {
    Ok(Json(app.incidents.resume(&scope, id).await?))
}
