//! Everything that the store in memory holds.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use devos_contracts::ci::{LintReport, TestReport};
use devos_contracts::identity::ApiToken;
use devos_contracts::job::Job;
use devos_contracts::journal::JournalEntry;
use devos_contracts::pattern::Pattern;
use devos_contracts::proposal::Proposal;
use devos_contracts::query::{DroppedRecords, LogEntry, MetricPointAt, SeriesInfo, SpanDetail, TraceId};
use devos_contracts::repair::RepairState;
use devos_contracts::repository::{Repository, RepositorySettings};
use devos_contracts::scope::Role;
use devos_contracts::signal::FailureSignal;
use devos_contracts::{PatternId, RepairId, RepositoryId, SessionId, TenantId, UserId};
use devos_ports::store::identity::AuditEntry;
use devos_ports::store::patterns::MemoryItem;
use devos_ports::store::{NewTestRun, SecretHash};
use uuid::Uuid;

#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) tenants: BTreeMap<TenantId, TenantData>,
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) links: BTreeMap<SecretHash, (UserId, DateTime<Utc>)>,
    pub(super) sessions: BTreeMap<SecretHash, (SessionId, UserId, TenantId, DateTime<Utc>)>,
    pub(super) partitions: BTreeSet<NaiveDate>,
    /// Waiting jobs with their keys.
    pub(super) jobs: Vec<(String, Job)>,
}

impl State {
    /// What a tenant has; nothing when there is no such tenant.
    pub(super) fn tenant(&self, tenant: TenantId) -> TenantData {
        self.tenants.get(&tenant).cloned().unwrap_or_default()
    }
}

#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) email: String,
    pub(super) password_hash: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) user: UserId,
    pub(super) role: Role,
}

#[derive(Debug, Clone, Default)]
pub(super) struct TenantData {
    pub(super) name: String,
    pub(super) members: Vec<Member>,
    pub(super) tokens: Vec<(SecretHash, ApiToken)>,
    pub(super) audit: Vec<AuditEntry>,
    pub(super) repositories: Vec<Repository>,
    /// Settings that are no longer in force, with who replaced them.
    pub(super) settings_history: Vec<(RepositoryId, i64, RepositorySettings, String)>,
    pub(super) batches: BTreeSet<Uuid>,
    pub(super) logs: Vec<LogEntry>,
    pub(super) spans: Vec<(TraceId, SpanDetail)>,
    pub(super) series: Vec<Series>,
    pub(super) points: Vec<MetricPointAt>,
    pub(super) drops: Vec<DroppedRecords>,
    pub(super) runs: Vec<(NewTestRun, TestReport)>,
    pub(super) lint_runs: Vec<(NewTestRun, LintReport)>,
    pub(super) patterns: Vec<Pattern>,
    pub(super) signals: Vec<(PatternId, FailureSignal)>,
    pub(super) memory: Vec<MemoryItem>,
    pub(super) repairs: Vec<RepairRow>,
    pub(super) journals: BTreeMap<RepairId, Vec<JournalEntry>>,
    pub(super) proposals: Vec<Proposal>,
}

#[derive(Debug, Clone)]
pub(super) struct RepairRow {
    pub(super) id: RepairId,
    pub(super) pattern: PatternId,
    pub(super) repository: RepositoryId,
    pub(super) state: RepairState,
    pub(super) reason: String,
    pub(super) due: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// A metric series.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) info: SeriesInfo,
}

impl TenantData {
    pub(super) fn role(&self, user: UserId) -> Option<Role> {
        self.members.iter().find(|member| member.user == user).map(|member| member.role)
    }

    pub(super) fn repository_name(&self, id: RepositoryId) -> Option<String> {
        self.repositories.iter().find(|repository| repository.id == id).map(|repository| repository.name.clone())
    }
}
