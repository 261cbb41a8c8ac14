//! Becoming the shell: limits, Landlock, the system call filter, then `exec`.

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use devos_contracts::run::Limits;
use landlock::{
    ABI, Access, AccessFs, LandlockStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
    path_beneath_rules,
};
use nix::sys::resource::{Resource, setrlimit};
use serde::{Deserialize, Serialize};

use super::seccomp;
use crate::protocol::{HOME, Held, OUT, Require, WORKSPACE};

/// Open files of one process.
const OPEN_FILES: u64 = 8192;
/// Processes and threads of the sandbox itself, which count too.
const OWN_PROCESSES: u64 = 8;

/// What one shell is started with.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Role {
    /// What `sh -c` gets; `None` only reports what isolation holds.
    pub(super) script: Option<String>,
    pub(super) limits: Limits,
    pub(super) require: Require,
}

/// Argument: a [`Role`] as JSON.
pub(super) fn run(argument: Option<OsString>) -> Result<(), String> {
    let argument = argument.and_then(|argument| argument.into_string().ok()).ok_or("the command lacks its role")?;
    let role: Role = serde_json::from_str(&argument).map_err(|error| error.to_string())?;
    set_limits(role.limits).map_err(|error| format!("limits can not be set: {error}"))?;
    // When the machine runs out of memory, this goes first.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    let landlock_abi = match restrict_files() {
        Ok(0) | Err(_) if role.require.landlock => return Err("the kernel has no Landlock".to_owned()),
        Ok(abi) => abi,
        Err(_) => 0,
    };
    let seccomp = match seccomp::apply() {
        Err(reason) if role.require.seccomp => return Err(format!("no system call filter: {reason}")),
        result => result.is_ok(),
    };
    let Some(script) = role.script else {
        let held = Held { landlock_abi, seccomp, overlay: false };
        println!("{}", serde_json::to_string(&held).map_err(|error| error.to_string())?);
        return Ok(());
    };
    Err(format!("sh can not be started: {}", Command::new("/bin/sh").arg("-c").arg(script).exec()))
}

fn set_limits(limits: Limits) -> nix::Result<()> {
    let processes = limits.processes.saturating_add(OWN_PROCESSES);
    for (resource, value) in [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_CPU, limits.cpu_seconds),
        (Resource::RLIMIT_DATA, limits.memory_bytes),
        (Resource::RLIMIT_FSIZE, limits.disk_bytes),
        (Resource::RLIMIT_NPROC, processes),
        (Resource::RLIMIT_NOFILE, OPEN_FILES),
    ] {
        let (_, hard) = nix::sys::resource::getrlimit(resource)?;
        setrlimit(resource, value.min(hard), value.min(hard))?;
    }
    Ok(())
}

/// Restricts writing to the private places; answers the version of Landlock that holds, 0 for none.
fn restrict_files() -> Result<u32, landlock::RulesetError> {
    let newest = ABI::V7;
    let all = AccessFs::from_all(newest);
    let devices =
        ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/dev/pts"];
    let status = Ruleset::default()
        .handle_access(all)?
        .scope(Scope::AbstractUnixSocket)?
        .scope(Scope::Signal)?
        .create()?
        .add_rules(path_beneath_rules(["/"], AccessFs::from_read(newest)))?
        .add_rules(path_beneath_rules([WORKSPACE, HOME, OUT, "/tmp", "/var/tmp", "/dev/shm"], all))?
        .add_rules(path_beneath_rules(devices, AccessFs::from_file(newest)))?
        .restrict_self()?;
    if status.ruleset == RulesetStatus::NotEnforced {
        return Ok(0);
    }
    Ok(match status.landlock {
        LandlockStatus::Available { effective_abi, kernel_abi } => {
            kernel_abi.and_then(|abi| u32::try_from(abi).ok()).unwrap_or(effective_abi as u32)
        }
        _ => 0,
    })
}
