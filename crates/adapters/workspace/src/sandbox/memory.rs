//! A memory limit for a whole sandbox, where the machine lets us set one: control groups, as root.
//!
//! Elsewhere memory is bounded by each process's data limit and the size of the private tmpfs alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use devos_contracts::run::Limits;
use nix::libc::EBUSY;
use nix::unistd::geteuid;

const ROOT: &str = "/sys/fs/cgroup";

/// A control group that lives as long as this value.
#[derive(Debug)]
pub(super) struct Group(PathBuf);

impl Group {
    /// Makes a group; `None` where that is not possible.
    pub(super) fn make(limits: Limits) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        if !geteuid().is_root() {
            return None;
        }
        let unified = Path::new(ROOT).join("cgroup.controllers").is_file();
        let parent = if unified { PathBuf::from(ROOT) } else { Path::new(ROOT).join("memory") };
        sweep(&parent);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let group = Self(parent.join(format!("devos-{}-{number}", std::process::id())));
        // What the private tmpfs holds counts as memory too.
        let bytes = limits.memory_bytes.saturating_add(limits.disk_bytes);
        group.set_up(unified, bytes).ok().map(|()| group)
    }

    fn set_up(&self, unified: bool, bytes: u64) -> io::Result<()> {
        if unified {
            fs::write(Path::new(ROOT).join("cgroup.subtree_control"), "+memory")?;
        }
        fs::create_dir(&self.0)?;
        let write = |name: &str, value: String| fs::write(self.0.join(name), value);
        if unified {
            write("memory.max", bytes.to_string())?;
            // Not every kernel accounts for swap. Only a process goes when memory runs out, not the group: the helper
            // inside must stay to tell what happened. Commands ask to be the first ones.
            let _ = write("memory.swap.max", "0".to_owned());
        } else {
            write("memory.limit_in_bytes", bytes.to_string())?;
            let _ = write("memory.memsw.limit_in_bytes", bytes.to_string());
        }
        Ok(())
    }

    /// How many processes the kernel ended because the group's memory ran out.
    pub(super) fn kills(&self) -> u64 {
        let read = |name: &str| fs::read_to_string(self.0.join(name)).ok();
        read("memory.events").or_else(|| read("memory.oom_control")).map_or(0, |text| read_kills(&text))
    }

    /// The file through which a process joins.
    pub(super) fn processes(&self) -> PathBuf {
        self.0.join("cgroup.procs")
    }
}

/// Reads the line `oom_kill <count>`, which both versions of control groups have.
fn read_kills(text: &str) -> u64 {
    text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.parse().ok()).unwrap_or(0)
}

/// Removes groups of processes of ours that were killed.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix("devos-")?.split('-').next());
        if owner.is_some_and(|pid| pid.parse::<u32>().is_ok() && !Path::new("/proc").join(pid).exists()) {
            // Refused while somebody is in it.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A killed sandbox needs a moment to leave.
        for _ in 0..100 {
            match fs::remove_dir(&self.0) {
                Err(error) if error.raw_os_error() == Some(EBUSY) => std::thread::sleep(Duration::from_millis(10)),
                _ => return,
            }
        }
        tracing::warn!(group = %self.0.display(), "a control group stays behind");
    }
}

#[cfg(test)]
mod tests {
    use super::read_kills;

    #[test]
    fn kills_are_read_of_both_versions() {
        assert_eq!(read_kills("low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 1\n"), 2);
        assert_eq!(read_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 7\n"), 7);
        assert_eq!(read_kills("oom_kill_disable 1\n"), 0);
    }
}
