//! One conversation with one sandbox, on a thread of its own.
//!
//! The thread matters: `--die-with-parent` is tied to the thread that started bubblewrap, so that thread must live
//! exactly as long as the sandbox may.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use devos_ports::WorkspaceError;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::memory::Group;
use super::{Job, Sandbox, mounts};
use crate::error::machine;
use crate::protocol::{Frame, Order, Task, read_frame, write_line};

/// Time for everything around the commands: mounting, collecting, archiving.
const OVERHEAD: Duration = Duration::from_mins(3);
/// Largest frame beside the output of a command.
const FRAME_BYTES: u64 = 16 << 20;
/// Diagnostics kept of bubblewrap and the helper, bytes.
const SAID_BYTES: u64 = 8 << 10;

/// The running sandbox, so that it can be killed from elsewhere; killing it twice or late does nothing.
#[derive(Debug, Clone, Default)]
struct Leash(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    #[default]
    NotStarted,
    Running(Child),
    Over,
}

impl Leash {
    /// Starts the sandbox unless it was killed before it began.
    fn start(&self, command: &mut Command) -> io::Result<(ChildStdin, ChildStdout, ChildStderr)> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Over) {
            return Err(io::Error::other("cancelled"));
        }
        let mut child = command.spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        *state = State::Running(child);
        match pipes {
            (Some(stdin), Some(stdout), Some(stderr)) => Ok((stdin, stdout, stderr)),
            _ => Err(io::Error::other("the sandbox has no pipes")),
        }
    }

    /// Kills the sandbox with everything in it.
    fn kill(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *state {
            State::Running(child) => {
                // Not reaped yet, so the number is still its own. Its death takes process 1 inside along.
                if let Ok(group) = i32::try_from(child.id()) {
                    let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
                }
            }
            state => *state = State::Over,
        }
    }

    /// Waits for the end; killing is not possible meanwhile, so everything must have been read before.
    fn finish(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Running(child) = &mut *state {
            let _ = child.wait();
        }
        *state = State::Over;
    }
}

/// Kills the sandbox when the caller goes away.
struct KillOnDrop(Leash);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        self.0.kill();
    }
}

/// Runs a job and feeds its frames to `on_frame`.
pub(super) async fn run<T: Send + 'static>(
    sandbox: Sandbox,
    job: Job,
    mut state: T,
    mut on_frame: impl FnMut(&mut T, Frame, Vec<u8>) -> Result<(), WorkspaceError> + Send + 'static,
) -> Result<T, WorkspaceError> {
    let leash = Leash::default();
    let guard = KillOnDrop(leash.clone());
    let commands = u32::try_from(job.order.commands.len().max(1)).unwrap_or(u32::MAX);
    let patience = Duration::from_secs(job.order.limits.wall_seconds).saturating_mul(commands) + OVERHEAD;
    let work = tokio::task::spawn_blocking(move || {
        let result = converse(&sandbox, job, &leash, |frame, bytes| on_frame(&mut state, frame, bytes));
        leash.kill();
        leash.finish();
        result.map(|()| state)
    });
    let result = match tokio::time::timeout(patience, work).await {
        Ok(joined) => joined.map_err(|error| WorkspaceError::Other(error.to_string()))?,
        Err(_) => Err(WorkspaceError::Other("the sandbox did not end in time and was killed".to_owned())),
    };
    drop(guard);
    result
}

fn converse(
    sandbox: &Sandbox,
    job: Job,
    leash: &Leash,
    mut on_frame: impl FnMut(Frame, Vec<u8>) -> Result<(), WorkspaceError>,
) -> Result<(), WorkspaceError> {
    let group = Group::make(job.order.limits);
    let groups = group.iter().map(Group::processes).collect();
    sandbox.account()?;
    let line = mounts::command_line(sandbox, &job.mounts, groups).map_err(machine("preparing the sandbox"))?;
    let mut command = Command::new(&line.program);
    command.args(&line.arguments).env_clear().env("PATH", &sandbox.config().path).current_dir("/").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (stdin, stdout, stderr) = leash.start(&mut command).map_err(|error| {
        let program = line.program.to_string_lossy();
        WorkspaceError::SandboxUnavailable(format!("{program} can not be started: {error}"))
    })?;

    std::thread::scope(|scope| {
        scope.spawn(|| tell(stdin, &job.order, job.input));
        let said = scope.spawn(|| hear(stderr));
        let mut began = false;
        let mut taken = 0;
        let listened = listen(stdout, &job.order, |mut frame, bytes| {
            began = true;
            if let Frame::Command { out_of_memory, .. } = &mut frame {
                let now = group.as_ref().map_or(0, Group::kills);
                *out_of_memory = now > taken;
                taken = now;
            }
            on_frame(frame, bytes)
        });
        if listened.is_err() {
            leash.kill();
        }
        let said = said.join().unwrap_or_default();
        leash.finish();
        match listened {
            Ok(true) => Ok(()),
            Ok(false) if group.as_ref().is_some_and(|group| group.kills() > taken) => {
                Err(WorkspaceError::Other(format!("the sandbox itself was ended when memory ran out: {said}")))
            }
            Ok(false) if began => Err(WorkspaceError::Other(format!("the sandbox ended early: {said}"))),
            Ok(false) => Err(WorkspaceError::SandboxUnavailable(explain(&said))),
            Err(error) => Err(error),
        }
    })?;
    // Only now is the group empty and can go.
    drop(group);
    Ok(())
}

fn tell(mut stdin: impl Write, order: &Order, input: Option<File>) {
    // A sandbox that stops listening says why in its answer.
    if write_line(&mut stdin, order).is_ok()
        && let Some(mut input) = input
    {
        let _ = io::copy(&mut input, &mut stdin);
    }
}

fn hear(stderr: impl Read) -> String {
    let mut said = Vec::new();
    let mut stderr = stderr;
    let _ = (&mut stderr).take(SAID_BYTES).read_to_end(&mut said);
    let _ = io::copy(&mut stderr, &mut io::sink());
    String::from_utf8_lossy(&said).trim().to_owned()
}

/// Reads frames to the last one; false when the sandbox ended without it.
fn listen(
    stdout: impl Read,
    order: &Order,
    mut on_frame: impl FnMut(Frame, Vec<u8>) -> Result<(), WorkspaceError>,
) -> Result<bool, WorkspaceError> {
    let mut stdout = BufReader::new(stdout);
    let limit = FRAME_BYTES.max(order.limits.output_bytes);
    let broken = |error: io::Error| WorkspaceError::Other(format!("the sandbox's answer: {error}"));
    while let Some((frame, bytes)) = read_frame(&mut stdout, limit).map_err(broken)? {
        match frame {
            Frame::Done => return Ok(true),
            Frame::Unavailable { reason } => return Err(WorkspaceError::SandboxUnavailable(reason)),
            Frame::Failed { reason } if matches!(order.task, Task::Setup { .. }) => {
                return Err(WorkspaceError::Setup { detail: reason });
            }
            Frame::Failed { reason } => return Err(WorkspaceError::Other(reason)),
            frame => on_frame(frame, bytes)?,
        }
    }
    Ok(false)
}

/// Adds to what bubblewrap says what a person can do about it.
fn explain(said: &str) -> String {
    let advice = if said.contains("No permissions to create") || said.contains("setting up uid map") {
        "; this machine does not let users make namespaces \
         (sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces or an AppArmor profile)"
    } else if said.contains("Can't mount proc") {
        "; the container that this runs in masks /proc (for Docker: --security-opt systempaths=unconfined)"
    } else {
        ""
    };
    format!("{said}{advice}")
}
