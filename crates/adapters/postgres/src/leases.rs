//! Which workers are alive: each holds a lock that ends with its connection, and so with its process.
//!
//! A heartbeat can only be missed after a while. A connection ends at once when its process is killed, wherever that
//! process ran; apalis' heartbeat stays for machines that vanish without closing anything.

use devos_ports::store::StoreResult;
use sqlx::{Connection, PgConnection};

use crate::error::failed;
use crate::queue::QUEUE;
use crate::statements::{APP, sql};
use crate::store::PostgresStore;

sql! { APP;
    HOLD = "SELECT pg_try_advisory_lock(hashtextextended('devos:worker:' || $1, 0))";
    // A job counts the try that was cut short: one that ends its worker every time must not be tried forever. Results are
    // reported late, so that a finished job may be among the orphans; where a newer one asks for the same, it is dropped.
    RELEASE_ORPHANS = "WITH busy AS MATERIALIZED (
            SELECT DISTINCT lock_by FROM apalis.jobs
            WHERE job_type = $1 AND status IN ('Queued', 'Running') AND lock_by IS NOT NULL
        ), dead AS MATERIALIZED (
            SELECT lock_by FROM busy
            WHERE pg_try_advisory_xact_lock(hashtextextended('devos:worker:' || lock_by, 0))
        ), orphans AS MATERIALIZED (
            SELECT id, job FROM apalis.jobs
            WHERE job_type = $1 AND status IN ('Queued', 'Running') AND lock_by IN (SELECT lock_by FROM dead)
            FOR UPDATE SKIP LOCKED
        ), judged AS MATERIALIZED (
            SELECT id, EXISTS (SELECT FROM orphans newer WHERE newer.job = old.job AND newer.id > old.id)
                OR EXISTS (
                    SELECT FROM apalis.jobs waiting
                    WHERE job_type = $1 AND status = 'Pending' AND run_at <= now() AND waiting.job = old.job
                ) AS superseded
            FROM orphans old
        ), released AS (
            UPDATE apalis.jobs
            SET status = CASE WHEN superseded THEN 'Killed' ELSE 'Pending' END,
                done_at = CASE WHEN superseded THEN now() END,
                lock_by = NULL, lock_at = NULL, attempts = attempts + 1
            FROM judged WHERE jobs.id = judged.id
            RETURNING jobs.id, superseded
        )
        SELECT count(pg_notify('apalis::job::insert', json_build_object('job_type', $1, 'id', id)::text))
        FROM released WHERE NOT superseded";
    // One row for every start of a worker; jobs may still name it.
    SWEEP_WORKERS = "DELETE FROM apalis.workers
        WHERE worker_type = $1 AND last_seen < now() - interval '1 day'
            AND NOT EXISTS (SELECT FROM apalis.jobs WHERE lock_by = workers.id)";
}

/// Shows that a worker lives, until it is dropped or its process ends.
pub struct WorkerLease {
    url: String,
    worker: String,
    db: PgConnection,
    held: bool,
}

impl PostgresStore {
    /// Takes the lease of a worker, which must do so before it fetches jobs under this name.
    pub async fn lease_worker(&self, worker: &str) -> StoreResult<WorkerLease> {
        let (url, worker) = (self.app_url().to_owned(), worker.to_owned());
        let db = PgConnection::connect(&url).await.map_err(failed)?;
        let mut lease = WorkerLease { url, worker, db, held: false };
        lease.hold().await?;
        Ok(lease)
    }

    /// Gives the jobs of workers without a lease to the living; answers how many.
    pub async fn release_orphans(&self) -> StoreResult<i64> {
        sqlx::query_scalar(RELEASE_ORPHANS).bind(QUEUE).fetch_one(self.app()).await.map_err(failed)
    }

    /// Forgets workers that were last seen a day ago.
    pub(crate) async fn sweep_workers(&self) -> StoreResult<()> {
        sqlx::query(SWEEP_WORKERS).bind(QUEUE).execute(self.app()).await.map_err(failed)?;
        Ok(())
    }
}

impl WorkerLease {
    /// Makes sure that the lease is still held; takes it again when its connection was lost.
    pub async fn renew(&mut self) -> StoreResult<()> {
        let answers = self.db.ping().await.is_ok();
        if self.held && answers {
            return Ok(());
        }
        self.held = false;
        if !answers {
            self.db = PgConnection::connect(&self.url).await.map_err(failed)?;
        }
        self.hold().await
    }

    /// A connection that the server has not missed yet may still hold the lock; then the next renewal takes it.
    async fn hold(&mut self) -> StoreResult<()> {
        self.held = sqlx::query_scalar(HOLD).bind(&self.worker).fetch_one(&mut self.db).await.map_err(failed)?;
        Ok(())
    }
}
