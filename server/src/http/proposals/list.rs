use axum::Json;
use axum::extract::State;
use devos_contracts::api::Page;
use devos_contracts::proposal::{Proposal, ProposalState};

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Query;
use crate::http::problem::Failure;

/// Which proposals to list.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProposalsQuery {
    /// Only those in this state.
    pub state: Option<ProposalState>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Items wanted, 1 to 100; 50 when absent.
    pub limit: Option<u32>,
}

/// Proposals, newest first.
#[utoipa::path(get, path = "/api/v1/proposals", operation_id = "listProposals", tag = "proposals", params(ProposalsQuery),
    responses((status = 200, description = "A page of proposals", body = Page<Proposal>)))]
pub async fn list_proposals(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Query(query): Query<ProposalsQuery>,
) -> Result<Json<Page<Proposal>>, Failure> {
    Ok(Json(app.proposals.list(&scope, query.state, query.cursor.as_deref(), query.limit).await?))
}
