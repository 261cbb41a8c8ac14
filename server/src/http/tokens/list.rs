use axum::Json;
use axum::extract::State;
use devos_contracts::api::Page;
use devos_contracts::identity::ApiToken;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::problem::Failure;

/// Every API token, newest first, without secrets.
#[utoipa::path(get, path = "/api/v1/tokens", operation_id = "listTokens", tag = "tokens",
    responses((status = 200, description = "The tokens", body = Page<ApiToken>)))]
pub async fn list_tokens(State(app): State<Shared>, Caller(scope): Caller) -> Result<Json<Page<ApiToken>>, Failure> {
    Ok(Json(Page { items: app.identity.tokens(&scope).await?, next_cursor: None }))
}
