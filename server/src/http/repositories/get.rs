use axum::extract::State;
use devos_contracts::RepositoryId;
use devos_contracts::repository::Repository;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::{Path, Versioned};
use crate::http::problem::Failure;

/// One repository with its settings.
#[utoipa::path(get, path = "/api/v1/repositories/{id}", operation_id = "getRepository", tag = "repositories", params(("id" = RepositoryId, Path)),
    responses((status = 200, description = "The repository", body = Repository)))]
pub async fn get_repository(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(id): Path<RepositoryId>,
) -> Result<Versioned, Failure> {
    Ok(Versioned(app.repositories.get(&scope, id).await?))
}
