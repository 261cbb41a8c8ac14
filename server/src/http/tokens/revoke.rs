use axum::extract::State;
use axum::http::StatusCode;
use devos_contracts::TokenId;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Path;
use crate::http::problem::Failure;

/// Revoke an API token; it stops working at once.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", operation_id = "revokeToken", tag = "tokens", params(("id" = TokenId, Path)),
    responses((status = 204, description = "Revoked")))]
pub async fn revoke_token(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(id): Path<TokenId>,
) -> Result<StatusCode, Failure> {
    app.identity.revoke_token(&scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
