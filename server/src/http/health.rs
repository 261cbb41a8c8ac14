//! Liveness and readiness.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use devos_contracts::problem::ProblemCode;

use super::Shared;
use super::problem::Failure;

/// `/healthz`: the process answers. `/readyz`: so does the database.
pub fn routes() -> Router<Shared> {
    Router::new().route("/healthz", get(|| async { "ok" })).route("/readyz", get(ready))
}

async fn ready(State(app): State<Shared>) -> Result<&'static str, Failure> {
    match app.store.ping().await {
        Ok(()) => Ok("ok"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            Err(Failure::new(ProblemCode::Unavailable, "the database does not answer"))
        }
    }
}
