use axum::Json;
use axum::extract::State;
use devos_contracts::ProposalId;
use devos_contracts::proposal::Proposal;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Path;
use crate::http::problem::Failure;

/// One proposal with its diff, risk and evidence.
#[utoipa::path(get, path = "/api/v1/proposals/{id}", operation_id = "getProposal", tag = "proposals", params(("id" = ProposalId, Path)),
    responses((status = 200, description = "The proposal", body = Proposal)))]
pub async fn get_proposal(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(id): Path<ProposalId>,
) -> Result<Json<Proposal>, Failure> {
    Ok(Json(app.proposals.get(&scope, id).await?))
}
