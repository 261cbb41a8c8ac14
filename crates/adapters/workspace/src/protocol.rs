//! What the outer half of the sandbox tells the inner half, and what it hears back.
//!
//! The order is one line of JSON on standard input. The answer is a sequence of frames on standard output: one line
//! of JSON each, some followed by as many raw bytes as they name. Untrusted code has neither of the two.

use std::io::{self, BufRead, Read, Write};

use devos_contracts::run::{Limits, RunEnd};
use serde::{Deserialize, Serialize};

/// Where the private checkout is.
pub(crate) const WORKSPACE: &str = "/workspace";
/// `$DEVOS_OUT`.
pub(crate) const OUT: &str = "/out";
/// The home directory.
pub(crate) const HOME: &str = "/home/devos";
/// The read-only checkout below the private one.
pub(crate) const SOURCE: &str = "/run/devos/source";
/// The read-only result of the setup phase.
pub(crate) const PREPARED: &str = "/run/devos/prepared";
/// The same, to be written by [`Task::Unpack`].
pub(crate) const UNPACKED: &str = "/run/devos/unpacked";
/// The inner half of the sandbox.
pub(crate) const EXEC: &str = "/run/devos/exec";
/// The socket of the package proxy, present in the setup phase only.
pub(crate) const PROXY_SOCKET: &str = "/run/devos/proxy/socket";
/// Where the package proxy is reached from inside.
pub(crate) const PROXY_PORT: u16 = 3128;
/// Where the private tmpfs is put together before its parts are moved to their places.
pub(crate) const ASSEMBLY: &str = "/run/devos/private";
/// Longest line of JSON, bytes.
const LINE_LIMIT: u64 = 4 << 20;

/// What to do inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) task: Task,
    /// How the inner half calls itself.
    pub(crate) helper: Vec<String>,
    pub(crate) commands: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) collect: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) require: Require,
    /// True when the read-only result of a setup phase is mounted.
    pub(crate) prepared: bool,
}

/// The kinds of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// Say what isolation holds, and nothing else.
    Probe,
    /// Run commands without network and bring files back.
    Run,
    /// Run commands with the package proxy and bring back what they added, at most so many bytes.
    Setup {
        /// Largest archive.
        archive_bytes: u64,
    },
    /// Unpack an archive, which follows on standard input, into a directory of the host. No untrusted code runs.
    Unpack,
}

/// Isolation that must hold, or nothing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Require {
    /// Landlock, of any version.
    pub landlock: bool,
    /// The system call filter.
    pub seccomp: bool,
    /// A user of its own when we are root.
    pub dedicated_user: bool,
}

impl Default for Require {
    /// Everything.
    fn default() -> Self {
        Self { landlock: true, seccomp: true, dedicated_user: true }
    }
}

/// Isolation that holds, as tried inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Held {
    /// The version of Landlock, 0 when there is none.
    pub(crate) landlock_abi: u32,
    pub(crate) seccomp: bool,
    /// True when checkouts are overlaid and not copied.
    pub(crate) overlay: bool,
}

impl Held {
    /// The profile's name in evidence.
    pub(crate) fn name(self) -> String {
        let mut name = "bubblewrap".to_owned();
        for (held, part) in [(self.landlock_abi > 0, "+landlock"), (self.seccomp, "+seccomp")] {
            if held {
                name.push_str(part);
            }
        }
        name
    }
}

/// One message from inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Frame {
    /// The sandbox stands; commands follow.
    Ready(Held),
    /// One command ended; the end of its output follows as bytes. Whether memory ran out is only known outside.
    Command {
        end: RunEnd,
        #[serde(skip)]
        out_of_memory: bool,
        duration_ms: u64,
        sha256: String,
        total_bytes: u64,
        length: u64,
    },
    /// A report file; its bytes follow.
    File { path: String, length: u64 },
    /// A piece of the archive of a setup phase follows as bytes.
    Archive { length: u64 },
    /// The sandbox can not be built as required; nothing ran.
    Unavailable { reason: String },
    /// The work could not be finished.
    Failed { reason: String },
    /// That is all.
    Done,
}

impl Frame {
    fn length(&self) -> u64 {
        match self {
            Self::Command { length, .. } | Self::File { length, .. } | Self::Archive { length } => *length,
            _ => 0,
        }
    }
}

/// Writes a value as one line of JSON.
pub(crate) fn write_line(writer: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *writer, value)?;
    writer.write_all(b"\n")
}

/// Writes a frame and the bytes that belong to it.
pub(crate) fn write_frame(writer: &mut impl Write, frame: &Frame, bytes: &[u8]) -> io::Result<()> {
    write_line(writer, frame)?;
    writer.write_all(bytes)?;
    writer.flush()
}

/// Reads one line of JSON; `None` at the end.
pub(crate) fn read_line<T: for<'a> Deserialize<'a>>(reader: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    reader.take(LINE_LIMIT).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

/// Reads a frame and its bytes; refuses more than `limit` bytes.
pub(crate) fn read_frame(reader: &mut impl BufRead, limit: u64) -> io::Result<Option<(Frame, Vec<u8>)>> {
    let Some(frame) = read_line::<Frame>(reader)? else {
        return Ok(None);
    };
    let length = frame.length();
    if length > limit {
        return Err(io::Error::other("a frame from the sandbox is larger than allowed"));
    }
    let mut bytes = Vec::new();
    reader.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(Some((frame, bytes))) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::{Frame, read_frame, write_frame};

    #[test]
    fn frames_survive_the_pipe_and_lies_do_not() {
        let mut pipe = Vec::new();
        let file = Frame::File { path: "a\nb".to_owned(), length: 3 };
        write_frame(&mut pipe, &file, b"{}\n").unwrap();
        write_frame(&mut pipe, &Frame::Done, b"").unwrap();
        let mut reader = pipe.as_slice();
        assert_eq!(read_frame(&mut reader, 3).unwrap(), Some((file, b"{}\n".to_vec())));
        assert_eq!(read_frame(&mut reader, 3).unwrap(), Some((Frame::Done, vec![])));
        assert_eq!(read_frame(&mut reader, 3).unwrap(), None);

        read_frame(&mut pipe.as_slice(), 2).expect_err("over the limit");
        read_frame(&mut &pipe[..pipe.len() / 2], 3).expect_err("cut short");
        read_frame(&mut b"{\"done\"".as_slice(), 3).expect_err("not JSON");
    }
}
