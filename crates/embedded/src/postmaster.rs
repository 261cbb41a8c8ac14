//! A running server process, whether we started it or found it.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::sync::oneshot;

use crate::Error;
use crate::error::At;

/// What is asked, in which order, and how long each request may take.
const STOPPING: [(Signal, Duration); 3] = [
    // Fast shutdown: sessions end, a checkpoint is written.
    (Signal::INT, Duration::from_secs(30)),
    // Immediate shutdown: recovery at the next start.
    (Signal::QUIT, Duration::from_secs(10)),
    (Signal::KILL, Duration::from_secs(10)),
];

/// A server process held by a descriptor, so that a reused process id is never signalled.
#[derive(Debug)]
pub(crate) struct Postmaster {
    pid: Pid,
    fd: OwnedFd,
    /// Present when it is our child and must be reaped.
    child: Option<Child>,
}

impl Postmaster {
    /// Takes charge of a child.
    pub(crate) fn of_child(child: Child) -> io::Result<Self> {
        let pid = Pid::from_child(&child);
        Ok(Self { pid, fd: pidfd_open(pid, PidfdFlags::empty())?, child: Some(child) })
    }

    /// Finds the server that runs on a data directory, by the file it keeps there; the file of a dead one is removed.
    ///
    /// The caller must hold the cluster's lock.
    pub(crate) fn leftover(data: &Path) -> Result<Option<Self>, Error> {
        let file = data.join("postmaster.pid");
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).at(&file),
        };
        let pid = text.lines().next().and_then(|line| line.trim().parse().ok()).and_then(Pid::from_raw);
        // Opened before the check: afterwards the descriptor and the directory speak of one process.
        let found = pid.and_then(|pid| Some((pid, pidfd_open(pid, PidfdFlags::empty()).ok()?)));
        if let Some((pid, fd)) = found
            && works_in(pid, data)
        {
            return Ok(Some(Self { pid, fd, child: None }));
        }
        // PostgreSQL would refuse to start if another program had got that id.
        fs::remove_file(&file).at(&file)?;
        Ok(None)
    }

    /// The process id.
    pub(crate) fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Waits until the process has ended; false if it still runs after `patience`.
    pub(crate) fn wait(&mut self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let mut fds = [PollFd::new(&self.fd, PollFlags::IN)];
            let timeout = rustix::event::Timespec::try_from(left).ok();
            match poll(&mut fds, timeout.as_ref()) {
                Ok(0) => return false,
                Ok(_) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return false,
            }
        }
        if let Some(child) = &mut self.child {
            // It has ended, so this only reaps it.
            let _ = child.wait();
        }
        true
    }

    /// Stops the process: politely, then firmly.
    pub(crate) fn stop(&mut self) -> Result<(), Error> {
        for (signal, patience) in STOPPING {
            // Failing means that it is gone, which the wait below sees.
            let _ = pidfd_send_signal(&self.fd, signal);
            if self.wait(patience) {
                return Ok(());
            }
            tracing::warn!(pid = self.pid(), ?signal, "PostgreSQL did not stop in time");
        }
        Err(Error::NotStopped(self.pid()))
    }

    /// A future that ends when the process does; a sleeping thread waits for it, so no runtime is needed.
    pub(crate) fn exited(&self) -> io::Result<impl Future<Output = ()> + Send + 'static> {
        let fd = self.fd.try_clone()?;
        let (ended, watch) = oneshot::channel();
        thread::Builder::new().name("postgres-exit".to_owned()).spawn(move || {
            while let Err(rustix::io::Errno::INTR) = poll(&mut [PollFd::new(&fd, PollFlags::IN)], None) {}
            // Nobody may be listening any more.
            let _ = ended.send(());
        })?;
        Ok(async move {
            let _ = watch.await;
        })
    }
}

/// A server's working directory is its data directory, which tells it from a program that got its id later.
fn works_in(pid: Pid, data: &Path) -> bool {
    let cwd = fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero()));
    cwd.is_ok_and(|cwd| data.canonicalize().is_ok_and(|data| data == cwd))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_names_another_program_is_removed_and_the_program_left_alone() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("postmaster.pid");
        fs::write(&file, format!("{}\n/elsewhere\n", std::process::id())).unwrap();
        assert!(Postmaster::leftover(data.path()).unwrap().is_none());
        assert!(!file.exists());
    }

    #[test]
    fn no_file_means_no_server() {
        let data = tempfile::tempdir().unwrap();
        assert!(Postmaster::leftover(data.path()).unwrap().is_none());
    }
}
