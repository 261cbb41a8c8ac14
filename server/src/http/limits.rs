//! How often one caller may ask.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::LazyLock;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use devos_contracts::problem::ProblemCode;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::problem::Failure;

/// Requests a minute of one caller.
const REQUESTS: NonZeroU32 = NonZeroU32::new(1200).unwrap();
/// Sign-in attempts a minute of one address.
const SIGN_INS: NonZeroU32 = NonZeroU32::new(10).unwrap();

static CALLERS: LazyLock<DefaultKeyedRateLimiter<u64>> =
    LazyLock::new(|| RateLimiter::keyed(Quota::per_minute(REQUESTS)));
static SIGN_IN: LazyLock<DefaultKeyedRateLimiter<IpAddr>> =
    LazyLock::new(|| RateLimiter::keyed(Quota::per_minute(SIGN_INS)));

/// Answers 429 to a caller (credentials, else address) that asks too often; sign-in is counted by address.
pub async fn per_caller(request: Request, next: Next) -> Response {
    let address =
        request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::from([127, 0, 0, 1]), |info| info.0.ip());
    let checked = if request.uri().path().starts_with("/api/v1/sign-in") {
        SIGN_IN.check_key(&address)
    } else {
        CALLERS.check_key(&caller(&request, address))
    };
    match checked {
        Ok(()) => next.run(request).await,
        Err(early) => refuse(early.wait_time_from(DefaultClock::default().now())),
    }
}

fn refuse(wait: Duration) -> Response {
    let seconds = wait.as_secs() + 1;
    let detail = format!("too many requests; try again in {seconds} s");
    ([(header::RETRY_AFTER, seconds.to_string())], Failure::new(ProblemCode::RateLimited, detail)).into_response()
}

/// A number for whoever asks; it is only compared, and secrets are not kept.
fn caller(request: &Request, address: IpAddr) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let headers = request.headers();
    match headers.get(header::AUTHORIZATION).or_else(|| headers.get(header::COOKIE)) {
        Some(credentials) => KEY.hash_one(credentials.as_bytes()),
        None => KEY.hash_one(address),
    }
}
