use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum_extra::extract::CookieJar;
use devos_contracts::api::{Me, SignIn};

use crate::http::Shared;
use crate::http::auth::{same_origin, session_cookie};
use crate::http::extract::Body;
use crate::http::problem::Failure;

/// Sign in with an address and a password; sets the session cookie.
#[utoipa::path(post, path = "/api/v1/sign-in", operation_id = "signIn", tag = "account", request_body = SignIn,
    responses((status = 200, description = "Signed in", body = Me)))]
pub async fn sign_in(
    State(app): State<Shared>,
    headers: HeaderMap,
    jar: CookieJar,
    Body(request): Body<SignIn>,
) -> Result<(CookieJar, Json<Me>), Failure> {
    same_origin(&Method::POST, &headers)?;
    let signed_in = app.identity.sign_in(request).await?;
    Ok((jar.add(session_cookie(signed_in.secret, app.secure_cookies)), Json(signed_in.me)))
}
