//! The worker as a child process, started again when it dies.

use std::fs::{self, File};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::place::Place;
use crate::wire::Urls;

/// How long a worker may take to end its job before it is killed; the job is done again at the next start.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause before a dead worker is started again.
const PAUSE: Duration = Duration::from_millis(500);

/// The supervised worker.
pub struct Worker {
    tell: oneshot::Sender<()>,
    supervisor: JoinHandle<()>,
}

/// Starts the worker and its supervisor.
pub fn start(place: &Place, urls: &Urls) -> Result<Worker> {
    let (mut child, mut leash) = spawn(place, urls)?;
    let (place, urls) = (place.clone(), urls.clone());
    let (tell, mut told) = oneshot::channel();
    let supervisor = tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = &mut told => return end(child, leash, &place).await,
                status = child.wait() => {
                    tracing::warn!(?status, "the worker died; starting it again");
                    sleep(PAUSE).await;
                    match spawn(&place, &urls) {
                        Ok(next) => (child, leash) = next,
                        Err(error) => return tracing::error!(%error, "the worker can not be started again"),
                    }
                }
            }
        }
    });
    Ok(Worker { tell, supervisor })
}

impl Worker {
    /// Stops the worker; a job in flight gets a moment.
    pub async fn stop(self) {
        let _ = self.tell.send(());
        let _ = self.supervisor.await;
    }
}

/// Starts a worker; it ends when its leash is dropped, however that happens.
fn spawn(place: &Place, urls: &Urls) -> Result<(Child, Option<ChildStdin>)> {
    let binary = std::env::current_exe().context("cannot find the devos binary")?;
    let log = File::options().create(true).append(true).open(place.worker_log())?;
    let mut child = Command::new(binary)
        .args(["worker", "--supervised"])
        .env("DATABASE_URL", &urls.app)
        .env("DATABASE_INGEST_URL", &urls.ingest)
        .env("DEVOS_DATA", place.data())
        .env("DEVOS_LOCAL_PATHS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(log)
        // Ctrl-C reaches the whole group of the terminal; the worker is told by us, in order.
        .process_group(0)
        .spawn()
        .context("the worker could not be started")?;
    if let Some(pid) = child.id() {
        fs::write(place.worker_pid(), pid.to_string())?;
    }
    // Waiting for a child closes its standard input, so that it is held apart.
    let leash = child.stdin.take();
    Ok((child, leash))
}

async fn end(mut child: Child, leash: Option<ChildStdin>, place: &Place) {
    drop(leash);
    if timeout(PATIENCE, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
    let _ = fs::remove_file(place.worker_pid());
}

/// Ends a worker that an earlier, killed `devos up` left behind.
pub async fn end_leftover(place: &Place) -> Result<()> {
    let Ok(text) = fs::read_to_string(place.worker_pid()) else { return Ok(()) };
    let Ok(pid) = text.trim().parse::<i32>() else { return Ok(()) };
    let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let ours = command.split(|byte| *byte == 0).any(|part| part == b"--supervised");
    if ours {
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        let gone = async {
            while fs::exists(format!("/proc/{pid}")).unwrap_or(false) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        if timeout(PATIENCE, gone).await.is_err() {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
    let _ = fs::remove_file(place.worker_pid());
    Ok(())
}
