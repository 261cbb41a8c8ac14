use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use devos_contracts::RepositoryId;
use devos_contracts::api::Page;
use devos_contracts::query::TestHistory;
use devos_services::telemetry::{Between, TestQuery};

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Query;
use crate::http::problem::Failure;

/// Which tests to list.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TestsQuery {
    /// The repository.
    pub repository: RepositoryId,
    /// The first moment of upload; seven days before `to` when absent.
    #[param(example = "2026-11-13T10:00:00Z")]
    pub from: Option<DateTime<Utc>>,
    /// The moment after the last, at most 31 days later; now when absent.
    #[param(example = "2026-11-20T10:00:00Z")]
    pub to: Option<DateTime<Utc>>,
    /// Only tests that are flaky, or only those that are not: passed and failed on one commit, or reported so.
    #[param(example = true)]
    pub flaky: Option<bool>,
    /// Only those whose id contains this.
    pub q: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Items wanted, 1 to 100; 50 when absent.
    pub limit: Option<u32>,
}

/// Tests of a repository by name, with their newest results.
#[utoipa::path(get, path = "/api/v1/tests", operation_id = "listTests", tag = "test results", params(TestsQuery),
    responses((status = 200, description = "A page of tests", body = Page<TestHistory>)))]
pub async fn list_tests(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Query(query): Query<TestsQuery>,
) -> Result<Json<Page<TestHistory>>, Failure> {
    let wanted = TestQuery {
        repository: query.repository,
        between: Between { from: query.from, to: query.to },
        flaky: query.flaky,
        text: query.q,
        cursor: query.cursor,
        limit: query.limit,
    };
    Ok(Json(app.telemetry.tests(&scope, wanted).await?))
}
