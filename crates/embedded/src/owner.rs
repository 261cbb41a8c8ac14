use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::{User, geteuid};

use crate::Error;
use crate::error::At;

/// The account PostgreSQL runs as when we are root, which it refuses to run as.
const ACCOUNT: &str = "devos";

/// Who owns the data and runs the server: ourselves, or the account `devos` when we are root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner(Option<(u32, u32)>);

impl Owner {
    /// Finds the account, creating it if we are root and it is missing.
    pub(crate) fn resolve(home: &Path) -> Result<Self, Error> {
        if !geteuid().is_root() {
            return Ok(Self(None));
        }
        if let Some(owner) = Self::lookup()? {
            return Ok(owner);
        }
        let created = Command::new("useradd")
            .args(["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", "--home-dir"])
            .arg(home)
            .arg(ACCOUNT)
            .output();
        // A concurrent process may have created it between the look-up and now: only the account counts.
        Self::lookup()?.ok_or_else(|| Error::Program {
            program: format!("useradd {ACCOUNT}"),
            detail: match created {
                Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
                Err(error) => error.to_string(),
            },
        })
    }

    fn lookup() -> Result<Option<Self>, Error> {
        let user = User::from_name(ACCOUNT).map_err(std::io::Error::from).at(Path::new("/etc/passwd"))?;
        Ok(user.map(|user| Self(Some((user.uid.as_raw(), user.gid.as_raw())))))
    }

    /// The user id files of the cluster belong to.
    pub(crate) fn uid(self) -> u32 {
        self.0.map_or_else(|| geteuid().as_raw(), |(uid, _)| uid)
    }

    /// A command that runs as the owner, with nothing of our environment.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").env("PATH", "/usr/bin:/bin").current_dir("/");
        if let Some((uid, gid)) = self.0 {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Gives a path to the owner.
    pub(crate) fn take(self, path: &Path) -> Result<(), Error> {
        match self.0 {
            Some((uid, gid)) => chown(path, Some(uid), Some(gid)).at(path),
            None => Ok(()),
        }
    }

    /// Makes a directory that only the owner (and root) may enter.
    pub(crate) fn private_dir(self, path: &Path) -> Result<(), Error> {
        fs::create_dir_all(path).at(path)?;
        fs::set_permissions(path, Permissions::from_mode(0o700)).at(path)?;
        self.take(path)
    }

    /// Makes a directory of ours that the owner may pass through.
    pub(crate) fn passable_dir(self, path: &Path) -> Result<(), Error> {
        fs::create_dir_all(path).at(path)?;
        let mode = if self.0.is_some() { 0o711 } else { 0o700 };
        fs::set_permissions(path, Permissions::from_mode(mode)).at(path)
    }
}
