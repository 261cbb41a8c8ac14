//! The store in memory.
//!
//! Transactions behave as PostgreSQL's do at "read committed": each read sees what is committed by then and the
//! transaction's own writes. A transaction is a list of writes, done again on the shared state when it commits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use devos_contracts::api::Change;
use devos_contracts::identity::{Credentials, Session, TokenGrant};
use devos_contracts::job::Job;
use devos_contracts::scope::Role;
use devos_contracts::telemetry::Refusal;
use devos_contracts::{RepairId, Scope, SessionId, TenantId, UserId};
use devos_ports::store::identity::AuditEntry;
use devos_ports::store::{Bootstrap, IngestTx, SecretHash, StoreResult, Tx};
use devos_ports::{Clock, Store, StoreError};
use tokio::sync::broadcast;

use self::state::{Member, State, TenantData};
use self::tx::MemTx;

mod identity;
mod ingest;
mod patterns;
mod proposals;
mod repairs;
mod repositories;
mod state;
mod telemetry;
mod tx;

/// The store in memory; clones share it.
#[derive(Clone)]
pub struct MemStore {
    shared: Arc<Shared>,
}

/// What the clones share.
struct Shared {
    state: Mutex<State>,
    changes: broadcast::Sender<(TenantId, Change)>,
    /// The row locks of repairs.
    locks: Mutex<BTreeMap<RepairId, Arc<tokio::sync::Mutex<()>>>>,
    clock: Option<Arc<dyn Clock>>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.as_ref().map_or_else(Utc::now, |clock| clock.now())
    }
}

impl Default for MemStore {
    fn default() -> Self {
        Self::with(None)
    }
}

impl MemStore {
    /// A store whose present, for attempts windows, is the clock's.
    pub fn at(clock: Arc<dyn Clock>) -> Self {
        Self::with(Some(clock))
    }

    fn with(clock: Option<Arc<dyn Clock>>) -> Self {
        let (changes, _) = broadcast::channel(1024);
        Self { shared: Arc::new(Shared { state: Mutex::default(), changes, locks: Mutex::default(), clock }) }
    }

    /// Jobs that wait, oldest first.
    pub fn waiting_jobs(&self) -> Vec<Job> {
        self.shared.state().jobs.iter().map(|(_, job)| job.clone()).collect()
    }

    /// Takes the oldest job, as a worker does.
    pub fn take_job(&self) -> Option<Job> {
        let mut state = self.shared.state();
        (!state.jobs.is_empty()).then(|| state.jobs.remove(0).1)
    }

    /// A tenant's audit log, oldest first.
    pub fn audit_log(&self, tenant: TenantId) -> Vec<AuditEntry> {
        self.shared.state().tenant(tenant).audit
    }

    /// A tenant's drop ledger: refusals with equal signal and reason are one.
    pub fn drops(&self, tenant: TenantId) -> Vec<Refusal> {
        let mut refusals: Vec<Refusal> = Vec::new();
        for dropped in self.shared.state().tenant(tenant).drops {
            let same = |known: &&mut Refusal| (known.signal, known.reason) == (dropped.signal, dropped.reason);
            match refusals.iter_mut().find(same) {
                Some(known) => known.count += dropped.count.unsigned_abs(),
                None => refusals.push(Refusal {
                    signal: dropped.signal,
                    reason: dropped.reason,
                    count: dropped.count.unsigned_abs(),
                }),
            }
        }
        refusals
    }

    /// How many log records, spans and metric points a tenant has.
    pub fn telemetry(&self, tenant: TenantId) -> (usize, usize, usize) {
        let data = self.shared.state().tenant(tenant);
        (data.logs.len(), data.spans.len(), data.points.len())
    }

    /// Adds a tenant with an owner, beside the one of `bootstrap`.
    pub fn add_tenant(&self, name: &str, owner: UserId, email: &str) -> TenantId {
        self.shared.state().add_tenant(name, owner, email)
    }
}

impl State {
    fn add_tenant(&mut self, name: &str, owner: UserId, email: &str) -> TenantId {
        let tenant = TenantId(self.tenants.keys().last().map_or(1, |last| last.0 + 1));
        let members = vec![Member { user: owner, role: Role::Owner }];
        self.tenants.insert(tenant, TenantData { name: name.to_owned(), members, ..TenantData::default() });
        self.users.insert(owner, state::User { email: email.to_owned(), password_hash: None });
        tenant
    }

    fn credentials(&self, user: UserId) -> Option<Credentials> {
        let password_hash = self.users.get(&user)?.password_hash.clone();
        let tenant = self.tenants.iter().find(|(_, data)| data.role(user).is_some()).map(|(tenant, _)| *tenant)?;
        Some(Credentials { user, password_hash, tenant })
    }
}

#[async_trait]
impl Store for MemStore {
    async fn begin(&self, scope: &Scope) -> StoreResult<Box<dyn Tx>> {
        Ok(Box::new(MemTx::begin(self.shared.clone(), scope.tenant)))
    }

    async fn begin_ingest(&self, scope: &Scope) -> StoreResult<Box<dyn IngestTx>> {
        Ok(Box::new(MemTx::begin(self.shared.clone(), scope.tenant)))
    }

