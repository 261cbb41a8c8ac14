//! Process 1 of the sandbox.

use std::fs;
use std::io::{self, BufReader, BufWriter, Stdout, Write};

use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::set_dumpable;
use nix::sys::stat::{Mode, umask};
use rustix::thread::{CapabilitySet, CapabilitySets, clear_ambient_capability_set, set_capabilities};

use super::{archive, bridge, collect, filesystem, process};
use crate::protocol::{Frame, Held, Order, Task, read_line, write_frame};

/// User and group id of the commands.
const USER: u32 = 1000;

/// Reads the order from standard input and answers on standard output.
pub(super) fn run() -> Result<(), String> {
    umask(Mode::from_bits_truncate(0o022));
    let mut input = BufReader::new(io::stdin());
    let order: Order = read_line(&mut input).map_err(|error| error.to_string())?.ok_or("no order came")?;
    let mut answer = BufWriter::new(io::stdout());
    let last = match obey(&order, &mut input, &mut answer) {
        Ok(()) => Frame::Done,
        Err(frame) => frame,
    };
    write_frame(&mut answer, &last, &[]).map_err(|error| error.to_string())
}

fn obey(order: &Order, input: &mut impl io::Read, answer: &mut BufWriter<Stdout>) -> Result<(), Frame> {
    if order.task == Task::Unpack {
        become_ordinary().map_err(unavailable)?;
        return archive::unpack(input).map_err(|error| failed(format!("unpacking: {error}")));
    }
    let overlay = filesystem::assemble(order.limits, order.prepared)
        .map_err(|error| unavailable(format!("the private file system can not be made: {error}")))?;
    become_ordinary().map_err(unavailable)?;
    let held = Held { overlay, ..check(order).map_err(unavailable)? };
    send(answer, &Frame::Ready(held), &[])?;
    if matches!(order.task, Task::Setup { .. }) {
        bridge::open().map_err(|error| failed(format!("the package proxy: {error}")))?;
    }
    for command in &order.commands {
        let finished = process::run(order, Some(command)).map_err(failed)?;
        let (end, output) = (finished.end, finished.output);
        let duration_ms = u64::try_from(finished.duration.as_millis()).unwrap_or(u64::MAX);
        let length = output.tail.len() as u64;
        let (sha256, total_bytes) = (output.sha256, output.total);
        let frame = Frame::Command { end, out_of_memory: false, duration_ms, sha256, total_bytes, length };
        send(answer, &frame, &output.tail)?;
        if !end.is_success() {
            break;
        }
    }
    match order.task {
        Task::Run => collect::files(&order.collect, |frame, bytes| write_frame(answer, frame, bytes))
            .map_err(|error| failed(format!("collecting reports: {error}"))),
        Task::Setup { archive_bytes } => {
            archive::pack(archive_bytes, answer).map_err(|error| failed(error.to_string()))
        }
        Task::Probe | Task::Unpack => Ok(()),
    }
}

/// Gives up everything that bubblewrap granted for mounting, before the first command.
///
/// A second user namespace takes away all power over the mounts and turns user 0 into an ordinary one. Then no process
/// can open our descriptors or memory through /proc any more.
fn become_ordinary() -> Result<(), String> {
    let made = unshare(CloneFlags::CLONE_NEWUSER).map_err(io::Error::from);
    made.and_then(|()| fs::write("/proc/self/setgroups", "deny"))
        .and_then(|()| fs::write("/proc/self/uid_map", format!("{USER} 0 1")))
        .and_then(|()| fs::write("/proc/self/gid_map", format!("{USER} 0 1")))
        .map_err(|error| format!("an ordinary user can not be made: {error}"))?;
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    clear_ambient_capability_set()
        .and_then(|()| set_capabilities(None, sets))
        .map_err(|error| format!("capabilities can not be dropped: {error}"))?;
    set_dumpable(false).map_err(|error| format!("the helper can not be hidden: {error}"))
}

/// Starts the restricted role without a command, which says what holds or why it does not.
fn check(order: &Order) -> Result<Held, String> {
    let finished = process::run(order, None)?;
    let said = String::from_utf8_lossy(&finished.output.tail).trim().to_owned();
    if finished.end.is_success() { serde_json::from_str(&said).map_err(|error| error.to_string()) } else { Err(said) }
}

fn send(answer: &mut impl Write, frame: &Frame, bytes: &[u8]) -> Result<(), Frame> {
    write_frame(answer, frame, bytes).map_err(|error| failed(error.to_string()))
}

fn unavailable(reason: impl Into<String>) -> Frame {
    Frame::Unavailable { reason: reason.into() }
}

fn failed(reason: impl Into<String>) -> Frame {
    Frame::Failed { reason: reason.into() }
}
