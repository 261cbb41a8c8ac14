//! Where the embedded server lives; the only place here that reads the environment.

use std::env;
use std::path::{Path, PathBuf};

use crate::Error;

/// Root's home for the product, since PostgreSQL runs as another user there and must reach it.
const ROOT_HOME: &str = "/var/lib/devos";

/// The directory that holds the unpacked server and, below it, whatever else the product keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home(PathBuf);

impl Home {
    /// The default place: `/var/lib/devos` for root, else `$XDG_DATA_HOME/devos` or `~/.local/share/devos`.
    pub fn locate() -> Result<Self, Error> {
        if nix::unistd::geteuid().is_root() {
            return Ok(Self::at(ROOT_HOME));
        }
        let data = absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")));
        data.map(|data| Self(data.join("devos"))).ok_or(Error::NoHome)
    }

    /// A place chosen by the caller; as root it must be reachable by the user `devos`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The directory itself, which may not exist yet.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where unpacked servers are kept.
    pub(crate) fn servers(&self) -> PathBuf {
        self.0.join("postgresql")
    }
}

/// The directory for throw-away clusters.
pub fn scratch() -> PathBuf {
    env::temp_dir()
}

/// A variable that holds an absolute path; the XDG specification says to ignore relative ones.
fn absolute(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}
