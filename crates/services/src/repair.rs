//! The repair loop: one step at a time, each command executed by one port.

mod considering;
mod execute;
mod history;
mod publish;
mod runs;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use devos_contracts::journal::{Command, JournalEntry, Observation};
use devos_contracts::repair::Repair as RepairRow;
use devos_contracts::repository::Repository;
use devos_contracts::{RepairId, Scope, TenantId};
use devos_logic::access::{self, Action};
use devos_logic::repair as machine;
use devos_ports::{Clock, Entropy, Forge, Store, Workspace};

use crate::{ServiceError, ServiceResult, journal};

/// Opens repairs and steps them.
pub struct Repair {
    store: Arc<dyn Store>,
    workspace: Arc<dyn Workspace>,
    forge: Arc<dyn Forge>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// What a call to [`Repair::advance`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// One step was taken; whatever follows was left in the outbox.
    Stepped,
    /// Nothing to do now: a person, a time or nobody is waited for.
    Idle,
}

/// Everything that executing a command may look at.
struct Step<'a> {
    scope: &'a Scope,
    repair: &'a RepairRow,
    repository: &'a Repository,
    journal: &'a [JournalEntry],
    observations: &'a [Observation],
    now: DateTime<Utc>,
}

impl Step<'_> {
    fn facts(&self) -> machine::Facts<'_> {
        machine::Facts::fold(self.observations)
    }

    /// When the repair was opened: the date of whatever it writes, so that a repeated step writes the same.
    fn opened_at(&self) -> DateTime<Utc> {
        self.journal.first().map_or(self.now, |entry| entry.at)
    }
}

impl Repair {
    /// The loop over its ports.
    pub fn new(
        store: Arc<dyn Store>,
        workspace: Arc<dyn Workspace>,
        forge: Arc<dyn Forge>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, workspace, forge, clock, entropy }
    }

    /// Executes the repair's next command and journals what it taught.
    ///
    /// No transaction is open while a command runs. Two workers on the same step do the same idempotent
    /// effect, and one of the two observations is kept.
    pub async fn advance(&self, scope: &Scope, id: RepairId) -> ServiceResult<Progress> {
        access::check(scope, Action::Operate)?;
        let mut tx = self.store.begin(scope).await?;
        let repair = tx.repair(id).await?.ok_or(ServiceError::NotFound("the repair"))?;
        let repository = tx.repository(repair.repository).await?.ok_or(ServiceError::NotFound("the repository"))?;
        let entries = tx.journal(id).await?;
        drop(tx);

        let observations = journal::observations(&entries);
        let plan = machine::next(&observations);
        if matches!(plan.command, Command::Finish | Command::AwaitDecision) {
            return Ok(Progress::Idle);
        }
        let now = self.clock.now();
        let step = Step {
            scope,
            repair: &repair,
            repository: &repository,
            journal: &entries,
            observations: &observations,
            now,
        };
        let observation = self.execute(&step, &plan.command).await?;
        self.record(scope, id, &entries, &plan, observation).await
    }

    /// Gives up on the repair's next command after it failed too often; the journal says why.
    pub async fn give_up(&self, scope: &Scope, id: RepairId, error: &str) -> ServiceResult<()> {
        access::check(scope, Action::Operate)?;
        let mut tx = self.store.begin(scope).await?;
        let Some(repair) = tx.lock_repair(id).await? else {
            return Ok(());
        };
        let entries = tx.journal(id).await?;
        let observations = journal::observations(&entries);
        let plan = machine::next(&observations);
        if matches!(plan.command, Command::Finish | Command::AwaitDecision) {
            return Ok(());
        }
        let detail = devos_logic::redact::output(error).into_inner();
        let failed = Observation::Failed { command: Box::new(plan.command), code: "gave_up".into(), detail };
        journal::append(&mut *tx, scope, &repair, &entries, failed, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Leaves a job for every repair whose time has come; answers how many.
    pub async fn wake(&self) -> ServiceResult<usize> {
        let now = self.clock.now();
        let due: Vec<(TenantId, RepairId)> = self.store.due_repairs(now, 100).await?;
        for (tenant, repair) in &due {
            let scope = Scope::system(*tenant);
            let mut tx = self.store.begin(&scope).await?;
            let job = devos_contracts::job::Job::AdvanceRepair { tenant: *tenant, repair: *repair };
            tx.push_job(&job, &format!("advance:{repair}:due:{}", now.timestamp())).await?;
            tx.set_due(*repair, None).await?;
            tx.commit().await?;
        }
        Ok(due.len())
    }

    async fn record(
        &self,
        scope: &Scope,
        id: RepairId,
        read: &[JournalEntry],
        plan: &machine::Plan,
        observation: Option<Observation>,
    ) -> ServiceResult<Progress> {
        let now = self.clock.now();
        let mut tx = self.store.begin(scope).await?;
        let Some(locked) = tx.lock_repair(id).await? else {
            return Ok(Progress::Idle);
        };
        let entries = tx.journal(id).await?;
        if entries.len() != read.len() {
            // Somebody wrote meanwhile: a person's word, or another worker that took this step. What this
            // step learnt may not fit any more; the newest entry's own job goes on from there.
            let latest = machine::next(&journal::observations(&entries));
            let step = entries.last().map_or(0, |entry| entry.step);
            journal::schedule(&mut *tx, scope, id, step, &latest, now).await?;
            tx.commit().await?;
            return Ok(Progress::Stepped);
        }
        let Some(observation) = observation else {
            let step = entries.last().map_or(0, |entry| entry.step);
            journal::schedule(&mut *tx, scope, id, step, plan, now).await?;
            tx.commit().await?;
            return Ok(Progress::Idle);
        };
        self.settle(&mut *tx, scope, &locked, &entries, &observation, now).await?;
        journal::append(&mut *tx, scope, &locked, &entries, observation, now).await?;
        tx.commit().await?;
        Ok(Progress::Stepped)
    }
}
