use axum::Json;
use axum::extract::State;
use devos_contracts::api::Me;

use crate::http::Shared;
use crate::http::auth::Person;
use crate::http::problem::Failure;

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/me", operation_id = "getMe", tag = "account",
    responses((status = 200, description = "The signed-in person", body = Me)))]
pub async fn me(State(app): State<Shared>, person: Person) -> Result<Json<Me>, Failure> {
    Ok(Json(app.identity.me(&person.session).await?))
}
