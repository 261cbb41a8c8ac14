//! The HTTP surface: one endpoint per file, one router.

pub mod account;
mod assets;
pub mod auth;
pub mod events;
pub mod extract;
mod health;
mod limits;
pub mod openapi;
pub mod operations;
pub mod otlp;
pub mod patterns;
pub mod problem;
pub mod proposals;
pub mod repairs;
pub mod repositories;
pub mod telemetry;
pub mod test_results;
pub mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use devos_contracts::problem::ProblemCode;
use devos_ports::Store;
use devos_services::{Identity, Incidents, Ingest, Proposals, Repairs, Repositories, Telemetry};
use tokio::sync::watch;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::{Instrument, Span};

use self::problem::Failure;

/// The largest body of a REST call.
const MAX_BODY: usize = 1 << 20;

/// What handlers can reach.
pub struct App {
    /// People and tokens.
    pub identity: Identity,
    /// Telemetry and test results.
    pub ingest: Ingest,
    /// Searches of telemetry and test results.
    pub telemetry: Telemetry,
    /// Connected repositories.
    pub repositories: Repositories,
    /// Patterns.
    pub incidents: Incidents,
    /// Repairs.
    pub repairs: Repairs,
    /// Proposals.
    pub proposals: Proposals,
    /// For readiness and live events.
    pub store: Arc<dyn Store>,
    /// True once the server was told to stop; open event streams end with it.
    pub stopping: watch::Sender<bool>,
    /// True behind TLS.
    pub secure_cookies: bool,
}

/// Handlers' state.
pub type Shared = Arc<App>;

/// Everything on one port: REST, OTLP, health, dashboard.
pub fn router(app: Shared) -> Router {
    let (rest, _) = openapi::router().split_for_parts();
    let rest = rest.layer(DefaultBodyLimit::max(MAX_BODY)).layer(middleware::from_fn(limits::per_caller));
    let routes = Router::new()
        .merge(rest)
        .merge(test_results::routes())
        .merge(otlp::routes())
        .merge(health::routes())
        .fallback(assets::serve)
        .with_state(app);
    finish(routes)
}

/// OTLP and health alone, for the port that SDKs expect.
pub fn otlp_router(app: Shared) -> Router {
    let routes = otlp::routes().merge(health::routes()).fallback(problem::not_found).with_state(app);
    finish(routes)
}

/// Request ids, problem bodies, security headers and compression, around every answer.
fn finish(routes: Router) -> Router {
    use axum::http::{HeaderName, HeaderValue, header};
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
                  connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    routes
        .layer(middleware::from_fn(to_the_end))
        .layer(header(header::CONTENT_SECURITY_POLICY, policy))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::X_FRAME_OPTIONS, "DENY"))
        .layer(middleware::from_fn(problem::render))
        // Outside of `render`, which reads what a failed request says.
        .layer(CompressionLayer::new())
}

/// Handles a request in a task of its own, so that it ends as it was begun when its sender leaves: a handler that is
/// dropped between two statements would leave its connection within a transaction.
pub async fn to_the_end(request: Request, next: Next) -> Response {
    let handled = tokio::spawn(next.run(request).instrument(Span::current()));
    handled.await.unwrap_or_else(|_| Failure::new(ProblemCode::Internal, "the request was interrupted").into_response())
}
