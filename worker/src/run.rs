//! Running the worker, and starting it again when the database went away.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::{WorkerBuilder, WorkerBuilderExt};
use devos_ports::{Store, StoreError};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::config::Config;
use crate::wire::WorkerLease;
use crate::{jobs, schedules, wire};

/// How often the lease is renewed, and the jobs of dead workers are taken over.
const TEND: Duration = Duration::from_secs(2);

/// The worker does not start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Works until `stop` resolves; the job in flight is finished or, when it is killed, done again by the next worker.
pub async fn run(config: &Config, stop: impl Future<Output = ()> + Send) -> Result<(), RunError> {
    let worker = Arc::new(wire::worker(config).await?);
    let (tell, told) = watch::channel(false);
    let schedules = tokio::spawn(schedules::run(worker.clone()));
    let queue = supervise(worker.clone(), config.concurrency, told);
    tokio::pin!(queue);
    tokio::select! {
        () = &mut queue => {}
        () = stop => {
            let _ = tell.send(true);
            queue.await;
        }
    }
    schedules.abort();
    worker.store.close().await;
    Ok(())
}

/// apalis ends when the database restarts: it is started again until told to stop.
async fn supervise(worker: Arc<wire::Worker>, concurrency: usize, told: watch::Receiver<bool>) {
    loop {
        let mut stop = told.clone();
        let stopping = async move {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        if let Err(error) = serve(&worker, concurrency, stopping).await {
            tracing::warn!(error, "the queue ended; starting it again");
        }
        let mut stop = told.clone();
        if tokio::time::timeout(Duration::from_secs(2), stop.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
    }
}

/// Runs jobs until told to stop, or until the queue ends by itself. The name is new every time: what was locked under
/// an earlier one is an orphan.
async fn serve(
    worker: &Arc<wire::Worker>,
    concurrency: usize,
    stopping: impl Future<Output = ()> + Send + 'static,
) -> Result<(), String> {
    let (name, lease) = worker.enlist().await.map_err(|error| error.to_string())?;
    let queue = WorkerBuilder::new(name)
        .backend(worker.store.job_storage())
        .data(worker.clone())
        .concurrency(concurrency)
        .build(jobs::run)
        .run_until(async {
            stopping.await;
            Ok::<(), std::io::Error>(())
        });
    tokio::select! {
        ended = queue => ended.map_err(|error| error.to_string()),
        () = tend(worker, lease) => Ok(()),
    }
}

/// Shows forever that this worker lives, and takes over the jobs of those that do not.
async fn tend(worker: &wire::Worker, mut lease: WorkerLease) {
    let mut tick = interval(TEND);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        match tended(worker, &mut lease).await {
            Ok(0) => {}
            Ok(orphans) => tracing::info!(orphans, "jobs of a dead worker were taken over"),
            Err(error) => tracing::warn!(%error, "the worker's lease could not be renewed"),
        }
    }
}

async fn tended(worker: &wire::Worker, lease: &mut WorkerLease) -> Result<i64, StoreError> {
    lease.renew().await?;
    worker.store.release_orphans().await
}
