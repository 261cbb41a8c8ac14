//! Root's only part: making directories that the sandbox's user can not reach visible to its bubblewrap.
//!
//! In a private mount namespace each directory is bound below one place that everybody can enter; then root is given
//! up for good and bubblewrap takes over.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use serde::{Deserialize, Serialize};

/// Where staged directories are found, as `{STAGE}/{index}`.
pub(crate) const STAGE: &str = "/mnt";

/// What the stage does before it starts a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Staging {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// An empty directory of ours to build the stage in.
    pub(crate) scratch: PathBuf,
    /// What to bind, in order.
    pub(crate) sources: Vec<PathBuf>,
    /// `cgroup.procs` files to join.
    pub(crate) groups: Vec<PathBuf>,
}

/// Arguments: the staging as JSON, then the program and its arguments.
pub(super) fn run(args: &[OsString]) -> Result<(), String> {
    let [staging, program, rest @ ..] = args else {
        return Err("the stage lacks arguments".to_owned());
    };
    let staging = staging.to_str().ok_or("the staging is not text")?;
    let staging: Staging = serde_json::from_str(staging).map_err(|error| error.to_string())?;
    build(&staging).map_err(|error| format!("staging failed: {error}"))?;
    // Without explicit groups the standard library drops all of root's.
    let error = Command::new(program).args(rest).uid(staging.uid).gid(staging.gid).exec();
    Err(format!("{}: {error}", program.display()))
}

fn build(staging: &Staging) -> std::io::Result<()> {
    for group in &staging.groups {
        File::options().write(true).open(group)?.write_all(b"0")?;
    }
    let none = None::<&str>;
    unshare(CloneFlags::CLONE_NEWNS)?;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)?;
    mount(
        Some("devos"),
        &staging.scratch,
        Some("tmpfs"),
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
        Some("mode=755,size=1m"),
    )?;
    for (index, source) in staging.sources.iter().enumerate() {
        let target = staging.scratch.join(index.to_string());
        if source.is_dir() {
            fs::create_dir(&target)?;
        } else {
            File::create(&target)?;
        }
        mount(Some(source), &target, none, MsFlags::MS_BIND | MsFlags::MS_REC, none)?;
    }
    fs::create_dir_all(STAGE)?;
    mount(Some(&staging.scratch), Path::new(STAGE), none, MsFlags::MS_MOVE, none)?;
    Ok(())
}
