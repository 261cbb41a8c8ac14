//! Rows of patterns and signals.

use chrono::{DateTime, Utc};
use devos_contracts::pattern::{Pattern, Pause};
use devos_contracts::signal::FailureSignal;
use devos_contracts::{CommitId, Fingerprint, GroupKey, PatternId, RepairId, RepositoryId, SignalId};
use devos_ports::StoreError;
use devos_ports::store::StoreResult;
use sqlx::FromRow;
use uuid::Uuid;

use crate::text::from_word;

#[derive(FromRow)]
pub(super) struct PatternRow {
    id: Uuid,
    group_key: String,
    pattern_ids: Vec<String>,
    signal_type: String,
    title: String,
    repository_id: Option<Uuid>,
    repository_name: Option<String>,
    service: Option<String>,
    test: Option<String>,
    commit_id: Option<String>,
    occurrences: i64,
    first_seen: DateTime<Utc>,
    last_seen: DateTime<Utc>,
    state: String,
    pause_reason: Option<String>,
    paused_by: Option<String>,
    paused_since: Option<DateTime<Utc>>,
    paused_until: Option<DateTime<Utc>>,
    attempts: i64,
    repair: Option<Uuid>,
}

impl TryFrom<PatternRow> for Pattern {
    type Error = StoreError;

    fn try_from(row: PatternRow) -> StoreResult<Self> {
        let pause = match (row.pause_reason, row.paused_by, row.paused_since) {
            (Some(reason), Some(by), Some(since)) => Some(Pause { reason, by, since, until: row.paused_until }),
            _ => None,
        };
        Ok(Self {
            id: PatternId(row.id),
            group_key: GroupKey(row.group_key),
            pattern_ids: row.pattern_ids.into_iter().map(Fingerprint).collect(),
            signal_type: from_word(row.signal_type)?,
            title: row.title,
            repository: row.repository_id.map(RepositoryId),
            repository_name: row.repository_name,
            service: row.service,
            test: row.test,
            commit: row.commit_id.map(CommitId),
            occurrences: row.occurrences,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            state: from_word(row.state)?,
            pause,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            repair: row.repair.map(RepairId),
        })
    }
}

#[derive(FromRow)]
pub(super) struct SignalRow {
    id: Uuid,
    signal_type: String,
    trigger_id: String,
    fingerprint: String,
    group_key: String,
    repository_id: Option<Uuid>,
    title: String,
    message: String,
    normalized: String,
    stack: Option<String>,
    files: Vec<String>,
    test: Option<String>,
    service: Option<String>,
    commit_id: Option<String>,
    occurred_at: DateTime<Utc>,
    occurrences: i64,
}

impl TryFrom<SignalRow> for FailureSignal {
    type Error = StoreError;

    fn try_from(row: SignalRow) -> StoreResult<Self> {
        Ok(Self {
            id: SignalId(row.id),
            signal_type: from_word(row.signal_type)?,
            trigger_id: row.trigger_id,
            pattern_id: Fingerprint(row.fingerprint),
            group_key: GroupKey(row.group_key),
            repository: row.repository_id.map(RepositoryId),
            title: row.title,
            message: row.message,
            normalized: row.normalized,
            stack: row.stack,
            files: row.files,
            test: row.test,
            service: row.service,
            commit: row.commit_id.map(CommitId),
            occurred_at: row.occurred_at,
            occurrences: u32::try_from(row.occurrences).unwrap_or(u32::MAX),
        })
    }
}
