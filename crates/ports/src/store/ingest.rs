//! The narrow door for telemetry.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::job::Job;
use devos_contracts::signal::FailureSignal;
use devos_contracts::telemetry::{Refusal, TelemetryBatch};
use devos_contracts::{Redacted, RepositoryId};

use uuid::Uuid;

use super::{SeenPattern, StoreResult};

/// A transaction that can add telemetry and failures, and nothing else.
#[async_trait]
pub trait IngestTx: Send {
    /// The repository that a service's runtime errors belong to.
    async fn repository_of_service(&mut self, service: &str) -> StoreResult<Option<RepositoryId>>;

    /// Every repository with its name and remote, oldest first: telemetry may name one in its own words.
    async fn repositories_by_age(&mut self) -> StoreResult<Vec<(RepositoryId, String, String)>>;

    /// Stores resources (interned), logs and spans. Rows PostgreSQL refuses are left out and reported.
    /// `projects` holds the repository of each of the batch's resources, in their order.
    async fn copy(
        &mut self,
        origin: &BatchOrigin,
        telemetry: &Redacted<TelemetryBatch>,
        projects: &[Option<RepositoryId>],
    ) -> StoreResult<Copied>;

    /// Notes the batch in the audit of writes; false when that very batch was stored before, and then this transaction
    /// must not be committed.
    async fn note_batch(&mut self, batch: &StoredBatch) -> StoreResult<bool>;

    /// Counts refused records into the drop ledger.
    async fn drop_records(&mut self, refusals: &[Refusal], at: DateTime<Utc>) -> StoreResult<()>;

    /// Stores a signal and counts it into its pattern.
    async fn record_signal(&mut self, signal: &FailureSignal) -> StoreResult<SeenPattern>;

    /// Leaves a job for the worker.
    async fn push_job(&mut self, job: &Job, key: &str) -> StoreResult<()>;

    /// Makes it durable.
    async fn commit(self: Box<Self>) -> StoreResult<()>;
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchOrigin {
    /// The first half of SHA-256 over the token id and the body: the same request again has the same id.
    pub id: Uuid,
    /// When it arrived; timestamps are held to the time around it.
    pub received_at: DateTime<Utc>,
}

/// What became of the rows of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// Rows that the database refused.
    pub refused: Vec<Refusal>,
    /// Rows whose time was too old or in the future, and that were dated to the nearest time that can be stored.
    pub clamped: u64,
}

/// One accepted OTLP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBatch {
    /// Which it is.
    pub origin: BatchOrigin,
    /// The token that sent it; none for the platform itself.
    pub token: Option<devos_contracts::TokenId>,
    /// Records that were stored.
    pub rows: u64,
    /// Redactions made in it.
    pub redactions: u64,
    /// Records that were refused.
    pub refused: u64,
    /// Records that were dated anew.
    pub clamped: u64,
}
