//! Repairs, their journals and the worker's queue.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::job::Job;
use devos_contracts::journal::{JournalEntry, Observation};
use devos_contracts::repair::{Repair, RepairState};
use devos_contracts::{PatternId, RepairId, RepositoryId};

use super::StoreResult;

/// Repairs, their journals and the worker's queue.
#[async_trait]
pub trait RepairTx {
    /// Stores a repair with step 0 of its journal; false, and nothing stored, when the pattern has an unfinished one.
    async fn add_repair(&mut self, repair: &NewRepair, first: &NewEntry) -> StoreResult<bool>;

    /// One repair.
    async fn repair(&mut self, id: RepairId) -> StoreResult<Option<Repair>>;

    /// One repair, locked until the transaction ends, so that two workers never step it at once.
    async fn lock_repair(&mut self, id: RepairId) -> StoreResult<Option<Repair>>;

    /// Repairs, newest first; `before` is the last item of the previous page.
    async fn repairs(
        &mut self,
        state: Option<RepairState>,
        before: Option<(DateTime<Utc>, RepairId)>,
        limit: i64,
    ) -> StoreResult<Vec<Repair>>;

    /// A pattern's repairs, newest first.
    async fn repairs_of(&mut self, pattern: PatternId, limit: i64) -> StoreResult<Vec<Repair>>;

    /// A repair's journal, oldest first.
    async fn journal(&mut self, id: RepairId) -> StoreResult<Vec<JournalEntry>>;

    /// Appends the entry and moves the repair to its state; false, and nothing stored, when the step exists already.
    async fn append(&mut self, id: RepairId, entry: &NewEntry) -> StoreResult<bool>;

    /// When the schedule must look at the repair again; `None` for never.
    async fn set_due(&mut self, id: RepairId, due: Option<DateTime<Utc>>) -> StoreResult<()>;

    /// Repairs of a pattern opened since `since`.
    async fn attempts(&mut self, pattern: PatternId, since: DateTime<Utc>) -> StoreResult<u32>;

    /// Unfinished repairs of a repository that watch or wait, to be told of new results.
    async fn watching(&mut self, repository: RepositoryId) -> StoreResult<Vec<RepairId>>;

    /// Leaves a job for the worker; a job with the same key that still waits is the same job.
    async fn push_job(&mut self, job: &Job, key: &str) -> StoreResult<()>;
}

/// A repair to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRepair {
    /// Identity.
    pub id: RepairId,
    /// What it repairs.
    pub pattern: PatternId,
    /// Where.
    pub repository: RepositoryId,
    /// When.
    pub at: DateTime<Utc>,
}

/// A journal row to append.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEntry {
    /// 0, 1, 2, ...
    pub step: i32,
    /// What was learnt.
    pub observation: Observation,
    /// Its canonical bytes, what the hash covers.
    pub bytes: Vec<u8>,
    /// The state after it.
    pub state: RepairState,
    /// Why that state.
    pub reason: String,
    /// Hex SHA-256 over the previous hash and the bytes.
    pub hash: String,
    /// When.
    pub at: DateTime<Utc>,
}
