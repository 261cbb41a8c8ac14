//! Running one command as process 1: its time, its disk, its output, and the end of everything it started.

use std::io::pipe;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use devos_contracts::run::{Limits, RunEnd};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::command::Role;
use super::filesystem;
use super::output::{self, Output};
use crate::protocol::{Order, WORKSPACE};

/// How often the disk and the clock are looked at.
const TICK: Duration = Duration::from_millis(20);

/// A command that ended, with everything it had started.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) end: RunEnd,
    pub(super) duration: Duration,
    pub(super) output: Output,
}

/// Starts the restricted shell, waits for it and leaves no process behind. `None` only checks the isolation.
pub(super) fn run(order: &Order, script: Option<&str>) -> Result<Finished, String> {
    let Limits { wall_seconds, output_bytes, .. } = order.limits;
    let role = Role { script: script.map(str::to_owned), limits: order.limits, require: order.require };
    let role = serde_json::to_string(&role).map_err(|error| error.to_string())?;
    let [program, arguments @ ..] = &order.helper[..] else {
        return Err("the order names no helper".to_owned());
    };
    let (reader, writer) = pipe().map_err(|error| error.to_string())?;
    let both = writer.try_clone().map_err(|error| error.to_string())?;
    let begun = Instant::now();
    let mut command = Command::new(program);
    command.args(arguments).arg("command").arg(role).current_dir(WORKSPACE);
    command.env_clear().envs(order.env.iter().map(|(name, value)| (name, value)));
    let child = command.stdin(Stdio::null()).stdout(writer).stderr(both).spawn();
    // The command holds copies of the pipe, which would keep the output from ever ending.
    drop(command);
    let child = child.map_err(|error| format!("the shell can not be started: {error}"))?;
    let main = Pid::from_raw(i32::try_from(child.id()).map_err(|error| error.to_string())?);

    let (ended, end) = mpsc::channel();
    let undertaker = thread::spawn(move || reap(main, &ended));
    let limit = usize::try_from(output_bytes).unwrap_or(usize::MAX);
    let output = thread::spawn(move || output::read(reader, limit));
    let end = watch(&end, begun + Duration::from_secs(wall_seconds));
    let duration = begun.elapsed();
    while !undertaker.is_finished() {
        // From process 1 this reaches every other process of the namespace, and no fork can slip through.
        let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
        thread::park_timeout(Duration::from_millis(1));
    }
    let output = output.join().map_err(|_| "the output could not be read".to_owned())?;
    Ok(Finished { end, duration, output })
}

/// Waits until the shell ends, its time is over or its disk is full.
fn watch(end: &mpsc::Receiver<RunEnd>, deadline: Instant) -> RunEnd {
    loop {
        match end.recv_timeout(TICK) {
            _ if filesystem::is_full() => return RunEnd::DiskFull,
            Ok(end) => return end,
            Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
            Err(_) => return RunEnd::TimedOut,
        }
    }
}

/// Collects every process that ends, until there is none left; reports the shell's end.
fn reap(main: Pid, ended: &mpsc::Sender<RunEnd>) {
    loop {
        let end = match waitpid(None, Some(WaitPidFlag::__WALL)) {
            Ok(WaitStatus::Exited(pid, code)) if pid == main => RunEnd::Exited { code },
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == main => RunEnd::Signaled { signal: signal as i32 },
            Ok(_) | Err(nix::Error::EINTR) => continue,
            Err(_) => return,
        };
        // Nobody listens any more when the time was over first.
        let _ = ended.send(end);
    }
}
