use axum::Json;
use axum::extract::State;
use devos_contracts::ProposalId;
use devos_contracts::api::Reason;
use devos_contracts::proposal::Proposal;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Path};
use crate::http::problem::Failure;

/// Approve a proposal: the worker merges it next. A person must do this; tokens are refused.
#[utoipa::path(post, path = "/api/v1/proposals/{id}/approve", operation_id = "approveProposal", tag = "proposals", request_body = Reason, params(("id" = ProposalId, Path)),
    responses((status = 200, description = "Approved", body = Proposal)))]
pub async fn approve_proposal(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(id): Path<ProposalId>,
    Body(request): Body<Reason>,
) -> Result<Json<Proposal>, Failure> {
    Ok(Json(app.proposals.approve(&scope, id, &request.reason).await?))
}
