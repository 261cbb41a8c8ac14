use axum::Json;
use axum::extract::State;
use devos_contracts::RepositoryId;
use devos_contracts::api::{Page, TestRun};

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Path;
use crate::http::problem::Failure;

/// The newest test runs of a repository.
#[utoipa::path(get, path = "/api/v1/repositories/{id}/test-runs", operation_id = "listTestRuns", tag = "repositories", params(("id" = RepositoryId, Path)),
    responses((status = 200, description = "The newest 100 runs", body = Page<TestRun>)))]
pub async fn list_test_runs(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(id): Path<RepositoryId>,
) -> Result<Json<Page<TestRun>>, Failure> {
    Ok(Json(app.repositories.test_runs(&scope, id).await?))
}
