//! What a job does, and what happens when it can not.

mod advance_repair;
mod consider_pattern;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use apalis::prelude::{Attempt, BoxDynError, Data, TaskId};
use chrono::{TimeDelta, Utc};
use devos_contracts::job::Job;
use devos_services::{ServiceError, ServiceResult};
use futures::FutureExt;

use crate::wire::Worker;

/// After so many tries a job gives up, and the repair's journal says why.
const MAX_ATTEMPTS: usize = 5;
/// The wait before the second try; it doubles with every further one.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);

/// Runs one job. A failure is tried again later; the last one is written where people look.
pub async fn run(job: Job, attempt: Attempt, id: TaskId, worker: Data<Arc<Worker>>) -> Result<(), BoxDynError> {
    let tries = attempt.current();
    if tries > MAX_ATTEMPTS {
        // No try came back to say why: each took its worker down with it.
        let error = ServiceError::Conflict(format!("its worker died {MAX_ATTEMPTS} times while it ran"));
        tracing::error!(?job, tries, "a job kills its workers");
        return give_up(&job, &worker, &error).await.map_err(Into::into);
    }
    let result = match AssertUnwindSafe(act(&job, &worker)).catch_unwind().await {
        Ok(result) => result,
        Err(_) => Err(ServiceError::Conflict("the job panicked; the worker's log says where".into())),
    };
    let Err(error) = result else { return Ok(()) };
    tracing::warn!(?job, tries, %error, "a job failed");
    if tries >= MAX_ATTEMPTS || !may_pass(&error) {
        return give_up(&job, &worker, &error).await.map_err(Into::into);
    }
    let doubled = FIRST_WAIT * 2_i32.pow(u32::try_from(tries.saturating_sub(1)).unwrap_or(0).min(10));
    worker.store.postpone_job(&id.to_string(), Utc::now() + doubled).await?;
    Err(error.into())
}

async fn act(job: &Job, worker: &Worker) -> ServiceResult<()> {
    match job {
        Job::ConsiderPattern { tenant, pattern } => consider_pattern::run(worker, *tenant, *pattern).await,
        Job::AdvanceRepair { tenant, repair } => advance_repair::run(worker, *tenant, *repair).await,
    }
}

/// True when time may mend it.
fn may_pass(error: &ServiceError) -> bool {
    matches!(
        error,
        ServiceError::Store(_) | ServiceError::Forge(_) | ServiceError::Workspace(_) | ServiceError::Conflict(_)
    )
}

async fn give_up(job: &Job, worker: &Worker, error: &ServiceError) -> ServiceResult<()> {
    match job {
        Job::ConsiderPattern { .. } => Ok(()),
        Job::AdvanceRepair { tenant, repair } => {
            advance_repair::give_up(worker, *tenant, *repair, &error.to_string()).await
        }
    }
}
