use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum_extra::extract::CookieJar;
use devos_contracts::api::{Me, RedeemLink};

use crate::http::Shared;
use crate::http::auth::{same_origin, session_cookie};
use crate::http::extract::Body;
use crate::http::problem::Failure;

/// Sign in with a one-time link, optionally setting a password; sets the session cookie.
#[utoipa::path(post, path = "/api/v1/sign-in/link", operation_id = "redeemSignInLink", tag = "account", request_body = RedeemLink,
    responses((status = 200, description = "Signed in", body = Me)))]
pub async fn redeem_link(
    State(app): State<Shared>,
    headers: HeaderMap,
    jar: CookieJar,
    Body(request): Body<RedeemLink>,
) -> Result<(CookieJar, Json<Me>), Failure> {
    same_origin(&Method::POST, &headers)?;
    let signed_in = app.identity.redeem(request).await?;
    Ok((jar.add(session_cookie(signed_in.secret, app.secure_cookies)), Json(signed_in.me)))
}
