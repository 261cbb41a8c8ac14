//! From a request to its scope.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use devos_contracts::Scope;
use devos_contracts::identity::Session;
use devos_contracts::problem::ProblemCode;
use devos_logic::access::{self, Action};
use devos_services::ServiceError;

use super::Shared;
use super::problem::Failure;

/// The caller's scope, from a bearer token or the session cookie.
pub struct Caller(pub Scope);

/// A signed-in person; tokens are refused.
pub struct Person {
    /// Their scope.
    pub scope: Scope,
    /// Their session.
    pub session: Session,
    /// The cookie's secret.
    pub secret: String,
}

/// The session cookie's name: browsers refuse `__Host-` on plain http, which loopback uses.
pub fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-devos" } else { "devos" }
}

/// The cookie that carries a session's secret.
pub fn session_cookie(secret: String, secure: bool) -> Cookie<'static> {
    Cookie::build((cookie_name(secure), secret))
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Lax)
        .build()
}

/// Resolves `Authorization: Bearer dvs_...`; `None` when the header is absent.
pub async fn bearer(app: &Shared, headers: &HeaderMap) -> Result<Option<Scope>, Failure> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let parts = value.to_str().ok().and_then(|value| value.split_once(' '));
    let token = parts.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
    let scope = match token {
        Some(token) => app.identity.token(token.trim()).await?,
        None => None,
    };
    scope
        .map(Some)
        .ok_or_else(|| Failure::new(ProblemCode::Unauthenticated, "the token is unknown, revoked or expired"))
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Failure> {
        if let Some(scope) = bearer(app, &parts.headers).await? {
            return Ok(Self(scope));
        }
        Person::from_request_parts(parts, app).await.map(|person| Self(person.scope))
    }
}

impl FromRequestParts<Shared> for Person {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Failure> {
        // A token that is known has no account of its own: it is refused, rather than asked to sign in.
        if let Some(scope) = bearer(app, &parts.headers).await? {
            access::check(&scope, Action::OwnAccount).map_err(ServiceError::from)?;
        }
        let jar = CookieJar::from_headers(&parts.headers);
        let Some(secret) = jar.get(cookie_name(app.secure_cookies)).map(|cookie| cookie.value().to_owned()) else {
            return Err(Failure::new(ProblemCode::Unauthenticated, "sign in, or send a token"));
        };
        same_origin(&parts.method, &parts.headers)?;
        let found = app.identity.session(&secret).await?;
        let (scope, session) =
            found.ok_or_else(|| Failure::new(ProblemCode::Unauthenticated, "the session has ended; sign in again"))?;
        Ok(Self { scope, session, secret })
    }
}

/// Refuses a mutation that a browser sends on behalf of another site.
pub fn same_origin(method: &Method, headers: &HeaderMap) -> Result<(), Failure> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let refused = || Err(Failure::new(ProblemCode::CrossOrigin, "this request came from another site"));
    if let Some(site) = text("sec-fetch-site") {
        return if matches!(site, "same-origin" | "none") { Ok(()) } else { refused() };
    }
    let Some(origin) = text("origin") else { return Ok(()) };
    let host = origin.split_once("://").map(|(_, host)| host);
    if host.is_some() && host == text("host") { Ok(()) } else { refused() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_mutation_from_another_site_is_refused() {
        for evil in [
            headers(&[("sec-fetch-site", "cross-site")]),
            headers(&[("sec-fetch-site", "same-site")]),
            headers(&[("origin", "https://evil.example"), ("host", "devos.example")]),
            headers(&[("origin", "null"), ("host", "devos.example")]),
        ] {
            assert!(same_origin(&Method::POST, &evil).is_err(), "{evil:?}");
            assert!(same_origin(&Method::GET, &evil).is_ok());
        }
    }

    #[test]
    fn a_mutation_from_the_dashboard_or_a_program_passes() {
        for fine in [
            headers(&[("sec-fetch-site", "same-origin")]),
            headers(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]),
            headers(&[]),
        ] {
            assert!(same_origin(&Method::POST, &fine).is_ok(), "{fine:?}");
        }
    }
}
