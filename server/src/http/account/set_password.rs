use axum::extract::State;
use axum::http::StatusCode;
use devos_contracts::api::SetPassword;

use crate::http::Shared;
use crate::http::auth::Person;
use crate::http::extract::Body;
use crate::http::problem::Failure;

/// Set the signed-in person's password.
#[utoipa::path(put, path = "/api/v1/me/password", operation_id = "setPassword", tag = "account", request_body = SetPassword,
    responses((status = 204, description = "Set")))]
pub async fn set_password(
    State(app): State<Shared>,
    person: Person,
    Body(request): Body<SetPassword>,
) -> Result<StatusCode, Failure> {
    app.identity.set_password(&person.scope, request.password).await?;
    Ok(StatusCode::NO_CONTENT)
}
