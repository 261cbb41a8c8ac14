//! Repairs, their journals and the queue.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::api::Change;
use devos_contracts::job::Job;
use devos_contracts::journal::JournalEntry;
use devos_contracts::repair::{Repair, RepairState};
use devos_contracts::{PatternId, RepairId, RepositoryId};
use devos_ports::StoreError;
use devos_ports::store::{NewEntry, NewRepair, RepairTx, StoreResult};

use super::state::{RepairRow, TenantData};
use super::tx::MemTx;

fn complete(data: &TenantData, row: &RepairRow) -> Repair {
    let pattern = data.patterns.iter().find(|pattern| pattern.id == row.pattern);
    let proposal = data.proposals.iter().find(|proposal| proposal.repair == row.id);
    Repair {
        id: row.id,
        pattern: row.pattern,
        pattern_title: pattern.map(|pattern| pattern.title.clone()).unwrap_or_default(),
        repository: row.repository,
        repository_name: data.repository_name(row.repository).unwrap_or_default(),
        state: row.state,
        reason: row.reason.clone(),
        proposal: proposal.map(|proposal| proposal.id),
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn journal_entry(entry: &NewEntry) -> JournalEntry {
    JournalEntry {
        step: entry.step,
        at: entry.at,
        observation: entry.observation.clone(),
        state: entry.state,
        reason: entry.reason.clone(),
        hash: entry.hash.clone(),
    }
}

/// Newest first, at most `limit`.
fn newest(data: &TenantData, limit: i64, chosen: impl Fn(&RepairRow) -> bool) -> Vec<Repair> {
    let mut rows: Vec<_> = data.repairs.iter().filter(|row| chosen(row)).collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
    rows.truncate(usize::try_from(limit).unwrap_or(0));
    rows.into_iter().map(|row| complete(data, row)).collect()
}

#[async_trait]
impl RepairTx for MemTx {
    async fn add_repair(&mut self, repair: &NewRepair, first: &NewEntry) -> StoreResult<bool> {
        let data = self.data();
        let known = |id| data.patterns.iter().any(|pattern| pattern.id == id);
        if !known(repair.pattern) || data.repository_name(repair.repository).is_none() {
            return Err(StoreError::Other("the repair's pattern or repository is not there".to_owned()));
        }
        let row = RepairRow {
            id: repair.id,
            pattern: repair.pattern,
            repository: repair.repository,
            state: first.state,
            reason: first.reason.clone(),
            due: None,
            created_at: repair.at,
            updated_at: repair.at,
        };
        let entry = journal_entry(first);
        let change = Change::Repair { id: repair.id, state: first.state };
        let added = self.write(move |data| {
            let unfinished = |known: &RepairRow| known.pattern == row.pattern && !known.state.is_final();
            if data.repairs.iter().any(unfinished) {
                return false;
            }
            data.journals.insert(row.id, vec![entry.clone()]);
            data.repairs.push(row.clone());
            true
        });
        if added {
            self.announce(change);
        }
        Ok(added)
    }

    async fn repair(&mut self, id: RepairId) -> StoreResult<Option<Repair>> {
        let data = self.data();
        Ok(data.repairs.iter().find(|row| row.id == id).map(|row| complete(&data, row)))
    }

    async fn lock_repair(&mut self, id: RepairId) -> StoreResult<Option<Repair>> {
        if self.repair(id).await?.is_none() {
            return Ok(None);
        }
        self.lock(id).await;
        self.repair(id).await
    }

    async fn repairs(
        &mut self,
        state: Option<RepairState>,
        before: Option<(DateTime<Utc>, RepairId)>,
        limit: i64,
    ) -> StoreResult<Vec<Repair>> {
        Ok(newest(&self.data(), limit, |row| {
            state.is_none_or(|state| row.state == state)
                && before.is_none_or(|before| (row.created_at, row.id) < before)
        }))
    }

    async fn repairs_of(&mut self, pattern: PatternId, limit: i64) -> StoreResult<Vec<Repair>> {
        Ok(newest(&self.data(), limit, |row| row.pattern == pattern))
    }

    async fn journal(&mut self, id: RepairId) -> StoreResult<Vec<JournalEntry>> {
        Ok(self.data().journals.remove(&id).unwrap_or_default())
    }

    async fn append(&mut self, id: RepairId, entry: &NewEntry) -> StoreResult<bool> {
        if self.repair(id).await?.is_none() {
            return Err(StoreError::Other(format!("there is no repair {id}")));
        }
        let (entry, reason, at) = (journal_entry(entry), entry.reason.clone(), entry.at);
        let change = Change::Repair { id, state: entry.state };
        let appended = self.write(move |data| {
            let journal = data.journals.entry(id).or_default();
            if journal.iter().any(|known| known.step == entry.step) {
                return false;
            }
            journal.push(entry.clone());
            journal.sort_by_key(|entry| entry.step);
            if let Some(row) = data.repairs.iter_mut().find(|row| row.id == id) {
                row.state = entry.state;
                row.reason.clone_from(&reason);
                row.updated_at = at;
            }
            true
        });
        if appended {
            self.announce(change);
        }
        Ok(appended)
    }

    async fn set_due(&mut self, id: RepairId, due: Option<DateTime<Utc>>) -> StoreResult<()> {
        self.write(move |data| data.repairs.iter_mut().filter(|row| row.id == id).for_each(|row| row.due = due));
        Ok(())
    }

    async fn attempts(&mut self, pattern: PatternId, since: DateTime<Utc>) -> StoreResult<u32> {
        let data = self.data();
        let count = data.repairs.iter().filter(|row| row.pattern == pattern && row.created_at >= since).count();
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn watching(&mut self, repository: RepositoryId) -> StoreResult<Vec<RepairId>> {
        let mut rows = self.data().repairs;
        rows.retain(|row| {
            let waits = matches!(
                row.state,
                RepairState::PrOpen | RepairState::AwaitingHuman | RepairState::Merged | RepairState::Watching
            );
            row.repository == repository && waits
        });
        rows.sort_by_key(|row| (row.created_at, row.id));
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    async fn push_job(&mut self, job: &Job, key: &str) -> StoreResult<()> {
        self.push(job, key);
        Ok(())
    }
}
