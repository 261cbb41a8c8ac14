//! Commands run in the sandbox, and what came of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What one sandboxed command may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall-clock seconds.
    pub wall_seconds: u64,
    /// CPU seconds per process.
    pub cpu_seconds: u64,
    /// Memory bytes.
    pub memory_bytes: u64,
    /// Bytes of the private workspace, `/tmp` included.
    pub disk_bytes: u64,
    /// Processes and threads.
    pub processes: u64,
    /// Bytes of standard output and error that are kept; the rest is counted and dropped.
    pub output_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall_seconds: 600,
            cpu_seconds: 1200,
            memory_bytes: 4 << 30,
            disk_bytes: 2 << 30,
            processes: 512,
            output_bytes: 1 << 20,
        }
    }
}

/// How a sandboxed command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum RunEnd {
    /// It exited by itself.
    Exited {
        /// The exit code.
        code: i32,
    },
    /// A signal ended it.
    Signaled {
        /// The signal's number.
        signal: i32,
    },
    /// The wall clock ran out.
    TimedOut,
    /// It filled its disk allowance.
    DiskFull,
}

impl RunEnd {
    /// True when the command says that all is well.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Exited { code: 0 })
    }
}

impl fmt::Display for RunEnd {
    /// What the command did, e.g. `exited with 1`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited { code } => write!(out, "exited with {code}"),
            Self::Signaled { signal } => write!(out, "was ended by signal {signal}"),
            Self::TimedOut => out.write_str("timed out"),
            Self::DiskFull => out.write_str("filled its disk"),
        }
    }
}

/// The evidence that one sandboxed command leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunSummary {
    /// The command as given to `sh -c`.
    pub command: String,
    /// How it ended.
    pub end: RunEnd,
    /// Wall-clock milliseconds.
    pub duration_ms: u64,
    /// SHA-256 of the whole output, hex.
    pub output_sha256: String,
    /// Bytes of the whole output.
    pub output_bytes: u64,
    /// The end of the output, redacted, at most 16 KiB.
    pub output_tail: String,
    /// Which isolation held, e.g. `bubblewrap+landlock+seccomp`.
    pub profile: String,
    /// Why it says nothing about the test that it was to run: how it ended, what it reported, its last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<String>,
}

/// A command of a gate, with what it proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GateStage {
    /// Quick checks.
    Fast,
    /// The whole suite.
    Full,
}
