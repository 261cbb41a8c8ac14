//! The worker's queue: apalis' table, which is also the outbox.

use std::time::Duration;

use apalis::prelude::{BackendExt, IntervalStrategy, PollWith, StreamStrategy, TaskBuilder};
use apalis_postgres::{PostgresStorage, Pubsub};
use devos_contracts::job::Job;
use devos_ports::StoreError;
use devos_ports::store::StoreResult;
use sqlx::{PgConnection, PgPool};

use crate::error::failed;
use crate::statements::{BOTH, sql};
use crate::text::to_json;

/// The queue's name in apalis' tables.
pub const QUEUE: &str = "devos";

/// Delayed and failed jobs send no notification; they are found this late at most.
const POLL: Duration = Duration::from_secs(2);

/// A worker that is silent for three heartbeats is dead, and its jobs are given to others.
const HEARTBEAT: Duration = Duration::from_secs(10);
const MISSED_HEARTBEATS: usize = 3;

/// The queue as apalis' worker takes it: woken by `NOTIFY`, and by a clock for delayed jobs.
pub type JobStorage = PollWith<PollWith<PostgresStorage<Job>, StreamStrategy<Pubsub>>, IntervalStrategy>;

sql! { BOTH;
    CLAIM_KEY = "SELECT claim_job_key($1, $2)";
}

/// The queue over a pool of the application's role.
pub(crate) fn storage(pool: &PgPool) -> JobStorage {
    let config = apalis_postgres::Config::default()
        .queue(QUEUE)
        .heartbeat_interval(HEARTBEAT)
        .missed_heartbeats(MISSED_HEARTBEATS);
    PostgresStorage::new(pool).with_config(config).with_pubsub().poll_with_interval(POLL)
}

/// Leaves a job in the transaction unless one with the same key waits already.
pub(crate) async fn push(db: &mut PgConnection, job: &Job, key: &str) -> StoreResult<()> {
    let free: bool = sqlx::query_scalar(CLAIM_KEY).bind(QUEUE).bind(key).fetch_one(&mut *db).await.map_err(failed)?;
    if !free {
        return Ok(());
    }
    let task = TaskBuilder::new(to_json(job)?.into_bytes()).idempotency_key(key).build();
    apalis_postgres::queries::push_tasks(db, QUEUE, vec![task]).await.map_err(|error| match error {
        apalis_postgres::Error::Database(error) => failed(error),
        other => StoreError::Other(other.to_string()),
    })
}
