//! The database. `Store::begin` gives a [`Tx`] that can see one tenant only.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::api::Change;
use devos_contracts::identity::{Credentials, Session, TokenGrant};
use devos_contracts::{RepairId, Scope, SessionId, TenantId, TokenId, UserId};
use thiserror::Error;
use tokio::sync::broadcast;

pub mod identity;
pub mod ingest;
pub mod patterns;
pub mod proposals;
pub mod repairs;
pub mod repositories;
pub mod telemetry;

pub use identity::IdentityTx;
pub use ingest::{BatchOrigin, Copied, IngestTx, StoredBatch};
pub use patterns::{NewTestRun, PatternFilter, PatternTx, SeenPattern};
pub use proposals::ProposalTx;
pub use repairs::{NewEntry, NewRepair, RepairTx};
pub use repositories::RepositoryTx;
pub use telemetry::{RowSearch, TelemetryTx, TestSearch};

/// The result of a storage call.
pub type StoreResult<T> = Result<T, StoreError>;

/// SHA-256 of a bearer secret; secrets themselves are never stored.
pub type SecretHash = [u8; 32];

/// The database as a whole: transactions, and the few look-ups that come before a tenant is known.
#[async_trait]
pub trait Store: Send + Sync {
    /// Opens a transaction that sees the scope's tenant only (row-level security).
    async fn begin(&self, scope: &Scope) -> StoreResult<Box<dyn Tx>>;

    /// Opens a transaction of the ingest role: it can add telemetry and failures, and nothing else.
    async fn begin_ingest(&self, scope: &Scope) -> StoreResult<Box<dyn IngestTx>>;

    /// Makes the first tenant and its owner, or answers the existing ones.
    async fn bootstrap(&self, tenant_name: &str, owner: UserId, email: &str) -> StoreResult<Bootstrap>;

    /// Stores a one-time sign-in link.
    async fn put_sign_in_link(&self, user: UserId, hash: &SecretHash, expires_at: DateTime<Utc>) -> StoreResult<()>;

    /// Uses up a one-time sign-in link; `None` when unknown, used or expired.
    async fn take_sign_in_link(&self, hash: &SecretHash, now: DateTime<Utc>) -> StoreResult<Option<Credentials>>;

    /// Finds a person by address.
    async fn credentials(&self, email: &str) -> StoreResult<Option<Credentials>>;

    /// Starts a session.
    async fn put_session(
        &self,
        id: SessionId,
        hash: &SecretHash,
        user: UserId,
        tenant: TenantId,
        expires_at: DateTime<Utc>,
    ) -> StoreResult<()>;

    /// Resolves a session; `None` when unknown, ended or expired.
    async fn session(&self, hash: &SecretHash, now: DateTime<Utc>) -> StoreResult<Option<Session>>;

    /// Ends a session.
    async fn end_session(&self, hash: &SecretHash) -> StoreResult<()>;

    /// Resolves a bearer token; `None` when unknown, revoked or expired. Notes its use, to the minute.
    async fn token(&self, hash: &SecretHash, now: DateTime<Utc>) -> StoreResult<Option<TokenGrant>>;

    /// Repairs of all tenants that wait for a time which has come.
    async fn due_repairs(&self, now: DateTime<Utc>, limit: i64) -> StoreResult<Vec<(TenantId, RepairId)>>;

    /// Makes the day partitions from yesterday to `days` ahead.
    async fn ensure_partitions(&self, now: DateTime<Utc>, days: u32) -> StoreResult<()>;

    /// Drops the day partitions that ended before `before`, logs and spans counted apart; answers how many. Forgets
    /// batches, finished jobs and expired sessions and links from before it too.
    async fn drop_partitions(&self, before: DateTime<Utc>) -> StoreResult<u32>;

    /// Fails when the database does not answer.
    async fn ping(&self) -> StoreResult<()>;

    /// Ends all connections; calls after it fail as unavailable.
    async fn close(&self);

    /// What changed, in any tenant, from now on; a slow reader loses the oldest.
    fn changes(&self) -> broadcast::Receiver<(TenantId, Change)>;
}

/// One transaction of one tenant. Dropped without [`Tx::commit`], it never happened.
#[async_trait]
pub trait Tx: IdentityTx + RepositoryTx + PatternTx + RepairTx + ProposalTx + TelemetryTx + Send {
    /// Makes it durable; its jobs and changes become visible with it.
    async fn commit(self: Box<Self>) -> StoreResult<()>;
}

/// What `bootstrap` made or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bootstrap {
    /// The tenant.
    pub tenant: TenantId,
    /// Its owner.
    pub owner: UserId,
    /// True when the owner has set a password, so that no sign-in link is needed.
    pub owner_has_password: bool,
}

/// A new API token to store.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Identity.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<devos_contracts::scope::TokenScope>,
    /// The first characters of the secret.
    pub prefix: String,
    /// SHA-256 of the secret.
    pub hash: SecretHash,
    /// When it was made.
    pub at: DateTime<Utc>,
}

/// Why storage failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database can not be reached or is overloaded; trying again helps.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Something unique exists already.
    #[error("{0} exists already")]
    Duplicate(String),
    /// The row changed since it was read.
    #[error("changed since it was read")]
    Stale,
    /// A search took longer than it may; a narrower one helps.
    #[error("the search takes too long")]
    TooSlow,
    /// A bug or a damaged database.
    #[error("storage failed: {0}")]
    Other(String),
}
