//! Execute a repair's next command; the step after it comes as its own job.

use devos_contracts::{RepairId, Scope, TenantId};
use devos_services::{ServiceError, ServiceResult};

use crate::wire::Worker;

pub async fn run(worker: &Worker, tenant: TenantId, repair: RepairId) -> ServiceResult<()> {
    match worker.repair.advance(&Scope::system(tenant), repair).await {
        // A repair that is gone with its tenant leaves nothing to do.
        Ok(_) | Err(ServiceError::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

pub async fn give_up(worker: &Worker, tenant: TenantId, repair: RepairId, error: &str) -> ServiceResult<()> {
    worker.repair.give_up(&Scope::system(tenant), repair, error).await
}
