//! Opening a repair: its row, the first entry of its journal and its first job, in one transaction.

use devos_contracts::job::Job;
use devos_contracts::journal::Observation;
use devos_contracts::pattern::PatternState;
use devos_contracts::{PatternId, ProposalId, RepairId, Scope};
use devos_ports::store::{NewRepair, Tx};
use devos_ports::{Clock, Entropy};

use crate::{ServiceError, ServiceResult, journal};

/// Opens a repair; `None` when the pattern has an unfinished one, or belongs to no repository.
pub(crate) async fn open(
    tx: &mut dyn Tx,
    scope: &Scope,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    pattern: PatternId,
    by: &str,
) -> ServiceResult<Option<RepairId>> {
    let found = tx.pattern(pattern).await?.ok_or(ServiceError::NotFound("the pattern"))?;
    let latest = tx.latest_signal(pattern).await?.ok_or(ServiceError::NotFound("the pattern"))?;
    let Some(repository) = found.repository else {
        return Ok(None);
    };
    let last_passed = match &latest.test {
        Some(test) => tx.last_passed(repository, test, latest.occurred_at).await?,
        None => None,
    };
    let (last_passed, record) = last_passed.unzip();
    let now = clock.now();
    let observation = Observation::Opened {
        pattern,
        signal_type: latest.signal_type,
        test: latest.test,
        commit: latest.commit,
        last_passed,
        record: record.unwrap_or_default(),
        by: by.to_owned(),
        proposal: ProposalId(entropy.id()),
    };
    let (first, _) = journal::entry(&[], observation, now)?;
    let repair = NewRepair { id: RepairId(entropy.id()), pattern, repository, at: now };
    if !tx.add_repair(&repair, &first).await? {
        return Ok(None);
    }
    tx.set_pattern_state(pattern, PatternState::Repairing).await?;
    let job = Job::AdvanceRepair { tenant: scope.tenant, repair: repair.id };
    tx.push_job(&job, &job.idempotency_key(0)).await?;
    Ok(Some(repair.id))
}
