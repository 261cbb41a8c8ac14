use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;

use crate::http::Shared;
use crate::http::auth::{Person, cookie_name};
use crate::http::problem::Failure;

/// End the session.
#[utoipa::path(post, path = "/api/v1/sign-out", operation_id = "signOut", tag = "account",
    responses((status = 204, description = "Signed out")))]
pub async fn sign_out(
    State(app): State<Shared>,
    person: Person,
    jar: CookieJar,
) -> Result<(CookieJar, StatusCode), Failure> {
    app.identity.sign_out(&person.secret).await?;
    let gone = Cookie::build((cookie_name(app.secure_cookies), "")).path("/").secure(app.secure_cookies).build();
    Ok((jar.remove(gone), StatusCode::NO_CONTENT))
}
