use axum::Json;
use axum::extract::State;
use devos_contracts::api::Page;
use devos_contracts::repair::{Repair, RepairState};

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Query;
use crate::http::problem::Failure;

/// Which repairs to list.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RepairsQuery {
    /// Only those in this state.
    pub state: Option<RepairState>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Items wanted, 1 to 100; 50 when absent.
    pub limit: Option<u32>,
}

/// Repairs, newest first.
#[utoipa::path(get, path = "/api/v1/repairs", operation_id = "listRepairs", tag = "repairs", params(RepairsQuery),
    responses((status = 200, description = "A page of repairs", body = Page<Repair>)))]
pub async fn list_repairs(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Query(query): Query<RepairsQuery>,
) -> Result<Json<Page<Repair>>, Failure> {
    Ok(Json(app.repairs.list(&scope, query.state, query.cursor.as_deref(), query.limit).await?))
}
