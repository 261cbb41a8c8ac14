//! Where a local installation keeps its things.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use devos_embedded::Home;
use serde::{Deserialize, Serialize};

/// The directory of a local installation.
#[derive(Debug, Clone)]
pub struct Place {
    home: PathBuf,
    root: PathBuf,
}

/// A place that no other process may start in.
pub struct Claim {
    _file: File,
}

/// How the commands of this machine reach `devos up`; readable by its owner alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Access {
    /// The API's address.
    pub url: String,
    /// An API token with every scope.
    pub token: String,
}

impl Place {
    /// The default place; a name other than the default's keeps a second installation apart.
    pub fn locate(name: &str) -> Result<Self> {
        let home = Home::locate()?.path().to_owned();
        let root = home.join(name);
        Ok(Self { home, root })
    }

    /// The home of downloaded servers, shared by all installations.
    pub fn home(&self) -> Home {
        Home::at(&self.home)
    }

    /// Everything of this installation.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The database.
    pub fn cluster(&self) -> PathBuf {
        self.root.join("postgres")
    }

    /// Mirrors, checkouts and caches.
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// The worker's log.
    pub fn worker_log(&self) -> PathBuf {
        self.root.join("worker.log")
    }

    /// The running worker's process id.
    pub fn worker_pid(&self) -> PathBuf {
        self.root.join("worker.pid")
    }

    /// The demo's repository.
    pub fn demo(&self) -> PathBuf {
        self.root.join("demo")
    }

    /// Makes the directory.
    pub fn create(&self) -> Result<()> {
        fs::create_dir_all(&self.root).with_context(|| format!("cannot make {}", self.root.display()))
    }

    /// Claims the installation for this process until the claim is dropped; two systems in one place would stop
    /// each other's parts.
    pub fn claim(&self) -> Result<Claim> {
        fs::create_dir_all(&self.home).with_context(|| format!("cannot make {}", self.home.display()))?;
        // Beside the directory, which `--fresh` removes.
        let path = self.root.with_extension("lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Claim { _file: file }),
            Err(TryLockError::WouldBlock) => {
                let url = self.access().map(|access| format!(" at {}", access.url)).unwrap_or_default();
                bail!("it is already running{url}; stop it first, or give this one another --name")
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
        }
    }

    /// Removes everything of this installation, its claim included.
    pub fn remove(&self) -> Result<()> {
        let _ = fs::remove_file(self.root.with_extension("lock"));
        self.clear()
    }

    /// Removes everything of this installation; downloaded servers stay.
    pub fn clear(&self) -> Result<()> {
        match fs::remove_dir_all(&self.root) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", self.root.display()))
            }
            _ => Ok(()),
        }
    }

    /// How to reach the running installation, if it wrote that down.
    pub fn access(&self) -> Option<Access> {
        serde_json::from_slice(&fs::read(self.root.join("access.json")).ok()?).ok()
    }

    /// Writes down how to reach the installation.
    pub fn put_access(&self, access: &Access) -> Result<()> {
        self.put_secret("access.json", &serde_json::to_vec_pretty(access)?)
    }

    fn put_secret(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.root.join(name);
        let rough = self.root.join(format!("{name}.new"));
        let _ = fs::remove_file(&rough);
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&rough)
            .with_context(|| format!("cannot write {}", rough.display()))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&rough, &path).with_context(|| format!("cannot write {}", path.display()))
    }
}