    async fn bootstrap(&self, tenant_name: &str, owner: UserId, email: &str) -> StoreResult<Bootstrap> {
        let mut state = self.shared.state();
        if state.tenants.is_empty() {
            state.add_tenant(tenant_name, owner, email);
        }
        let first = state.tenants.iter().next().and_then(|(tenant, data)| {
            let owner = data.members.iter().find(|member| member.role == Role::Owner)?.user;
            Some((*tenant, owner))
        });
        let (tenant, owner) = first.ok_or_else(|| StoreError::Other("the tenant has no owner".to_owned()))?;
        let owner_has_password = state.users.get(&owner).is_some_and(|user| user.password_hash.is_some());
        Ok(Bootstrap { tenant, owner, owner_has_password })
    }

    async fn put_sign_in_link(&self, user: UserId, hash: &SecretHash, expires_at: DateTime<Utc>) -> StoreResult<()> {
        self.shared.state().links.insert(*hash, (user, expires_at));
        Ok(())
    }

    async fn take_sign_in_link(&self, hash: &SecretHash, now: DateTime<Utc>) -> StoreResult<Option<Credentials>> {
        let mut state = self.shared.state();
        let taken = state.links.remove(hash);
        Ok(taken.filter(|(_, expires_at)| *expires_at > now).and_then(|(user, _)| state.credentials(user)))
    }

    async fn credentials(&self, email: &str) -> StoreResult<Option<Credentials>> {
        let state = self.shared.state();
        let found = state.users.iter().find(|(_, user)| user.email.to_lowercase() == email.to_lowercase());
        Ok(found.and_then(|(user, _)| state.credentials(*user)))
    }

    async fn put_session(
        &self,
        id: SessionId,
        hash: &SecretHash,
        user: UserId,
        tenant: TenantId,
        expires_at: DateTime<Utc>,
    ) -> StoreResult<()> {
        let mut state = self.shared.state();
        if state.tenant(tenant).role(user).is_none() {
            return Err(StoreError::Other(format!("{user} is no member of tenant {tenant}")));
        }
        state.sessions.insert(*hash, (id, user, tenant, expires_at));
        Ok(())
    }

    async fn session(&self, hash: &SecretHash, now: DateTime<Utc>) -> StoreResult<Option<Session>> {
        let state = self.shared.state();
        let found = state.sessions.get(hash).filter(|(.., expires_at)| *expires_at > now);
        Ok(found.and_then(|(id, user, tenant, expires_at)| {
            let data = state.tenants.get(tenant)?;
            Some(Session {
                id: *id,
                user: *user,
                email: state.users.get(user)?.email.clone(),
                tenant: *tenant,
                tenant_name: data.name.clone(),
                role: data.role(*user)?,
                expires_at: *expires_at,
            })
        }))
    }

    async fn end_session(&self, hash: &SecretHash) -> StoreResult<()> {
        self.shared.state().sessions.remove(hash);
        Ok(())
    }

    async fn token(&self, hash: &SecretHash, now: DateTime<Utc>) -> StoreResult<Option<TokenGrant>> {
        let mut state = self.shared.state();
        for (tenant, data) in &mut state.tenants {
            let found = data.tokens.iter_mut().find(|(secret, token)| secret == hash && token.revoked_at.is_none());
            if let Some((_, token)) = found {
                let minute = DateTime::from_timestamp(now.timestamp().div_euclid(60) * 60, 0);
                token.last_used_at = token.last_used_at.max(minute);
                let (name, scopes) = (token.name.clone(), token.scopes.clone());
                return Ok(Some(TokenGrant { id: token.id, name, tenant: *tenant, scopes }));
            }
        }
        Ok(None)
    }

    async fn due_repairs(&self, now: DateTime<Utc>, limit: i64) -> StoreResult<Vec<(TenantId, RepairId)>> {
        let state = self.shared.state();
        let mut due: Vec<_> = state
            .tenants
            .iter()
            .flat_map(|(tenant, data)| data.repairs.iter().map(|row| (row.due, *tenant, row)))
            .filter(|(due, _, row)| due.is_some_and(|due| due <= now) && !row.state.is_final())
            .map(|(due, tenant, row)| (due, tenant, row.id))
            .collect();
        due.sort();
        due.truncate(usize::try_from(limit).unwrap_or(0));
        Ok(due.into_iter().map(|(_, tenant, repair)| (tenant, repair)).collect())
    }

    async fn ensure_partitions(&self, now: DateTime<Utc>, days: u32) -> StoreResult<()> {
        let yesterday = now.date_naive().pred_opt().unwrap_or_default();
        let made: BTreeSet<NaiveDate> = yesterday.iter_days().take(days as usize + 2).collect();
        self.shared.state().partitions.extend(made);
        Ok(())
    }

    async fn drop_partitions(&self, before: DateTime<Utc>) -> StoreResult<u32> {
        let mut state = self.shared.state();
        let had = state.partitions.len();
        // A day has ended when the next one has begun.
        state.partitions.retain(|day| day.succ_opt().unwrap_or(*day) > before.date_naive());
        let days = had - state.partitions.len();
        // One for logs, one for spans and one for metric points.
        Ok(u32::try_from(days * 3).unwrap_or(u32::MAX))
    }

    async fn ping(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn close(&self) {}

    fn changes(&self) -> broadcast::Receiver<(TenantId, Change)> {
        self.shared.changes.subscribe()
    }
}
