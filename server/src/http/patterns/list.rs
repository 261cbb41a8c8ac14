use axum::Json;
use axum::extract::State;
use devos_contracts::RepositoryId;
use devos_contracts::api::Page;
use devos_contracts::pattern::{Pattern, PatternState};
use devos_services::incidents::PatternQuery;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Query;
use crate::http::problem::Failure;

/// Which patterns to list.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PatternsQuery {
    /// Only patterns in this state.
    pub state: Option<PatternState>,
    /// Only this repository's.
    pub repository: Option<RepositoryId>,
    /// Only those whose title, test or service contains this.
    pub q: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Items wanted, 1 to 100; 50 when absent.
    pub limit: Option<u32>,
}

/// Patterns, last seen first.
#[utoipa::path(get, path = "/api/v1/patterns", operation_id = "listPatterns", tag = "patterns", params(PatternsQuery),
    responses((status = 200, description = "A page of patterns", body = Page<Pattern>)))]
pub async fn list_patterns(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Query(query): Query<PatternsQuery>,
) -> Result<Json<Page<Pattern>>, Failure> {
    let wanted = PatternQuery {
        state: query.state,
        repository: query.repository,
        text: query.q,
        cursor: query.cursor,
        limit: query.limit,
    };
    Ok(Json(app.incidents.list(&scope, wanted).await?))
}
