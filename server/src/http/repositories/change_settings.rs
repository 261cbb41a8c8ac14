use axum::extract::State;
use axum::http::HeaderMap;
use devos_contracts::RepositoryId;
use devos_contracts::repository::{Repository, RepositorySettings};

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Path, Versioned, if_match};
use crate::http::problem::Failure;

/// Change what a repository is granted.
#[utoipa::path(put, path = "/api/v1/repositories/{id}/settings", operation_id = "changeRepositorySettings", tag = "repositories", request_body = RepositorySettings, params(("id" = RepositoryId, Path), ("If-Match" = String, Header, description = "The version that was read, in quotes")),
    responses((status = 200, description = "Changed", body = Repository)))]
pub async fn change_settings(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(id): Path<RepositoryId>,
    headers: HeaderMap,
    Body(request): Body<RepositorySettings>,
) -> Result<Versioned, Failure> {
    Ok(Versioned(app.repositories.change_settings(&scope, id, if_match(&headers)?, &request).await?))
}
