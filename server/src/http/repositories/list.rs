use axum::Json;
use axum::extract::State;
use devos_contracts::api::Page;
use devos_contracts::repository::Repository;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::problem::Failure;

/// Every connected repository, by name.
#[utoipa::path(get, path = "/api/v1/repositories", operation_id = "listRepositories", tag = "repositories",
    responses((status = 200, description = "The repositories", body = Page<Repository>)))]
pub async fn list_repositories(
    State(app): State<Shared>,
    Caller(scope): Caller,
) -> Result<Json<Page<Repository>>, Failure> {
    Ok(Json(app.repositories.list(&scope).await?))
}
