//! Running the worker, and starting it again when the database went away.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::{WorkerBuilder, WorkerBuilderExt};
use tokio::sync::watch;

use crate::config::Config;
use crate::{jobs, schedules, wire};

/// The worker does not start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The database.
    #[error(transparent)]
    Store(#[from] devos_ports::StoreError),
}

/// Works until `stop` resolves; the job in flight is finished or, when it is killed, done again by the next worker.
pub async fn run(config: &Config, stop: impl Future<Output = ()> + Send) -> Result<(), RunError> {
    let worker = Arc::new(wire::worker(config).await?);
    let (tell, told) = watch::channel(false);
    let schedules = tokio::spawn(schedules::run(worker.clone()));
    let queue = supervise(worker, config.concurrency, told);
    tokio::pin!(queue);
    tokio::select! {
        () = &mut queue => {}
        () = stop => {
            let _ = tell.send(true);
            queue.await;
        }
    }
    schedules.abort();
    Ok(())
}

/// apalis ends when the database restarts: it is started again until told to stop.
async fn supervise(worker: Arc<wire::Worker>, concurrency: usize, told: watch::Receiver<bool>) {
    let name = format!("devos-{}", std::process::id());
    for round in 0_u64.. {
        let mut stop = told.clone();
        let stopping = async move {
            let _ = stop.wait_for(|stop| *stop).await;
            Ok::<(), std::io::Error>(())
        };
        let ended = WorkerBuilder::new(format!("{name}-{round}"))
            .backend(worker.store.job_storage())
            .data(worker.clone())
            .concurrency(concurrency)
            .build(jobs::run)
            .run_until(stopping)
            .await;
        if *told.borrow() {
            return;
        }
        if let Err(error) = ended {
            tracing::warn!(%error, "the queue ended; starting it again");
        }
        let mut stop = told.clone();
        let _ = tokio::time::timeout(Duration::from_secs(2), stop.wait_for(|stop| *stop)).await;
    }
}
