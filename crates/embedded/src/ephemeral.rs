use std::fs;
use std::path::Path;

use crate::cluster::{init, try_lock};
use crate::error::At;
use crate::owner::Owner;
use crate::postmaster::Postmaster;
use crate::{Cluster, Error, Install, Settings, config};

/// What the directories of throw-away clusters begin with; their maker's process id follows.
const PREFIX: &str = "devos-pg-";

/// A cluster for tests: not durable, in a directory of its own, stopped and removed when dropped.
///
/// Clusters of test processes that were killed are swept away at the next start.
#[derive(Debug)]
pub struct Ephemeral {
    cluster: Cluster,
    /// Dropped after the cluster has stopped.
    _dir: tempfile::TempDir,
}

impl Ephemeral {
    /// Starts a fresh cluster in well under a second: its data directory is a copy of one made on first use.
    pub fn start(install: &Install) -> Result<Self, Error> {
        Self::start_in(install, &config::scratch(), &Settings::throwaway())
    }

    /// As [`Ephemeral::start`], in a directory under `scratch` and with other settings.
    pub fn start_in(install: &Install, scratch: &Path, settings: &Settings) -> Result<Self, Error> {
        sweep(scratch);
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let dir = tempfile::Builder::new().prefix(&prefix).tempdir_in(scratch).at(scratch)?;
        let template = template(install)?;
        let cluster = Cluster::start_with(install, dir.path(), settings, |data| copy(&template, data, install.owner))?;
        Ok(Self { cluster, _dir: dir })
    }

    /// The running cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The superuser's address of a database.
    pub fn url(&self, database: &str) -> String {
        self.cluster.url(database)
    }
}

/// The data directory to copy, made on first use.
fn template(install: &Install) -> Result<std::path::PathBuf, Error> {
    let template = install.template();
    if !template.exists() {
        let _lock = install.template_lock()?;
        if !template.exists() {
            // Small segments: less to copy.
            init(install, &template, &["--no-sync", "--wal-segsize", "1"])?;
        }
    }
    Ok(template)
}

fn copy(from: &Path, to: &Path, owner: Owner) -> Result<(), Error> {
    owner.private_dir(to)?;
    for entry in fs::read_dir(from).at(from)? {
        let entry = entry.at(from)?;
        let target = to.join(entry.file_name());
        if entry.file_type().at(&entry.path())?.is_dir() {
            copy(&entry.path(), &target, owner)?;
        } else {
            fs::copy(entry.path(), &target).at(&target)?;
            owner.take(&target)?;
        }
    }
    Ok(())
}

/// Removes what dead processes left. Errors only leave litter for later.
fn sweep(scratch: &Path) {
    let Ok(entries) = fs::read_dir(scratch) else { return };
    let stale = entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(|name| !maker_lives(name)));
    for dir in stale.map(|entry| entry.path()) {
        // A maker in another process namespace lives unseen, but holds the lock.
        let Ok(_lock) = try_lock(&dir) else { continue };
        if let Ok(Some(mut left)) = Postmaster::leftover(&dir.join("data"))
            && let Err(error) = left.stop()
        {
            tracing::warn!(%error, dir = %dir.display(), "a stale test cluster is left");
            continue;
        }
        let _ = fs::remove_dir_all(&dir);
    }
}

/// Whether the process lives that a directory is named after; true for directories that are none of ours.
fn maker_lives(name: &str) -> bool {
    let pid = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()).and_then(|pid| pid.parse::<u32>().ok());
    pid.is_none_or(|pid| Path::new("/proc").join(pid.to_string()).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_directories_of_dead_makers_are_stale() {
        assert!(maker_lives(&format!("{PREFIX}{}-abc", std::process::id())));
        assert!(!maker_lives(&format!("{PREFIX}{}-abc", u32::MAX)));
        assert!(maker_lives("devos-pg-notes"));
        assert!(maker_lives("somebody-else-4294967295-abc"));
    }
}
