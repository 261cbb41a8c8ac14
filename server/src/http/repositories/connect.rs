use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use devos_contracts::api::ConnectRepository;
use devos_contracts::repository::Repository;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Body;
use crate::http::problem::Failure;

/// Connect a repository. Without settings it is only watched.
#[utoipa::path(post, path = "/api/v1/repositories", operation_id = "connectRepository", tag = "repositories", request_body = ConnectRepository,
    responses((status = 201, description = "Connected", body = Repository)))]
pub async fn connect_repository(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Body(request): Body<ConnectRepository>,
) -> Result<(StatusCode, Json<Repository>), Failure> {
    Ok((StatusCode::CREATED, Json(app.repositories.connect(&scope, request).await?)))
}
