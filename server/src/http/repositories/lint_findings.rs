use axum::Json;
use axum::extract::State;
use devos_contracts::api::Page;
use devos_contracts::ci::LintFinding;
use devos_contracts::{RepositoryId, TestRunId};

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::{PageQuery, Path, Query};
use crate::http::problem::Failure;

/// The findings of a lint run, in the order of its report.
#[utoipa::path(get, path = "/api/v1/repositories/{id}/test-runs/{run}/findings", operation_id = "listLintFindings",
    tag = "repositories", params(("id" = RepositoryId, Path), ("run" = TestRunId, Path), PageQuery),
    responses((status = 200, description = "A page of findings", body = Page<LintFinding>)))]
pub async fn list_lint_findings(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path((id, run)): Path<(RepositoryId, TestRunId)>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<LintFinding>>, Failure> {
    Ok(Json(app.repositories.lint_findings(&scope, id, run, query.cursor.as_deref(), query.limit).await?))
}
