//! Where the server's socket lies.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::At;
use crate::owner::Owner;
use crate::{Error, probe};

/// A socket's path must fit into `sockaddr_un` with its end mark.
const SOCKET_PATH_MAX: usize = 107;

/// The socket's directory: beside the data, or in the scratch directory where that path would be too long.
pub(crate) fn directory(owner: Owner, dir: &Path) -> Result<PathBuf, Error> {
    let near = dir.join("run");
    if near.as_os_str().len() + 1 + probe::SOCKET.len() <= SOCKET_PATH_MAX {
        owner.private_dir(&near)?;
        return Ok(near);
    }
    let digest = Sha256::digest(dir.as_os_str().as_encoded_bytes());
    let name = digest[..8].iter().fold(String::from("devos-run-"), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    });
    // Not $TMPDIR: that is what tends to be long.
    let far = Path::new("/tmp").join(name);
    match fs::create_dir(&far) {
        Ok(()) => owner.private_dir(&far)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).at(&far),
    }
    // Everybody may write there, so the directory may be somebody's trap.
    let found = fs::symlink_metadata(&far).at(&far)?;
    if found.is_dir() && found.uid() == owner.uid() && found.mode() & 0o777 == 0o700 {
        Ok(far)
    } else {
        Err(Error::InUse(far))
    }
}

/// Removes the lock file of a server that is gone. A server asks only whether the process in it exists, and would not
/// start while that is a zombie, or another program's number by now. The caller holds the cluster's lock and knows that
/// no server runs on it.
pub(crate) fn forget(directory: &Path) -> Result<(), Error> {
    let lock = directory.join(format!("{}.lock", probe::SOCKET));
    match fs::remove_file(&lock) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).at(&lock),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_directory_gets_a_short_socket_directory_that_is_checked() {
        let owner = Owner::resolve(Path::new("/var/lib/devos")).unwrap();
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("d".repeat(120));
        let far = directory(owner, &deep).unwrap();
        assert!(far.as_os_str().len() < 60, "{}", far.display());
        assert_eq!(far, directory(owner, &deep).unwrap());
        fs::remove_dir(&far).unwrap();
        std::os::unix::fs::symlink("/", &far).unwrap();
        assert!(matches!(directory(owner, &deep), Err(Error::InUse(_))));
        fs::remove_file(&far).unwrap();
    }
}
