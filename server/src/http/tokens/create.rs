use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use devos_contracts::api::{CreateToken, CreatedToken};

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Body;
use crate::http::problem::Failure;

/// Make an API token; the answer holds its secret, shown this once.
#[utoipa::path(post, path = "/api/v1/tokens", operation_id = "createToken", tag = "tokens", request_body = CreateToken,
    responses((status = 201, description = "The token with its secret", body = CreatedToken)))]
pub async fn create_token(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Body(request): Body<CreateToken>,
) -> Result<(StatusCode, Json<CreatedToken>), Failure> {
    Ok((StatusCode::CREATED, Json(app.identity.create_token(&scope, request).await?)))
}
