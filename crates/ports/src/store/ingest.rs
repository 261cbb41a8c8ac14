//! The narrow door for telemetry.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::job::Job;
use devos_contracts::signal::FailureSignal;
use devos_contracts::telemetry::{Refusal, TelemetryBatch};
use devos_contracts::{Redacted, RepositoryId};

use super::{SeenPattern, StoreResult};

/// A transaction that can add telemetry and failures, and nothing else.
#[async_trait]
pub trait IngestTx: Send {
    /// The repository that a service's runtime errors belong to.
    async fn repository_of_service(&mut self, service: &str) -> StoreResult<Option<RepositoryId>>;

    /// Claims the batch id; false when that very batch was stored before, and then nothing may be added.
    async fn claim_batch(&mut self, batch: &StoredBatch) -> StoreResult<bool>;

    /// Stores resources (interned), logs and spans. Rows PostgreSQL refuses are left out and reported.
    /// `projects` holds the repository of each of the batch's resources, in their order.
    async fn copy(
        &mut self,
        batch: &StoredBatch,
        telemetry: &Redacted<TelemetryBatch>,
        projects: &[Option<RepositoryId>],
    ) -> StoreResult<Vec<Refusal>>;

    /// Counts refused records into the drop ledger.
    async fn drop_records(&mut self, refusals: &[Refusal], at: DateTime<Utc>) -> StoreResult<()>;

    /// Stores a signal and counts it into its pattern.
    async fn record_signal(&mut self, signal: &FailureSignal) -> StoreResult<SeenPattern>;

    /// Leaves a job for the worker.
    async fn push_job(&mut self, job: &Job, key: &str) -> StoreResult<()>;

    /// Makes it durable.
    async fn commit(self: Box<Self>) -> StoreResult<()>;
}

/// One accepted OTLP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBatch {
    /// SHA-256 of the token id and the body: the same request again has the same id.
    pub id: [u8; 32],
    /// The token that sent it; none for the platform itself.
    pub token: Option<devos_contracts::TokenId>,
    /// Records in it.
    pub rows: u64,
    /// Redactions made in it.
    pub redactions: u64,
    /// When it arrived; the clamp for timestamps.
    pub received_at: DateTime<Utc>,
}
