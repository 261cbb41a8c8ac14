//! Jobs of a worker that is gone are given to the living at once, and those of a living one never.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use devos_contracts::job::Job;
use devos_contracts::{PatternId, Scope, TenantId};
use devos_ports::Store;
use devos_postgres::PostgresStore;
use devos_testkit::{Database, samples};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

fn job(number: u128) -> Job {
    Job::ConsiderPattern { tenant: TenantId(1), pattern: PatternId(samples::id(number)) }
}

/// Leaves a job that a worker of this name is running.
async fn run_by(store: &PostgresStore, superuser: &mut PgConnection, worker: &str, job: &Job) {
    let mut tx = store.begin(&Scope::system(TenantId(1))).await.unwrap();
    tx.push_job(job, worker).await.unwrap();
    tx.commit().await.unwrap();
    let register = "INSERT INTO apalis.workers (id, worker_type, storage_name) VALUES ('{}', 'devos', 'test')
        ON CONFLICT DO NOTHING";
    let lock = "UPDATE apalis.jobs SET status = 'Running', lock_by = '{}', idempotency_key = NULL
        WHERE idempotency_key = '{}'";
    for sql in [register, lock] {
        superuser.execute(AssertSqlSafe(sql.replace("{}", worker))).await.unwrap();
    }
}

async fn until_released(store: &PostgresStore) -> i64 {
    let released = async {
        loop {
            match store.release_orphans().await.unwrap() {
                // The server has not seen the connection's end yet.
                0 => tokio::task::yield_now().await,
                released => return released,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), released).await.unwrap()
}

#[tokio::test]
async fn the_jobs_of_the_dead_are_free_and_count_the_try() {
    let database = Database::fresh().await.unwrap();
    let store = database.store().await.unwrap();
    let mut superuser = PgConnection::connect(database.superuser_url()).await.unwrap();
    let alive = store.lease_worker("alive").await.unwrap();
    let dying = store.lease_worker("dying").await.unwrap();
    run_by(&store, &mut superuser, "alive", &job(1)).await;
    run_by(&store, &mut superuser, "dying", &job(2)).await;
    assert_eq!(store.release_orphans().await.unwrap(), 0, "both live");

    drop(dying);
    assert_eq!(until_released(&store).await, 1);
    assert_eq!(store.waiting_jobs().await.unwrap(), [job(2)]);
    let tries: i32 = sqlx::query_scalar("SELECT attempts FROM apalis.jobs WHERE status = 'Pending'")
        .fetch_one(&mut superuser)
        .await
        .unwrap();
    assert_eq!(tries, 1);

    drop(alive);
    assert_eq!(until_released(&store).await, 1);
    assert_eq!(store.release_orphans().await.unwrap(), 0, "nothing is released twice");
}

#[tokio::test]
async fn of_orphans_that_ask_for_the_same_only_the_newest_is_done_again() {
    let database = Database::fresh().await.unwrap();
    let store = database.store().await.unwrap();
    let mut superuser = PgConnection::connect(database.superuser_url()).await.unwrap();
    let dying = store.lease_worker("dying").await.unwrap();
    for asked in [1, 1, 2, 1] {
        run_by(&store, &mut superuser, "dying", &job(asked)).await;
        // Ids are ordered by time, but only to the millisecond.
        let number = "UPDATE apalis.jobs SET id = lpad((SELECT count(*) FROM apalis.jobs)::text, 26, '0')
            WHERE id NOT LIKE '000%'";
        superuser.execute(number).await.unwrap();
    }
    let newest: String = sqlx::query_scalar("SELECT max(id) FROM apalis.jobs").fetch_one(&mut superuser).await.unwrap();
    drop(dying);
    assert_eq!(until_released(&store).await, 2);
    let mut waiting = store.waiting_jobs().await.unwrap();
    waiting.sort_by_key(|job| job.idempotency_key(0));
    assert_eq!(waiting, [job(1), job(2)]);
    let kept: String = sqlx::query_scalar("SELECT max(id) FROM apalis.jobs WHERE status = 'Pending'")
        .fetch_one(&mut superuser)
        .await
        .unwrap();
    assert_eq!(kept, newest);

    // One that waits already makes an orphan needless.
    let dying = store.lease_worker("next").await.unwrap();
    run_by(&store, &mut superuser, "next", &job(1)).await;
    run_by(&store, &mut superuser, "next", &job(3)).await;
    drop(dying);
    assert_eq!(until_released(&store).await, 1);
    assert_eq!(store.waiting_jobs().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_lease_whose_connection_was_cut_is_taken_again() {
    let database = Database::fresh().await.unwrap();
    let store = database.store().await.unwrap();
    let mut superuser = PgConnection::connect(database.superuser_url()).await.unwrap();
    let mut lease = store.lease_worker("cut").await.unwrap();
    lease.renew().await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND database = \
        (SELECT oid FROM pg_database WHERE datname = current_database())";
    let gone: bool = sqlx::query_scalar(cut).fetch_one(&mut superuser).await.unwrap();
    assert!(gone, "the connection that holds the lease is found and ended");

    lease.renew().await.unwrap();
    run_by(&store, &mut superuser, "cut", &job(1)).await;
    assert_eq!(store.release_orphans().await.unwrap(), 0, "it lives");
}
