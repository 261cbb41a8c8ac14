use axum::Json;
use axum::extract::State;
use devos_contracts::ProposalId;
use devos_contracts::api::Reason;
use devos_contracts::proposal::Proposal;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Path};
use crate::http::problem::Failure;

/// Reject a proposal, with the reason that the memory keeps. A person must do this; tokens are refused.
#[utoipa::path(post, path = "/api/v1/proposals/{id}/reject", operation_id = "rejectProposal", tag = "proposals", request_body = Reason, params(("id" = ProposalId, Path)),
    responses((status = 200, description = "Rejected", body = Proposal)))]
pub async fn reject_proposal(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(id): Path<ProposalId>,
    Body(request): Body<Reason>,
) -> Result<Json<Proposal>, Failure> {
    Ok(Json(app.proposals.reject(&scope, id, &request.reason).await?))
}
