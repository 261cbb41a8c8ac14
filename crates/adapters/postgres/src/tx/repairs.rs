//! Repairs and their journals.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::api::Change;
use devos_contracts::job::Job;
use devos_contracts::journal::JournalEntry;
use devos_contracts::repair::{Repair, RepairState};
use devos_contracts::{PatternId, ProposalId, RepairId, RepositoryId};
use devos_ports::StoreError;
use devos_ports::store::{NewEntry, NewRepair, RepairTx, StoreResult};
use sqlx::FromRow;
use uuid::Uuid;

use super::PgTx;
use crate::error::failed;
use crate::queue;
use crate::statements::{APP, sql};
use crate::text::{clean, from_json, from_word, to_json};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT f.id, f.pattern_id, p.title AS pattern_title, f.repository_id, r.name AS repository_name, f.state,
                f.reason, o.id AS proposal, f.created_at, f.updated_at
            FROM repairs f
            JOIN patterns p ON p.tenant_id = f.tenant_id AND p.id = f.pattern_id
            JOIN repositories r ON r.tenant_id = f.tenant_id AND r.id = f.repository_id
            LEFT JOIN proposals o ON o.tenant_id = f.tenant_id AND o.repair_id = f.id ",
            $rest
        )
    };
}

sql! { APP;
    ADD = "INSERT INTO repairs
            (tenant_id, id, pattern_id, repository_id, state, finished, reason, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        ON CONFLICT (tenant_id, pattern_id) WHERE NOT finished DO NOTHING";
    ONE = select!("WHERE f.id = $1");
    LOCK = select!("WHERE f.id = $1 FOR UPDATE OF f");
    LIST = select!(
        "WHERE ($1::text IS NULL OR f.state = $1)
            AND ($2::timestamptz IS NULL OR (f.created_at, f.id) < ($2, $3))
        ORDER BY f.created_at DESC, f.id DESC LIMIT $4"
    );
    OF_PATTERN = select!("WHERE f.pattern_id = $1 ORDER BY f.created_at DESC, f.id DESC LIMIT $2");
    JOURNAL = "SELECT step, at, observation::text AS observation, state, reason, hash
        FROM repair_events WHERE repair_id = $1 ORDER BY step";
    APPEND = "INSERT INTO repair_events (tenant_id, repair_id, step, at, observation, bytes, state, reason, hash)
        VALUES ($1, $2, $3, $4, $5::json, $6, $7, $8, $9)
        ON CONFLICT (tenant_id, repair_id, step) DO NOTHING";
    MOVE = "UPDATE repairs SET state = $2, finished = $3, reason = $4, updated_at = $5 WHERE id = $1";
    SET_DUE = "UPDATE repairs SET due = $2 WHERE id = $1";
    ATTEMPTS = "SELECT count(*) FROM repairs WHERE pattern_id = $1 AND created_at >= $2";
    WATCHING = "SELECT id FROM repairs
        WHERE repository_id = $1 AND state IN ('pr_open', 'awaiting_human', 'merged', 'watching') AND NOT finished
        ORDER BY created_at, id";
}

#[derive(FromRow)]
struct RepairRow {
    id: Uuid,
    pattern_id: Uuid,
    pattern_title: String,
    repository_id: Uuid,
    repository_name: String,
    state: String,
    reason: String,
    proposal: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<RepairRow> for Repair {
    type Error = StoreError;

    fn try_from(row: RepairRow) -> StoreResult<Self> {
        Ok(Self {
            id: RepairId(row.id),
            pattern: PatternId(row.pattern_id),
            pattern_title: row.pattern_title,
            repository: RepositoryId(row.repository_id),
            repository_name: row.repository_name,
            state: from_word(row.state)?,
            reason: row.reason,
            proposal: row.proposal.map(ProposalId),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[derive(FromRow)]
struct EventRow {
    step: i32,
    at: DateTime<Utc>,
    observation: String,
    state: String,
    reason: String,
    hash: String,
}

impl TryFrom<EventRow> for JournalEntry {
    type Error = StoreError;

    fn try_from(row: EventRow) -> StoreResult<Self> {
        Ok(Self {
            step: row.step,
            at: row.at,
            observation: from_json(&row.observation)?,
            state: from_word(row.state)?,
            reason: row.reason,
            hash: row.hash,
        })
    }
}

impl PgTx {
    async fn fetch_repair(&mut self, sql: &'static str, id: RepairId) -> StoreResult<Option<Repair>> {
        let query = sqlx::query_as(sql).bind(id.0);
        let row: Option<RepairRow> = query.fetch_optional(&mut *self.db).await.map_err(failed)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn append_event(&mut self, id: RepairId, entry: &NewEntry) -> StoreResult<bool> {
        let query = sqlx::query(APPEND)
            .bind(self.tenant.0)
            .bind(id.0)
            .bind(entry.step)
            .bind(entry.at)
            .bind(to_json(&entry.observation)?)
            .bind(&entry.bytes)
            .bind(entry.state.as_str())
            .bind(clean(&entry.reason))
            .bind(&entry.hash);
        Ok(query.execute(&mut *self.db).await.map_err(failed)?.rows_affected() > 0)
    }
}

#[async_trait]
impl RepairTx for PgTx {
    async fn add_repair(&mut self, repair: &NewRepair, first: &NewEntry) -> StoreResult<bool> {
        let query = sqlx::query(ADD)
            .bind(self.tenant.0)
            .bind(repair.id.0)
            .bind(repair.pattern.0)
            .bind(repair.repository.0)
            .bind(first.state.as_str())
            .bind(first.state.is_final())
            .bind(clean(&first.reason))
            .bind(repair.at);
        if query.execute(&mut *self.db).await.map_err(failed)?.rows_affected() == 0 {
            return Ok(false);
        }
        self.append_event(repair.id, first).await?;
        self.announce(Change::Repair { id: repair.id, state: first.state }).await?;
        Ok(true)
    }

    async fn repair(&mut self, id: RepairId) -> StoreResult<Option<Repair>> {
        self.fetch_repair(ONE, id).await
    }

    async fn lock_repair(&mut self, id: RepairId) -> StoreResult<Option<Repair>> {
        self.fetch_repair(LOCK, id).await
    }

    async fn repairs(
        &mut self,
        state: Option<RepairState>,
        before: Option<(DateTime<Utc>, RepairId)>,
        limit: i64,
    ) -> StoreResult<Vec<Repair>> {
        let rows: Vec<RepairRow> = sqlx::query_as(LIST)
            .bind(state.map(RepairState::as_str))
            .bind(before.map(|(at, _)| at))
            .bind(before.map(|(_, id)| id.0))
            .bind(limit)
            .fetch_all(&mut *self.db)
            .await
            .map_err(failed)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn repairs_of(&mut self, pattern: PatternId, limit: i64) -> StoreResult<Vec<Repair>> {
        let query = sqlx::query_as(OF_PATTERN).bind(pattern.0).bind(limit);
        let rows: Vec<RepairRow> = query.fetch_all(&mut *self.db).await.map_err(failed)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn journal(&mut self, id: RepairId) -> StoreResult<Vec<JournalEntry>> {
        let query = sqlx::query_as(JOURNAL).bind(id.0);
        let rows: Vec<EventRow> = query.fetch_all(&mut *self.db).await.map_err(failed)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn append(&mut self, id: RepairId, entry: &NewEntry) -> StoreResult<bool> {
        if !self.append_event(id, entry).await? {
            return Ok(false);
        }
        sqlx::query(MOVE)
            .bind(id.0)
            .bind(entry.state.as_str())
            .bind(entry.state.is_final())
            .bind(clean(&entry.reason))
            .bind(entry.at)
            .execute(&mut *self.db)
            .await
            .map_err(failed)?;
        self.announce(Change::Repair { id, state: entry.state }).await?;
        Ok(true)
    }

    async fn set_due(&mut self, id: RepairId, due: Option<DateTime<Utc>>) -> StoreResult<()> {
        sqlx::query(SET_DUE).bind(id.0).bind(due).execute(&mut *self.db).await.map_err(failed)?;
        Ok(())
    }

    async fn attempts(&mut self, pattern: PatternId, since: DateTime<Utc>) -> StoreResult<u32> {
        let query = sqlx::query_scalar(ATTEMPTS).bind(pattern.0).bind(since);
        let count: i64 = query.fetch_one(&mut *self.db).await.map_err(failed)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn watching(&mut self, repository: RepositoryId) -> StoreResult<Vec<RepairId>> {
        let query = sqlx::query_scalar(WATCHING).bind(repository.0);
        let ids: Vec<Uuid> = query.fetch_all(&mut *self.db).await.map_err(failed)?;
        Ok(ids.into_iter().map(RepairId).collect())
    }

    async fn push_job(&mut self, job: &Job, key: &str) -> StoreResult<()> {
        queue::push(&mut self.db, job, key).await
    }
}
