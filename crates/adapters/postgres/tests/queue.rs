//! The queue, run by a real apalis worker.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use apalis::prelude::{BoxDynError, Data, WorkerBuilder, WorkerContext};
use chrono::Utc;
use devos_contracts::job::Job;
use devos_contracts::{PatternId, Scope, TenantId};
use devos_ports::Store;
use devos_postgres::{PostgresStore, QUEUE};
use devos_testkit::{Database, samples};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

const PATIENCE: Duration = Duration::from_secs(20);

fn job(number: u128) -> Job {
    Job::ConsiderPattern { tenant: TenantId(1), pattern: PatternId(samples::id(number)) }
}

async fn push(store: &PostgresStore, job: &Job, key: &str) {
    let mut tx = store.begin(&Scope::system(TenantId(1))).await.unwrap();
    tx.push_job(job, key).await.unwrap();
    tx.commit().await.unwrap();
}

async fn open() -> (Database, PostgresStore) {
    let database = Database::fresh().await.unwrap();
    let store = database.store().await.unwrap();
    (database, store)
}

#[tokio::test]
async fn a_key_is_free_again_once_its_job_is_fetched_or_over() {
    let (database, store) = open().await;
    let mut superuser = PgConnection::connect(database.superuser_url()).await.unwrap();
    push(&store, &job(1), "same").await;
    push(&store, &job(2), "same").await;
    assert_eq!(store.waiting_jobs().await.unwrap(), [job(1)]);
    for (status, free) in [
        ("status = 'Queued'", true),
        ("status = 'Running'", true),
        ("status = 'Done'", true),
        ("status = 'Killed'", true),
        ("status = 'Failed', attempts = 25", true),
        ("status = 'Failed', attempts = 1", false),
    ] {
        superuser.execute("DELETE FROM apalis.jobs").await.unwrap();
        push(&store, &job(1), "same").await;
        superuser.execute(AssertSqlSafe(format!("UPDATE apalis.jobs SET {status}"))).await.unwrap();
        push(&store, &job(2), "same").await;
        let all: i64 = sqlx::query_scalar("SELECT count(*) FROM apalis.jobs").fetch_one(&mut superuser).await.unwrap();
        assert_eq!(all, if free { 2 } else { 1 }, "{status}");
    }
}

#[tokio::test]
async fn the_same_key_from_two_transactions_is_one_job() {
    let (_database, store) = open().await;
    let mut first = store.begin(&Scope::system(TenantId(1))).await.unwrap();
    first.push_job(&job(1), "same").await.unwrap();
    let other = job(2);
    let (first, ()) = tokio::join!(
        async {
            tokio::task::yield_now().await;
            first.commit().await
        },
        push(&store, &other, "same"),
    );
    first.unwrap();
    assert_eq!(store.waiting_jobs().await.unwrap(), [job(1)]);
}

/// Reports each job; a job numbered 1 is put off and fails, the first time.
async fn handle(
    job: Job,
    task: apalis_postgres::PgTaskId,
    attempt: apalis::prelude::Attempt,
    seen: Data<UnboundedSender<(Job, usize)>>,
    store: Data<std::sync::Arc<PostgresStore>>,
) -> Result<(), BoxDynError> {
    let attempt = attempt.current();
    seen.send((job.clone(), attempt))?;
    if job == self::job(1) && attempt <= 1 {
        store.postpone_job(&task.to_string(), Utc::now() + chrono::TimeDelta::seconds(1)).await?;
        return Err("not yet".into());
    }
    Ok(())
}

#[tokio::test]
async fn a_worker_runs_jobs_and_tries_failed_ones_again() {
    let (database, store) = open().await;
    let store = std::sync::Arc::new(store);
    push(&store, &job(1), "one").await;
    let (sender, mut seen) = unbounded_channel::<(Job, usize)>();
    let context = WorkerContext::new("test");
    let worker =
        WorkerBuilder::new(&context).backend(store.job_storage()).data(sender).data(store.clone()).build(handle);
    let running = tokio::spawn(worker.run());
    let mut next = async || tokio::time::timeout(PATIENCE, seen.recv()).await.unwrap().unwrap();
    assert_eq!(next().await.0, job(1));
    push(&store, &job(2), "two").await;
    let mut rest = [next().await.0, next().await.0];
    rest.sort_by_key(|job| job.idempotency_key(0));
    assert_eq!(rest, [job(1), job(2)], "the failed job comes again");

    // Results are written in the background.
    let mut superuser = PgConnection::connect(database.superuser_url()).await.unwrap();
    let done = async {
        loop {
            let open: i64 = sqlx::query_scalar("SELECT count(*) FROM apalis.jobs WHERE status <> 'Done'")
                .fetch_one(&mut superuser)
                .await
                .unwrap();
            if open == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, done).await.unwrap();
    assert!(store.waiting_jobs().await.unwrap().is_empty());
    context.stop().unwrap();
    tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap().unwrap();

    // Finished jobs are kept for a while, then swept with the partitions.
    store.drop_partitions(Utc::now() - chrono::TimeDelta::days(1)).await.unwrap();
    let kept = "SELECT count(*) FROM apalis.jobs WHERE job_type = $1";
    let count: i64 = sqlx::query_scalar(kept).bind(QUEUE).fetch_one(&mut superuser).await.unwrap();
    assert_eq!(count, 2);
    store.drop_partitions(Utc::now() + chrono::TimeDelta::seconds(1)).await.unwrap();
    let count: i64 = sqlx::query_scalar(kept).bind(QUEUE).fetch_one(&mut superuser).await.unwrap();
    assert_eq!(count, 0);
}
