//! A pattern was seen: open a repair if the rules allow.

use devos_contracts::{PatternId, Scope, TenantId};
use devos_services::ServiceResult;

use crate::wire::Worker;

pub async fn run(worker: &Worker, tenant: TenantId, pattern: PatternId) -> ServiceResult<()> {
    let opened = worker.repair.consider(&Scope::system(tenant), pattern).await?;
    if let Some(repair) = opened {
        tracing::info!(%tenant, %pattern, %repair, "a repair was opened");
    }
    Ok(())
}
