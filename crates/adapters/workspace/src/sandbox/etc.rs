//! The little of `/etc` that programs need, without anything that is this machine's own.

use std::fs;
use std::io;
use std::path::Path;

use super::mounts::Mount;

/// Made up, so that nothing of this machine's users and network is seen.
const WRITTEN: [(&str, &str); 4] = [
    ("passwd", "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\ndevos:x:1000:1000:DevOS Cloud:/home/devos:/bin/sh\n"),
    ("group", "root:x:0:\ndevos:x:1000:\n"),
    ("hosts", "127.0.0.1 localhost sandbox\n::1 localhost sandbox\n"),
    ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
];

/// Public parts of the system's own.
const SHARED: [&str; 19] = [
    "alternatives",
    "ca-certificates",
    "ca-certificates.conf",
    "crypto-policies",
    "fonts",
    "java",
    "java-11-openjdk",
    "java-17-openjdk",
    "java-21-openjdk",
    "java-25-openjdk",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "pki/tls/certs",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
];

/// What to mount; the made-up files are written to `directory` first.
pub(super) fn mounts(directory: &Path) -> io::Result<Vec<Mount>> {
    fs::create_dir_all(directory)?;
    let mut mounts = Vec::new();
    for (name, content) in WRITTEN {
        let path = directory.join(name);
        if fs::read_to_string(&path).ok().as_deref() != Some(content) {
            // Replaced in one step, because another process may be starting a sandbox.
            let fresh = directory.join(format!("{name}.{}", std::process::id()));
            fs::write(&fresh, content)?;
            fs::rename(&fresh, &path)?;
        }
        mounts.push(Mount::read(path, format!("/etc/{name}")));
    }
    for name in SHARED {
        let path = Path::new("/etc").join(name);
        if path.exists() {
            mounts.push(Mount::read(path.clone(), path));
        }
    }
    Ok(mounts)
}
