//! Directories that several runs share, read-only: checkouts of commits and results of setup phases.
//!
//! Each is made under another name and moved into place, so that half of one is never used. The oldest ones that
//! nobody uses are removed when there are too many.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::sandbox::Account;

/// A folder of shared directories. Who uses one holds a lock on it, which other processes see too.
#[derive(Debug, Clone)]
pub(crate) struct Shelf(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    kept: usize,
    making: tokio::sync::Mutex<()>,
}

/// A shared directory that stays while this value lives.
#[derive(Debug)]
pub(crate) struct Shared {
    path: PathBuf,
    _lock: File,
}

/// A directory in the making; removed unless it is placed.
#[derive(Debug)]
pub(crate) struct Fresh {
    path: PathBuf,
    place: PathBuf,
    _lock: File,
}

impl Shelf {
    pub(crate) fn new(root: PathBuf, kept: usize) -> Self {
        Self(Arc::new(Inner { root, kept, making: tokio::sync::Mutex::default() }))
    }

    /// Held while something is made, so that two runs do not make the same.
    pub(crate) async fn making(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.making.lock().await
    }

    /// The directory of that name, if it was made.
    pub(crate) fn find(&self, name: &str) -> Option<Shared> {
        let path = self.0.root.join(name);
        let lock = hold(&path).ok()?;
        // The time of the last use; without it the directory is merely removed earlier.
        let _ = lock.set_modified(SystemTime::now());
        Some(Shared { path, _lock: lock })
    }

    /// The names that start with `prefix`, of what was made.
    pub(crate) fn names(&self, prefix: &str) -> Vec<String> {
        let names = self.entries().unwrap_or_default().into_iter();
        let names = names.filter_map(|(path, _)| path.file_name()?.to_str().map(str::to_owned));
        names.filter(|name| name.starts_with(prefix)).collect()
    }

    /// Starts a directory; it must be placed to be found.
    pub(crate) fn start(&self, name: &str) -> io::Result<Fresh> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0.root)?;
        let place = self.0.root.join(name);
        let path = self.0.root.join(format!(".{name}.{}", std::process::id()));
        remove(&path)?;
        DirBuilder::new().mode(0o755).create(&path)?;
        Ok(Fresh { _lock: hold(&path)?, path, place })
    }

    /// Places a finished directory, unless another process was first, and makes room for it.
    pub(crate) fn place(&self, fresh: &Fresh) -> io::Result<Shared> {
        let path = fresh.place.clone();
        let renamed = fs::rename(&fresh.path, &path);
        let lock = hold(&path).map_err(|error| renamed.err().unwrap_or(error))?;
        lock.set_modified(SystemTime::now())?;
        self.make_room()?;
        Ok(Shared { path, _lock: lock })
    }

    /// Removes every directory whose name starts with `prefix`, in use or not.
    pub(crate) fn forget(&self, prefix: &str) -> io::Result<()> {
        for (path, _) in self.entries()? {
            if path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(prefix)) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    fn make_room(&self) -> io::Result<()> {
        let mut entries = self.entries()?;
        entries.sort_by_key(|(_, modified)| *modified);
        let surplus = entries.len().saturating_sub(self.0.kept);
        for (path, _) in entries.into_iter().take(surplus) {
            if File::open(&path)?.try_lock().is_ok() {
                remove(&path)?;
            }
        }
        Ok(())
    }

    fn entries(&self) -> io::Result<Vec<(PathBuf, SystemTime)>> {
        let listing = match fs::read_dir(&self.0.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            listing => listing?,
        };
        listing.map(|entry| entry.and_then(|entry| Ok((entry.path(), entry.metadata()?.modified()?)))).collect()
    }
}

/// Locks a directory against removal; fails when it is not there any more.
fn hold(path: &Path) -> io::Result<File> {
    let directory = File::open(path)?;
    directory.lock_shared()?;
    if fs::metadata(path)?.ino() == directory.metadata()?.ino() {
        return Ok(directory);
    }
    Err(io::ErrorKind::NotFound.into())
}

impl Shared {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Fresh {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives everything in it to the sandbox's account, and lets that account read it.
    pub(crate) fn give_to(&self, account: Account) -> io::Result<()> {
        give(&self.path, account)
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // Placed directories are no longer here.
        let _ = remove(&self.path);
    }
}

fn give(path: &Path, account: Account) -> io::Result<()> {
    let metadata = path.symlink_metadata()?;
    if let Some((uid, gid)) = account.ids() {
        lchown(path, Some(uid), Some(gid))?;
    }
    if metadata.is_symlink() {
        return Ok(());
    }
    // A strict umask of ours must not show inside.
    let executable = metadata.mode() & 0o100 != 0;
    fs::set_permissions(path, fs::Permissions::from_mode(if executable { 0o755 } else { 0o644 }))?;
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            give(&entry?.path(), account)?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::Shelf;

    #[test]
    fn keeps_what_is_used_and_the_newest() {
        let directory = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(directory.path().join("shelf"), 2);
        let used = shelf.place(&shelf.start("a").unwrap()).unwrap();
        for name in ["b", "c", "d"] {
            drop(shelf.place(&shelf.start(name).unwrap()).unwrap());
        }
        let found = |name: &str| shelf.find(name).is_some();
        assert_eq!((found("a"), found("b"), found("d")), (true, false, true));
        drop(used);
        // Made by two at once: the first one counts.
        let (first, second) = (shelf.start("twice").unwrap(), shelf.0.root.join("twice"));
        std::fs::create_dir(&second).unwrap();
        std::fs::write(second.join("first"), "").unwrap();
        assert!(shelf.place(&first).unwrap().path().join("first").exists());
        drop(shelf.start("x").unwrap());
        assert!(!found("x") && shelf.entries().unwrap().iter().all(|(path, _)| !path.ends_with(".x")));
        shelf.forget("d").unwrap();
        assert!(!found("d"));
    }
}
