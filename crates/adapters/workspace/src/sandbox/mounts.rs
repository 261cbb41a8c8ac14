//! What a sandbox sees, as arguments of bubblewrap.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Sandbox, etc};
use crate::inside::{STAGE, Staging};
use crate::protocol::{ASSEMBLY, EXEC, HOME, OUT, WORKSPACE};

/// A file or directory of the host that is visible inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mount {
    source: PathBuf,
    target: PathBuf,
    writable: bool,
}

impl Mount {
    /// Visible, and nothing more.
    pub(crate) fn read(source: impl Into<PathBuf>, target: impl Into<PathBuf>) -> Self {
        Self { source: source.into(), target: target.into(), writable: false }
    }

    /// Writable; only for jobs that run no untrusted code.
    pub(crate) fn write(source: impl Into<PathBuf>, target: impl Into<PathBuf>) -> Self {
        Self { writable: true, ..Self::read(source, target) }
    }
}

/// The command line of a sandbox.
#[derive(Debug)]
pub(super) struct CommandLine {
    pub(super) program: OsString,
    pub(super) arguments: Vec<OsString>,
}

/// Puts the command line together; with an account, the helper's `stage` role comes before bubblewrap.
pub(super) fn command_line(sandbox: &Sandbox, mounts: &[Mount], groups: Vec<PathBuf>) -> io::Result<CommandLine> {
    let config = sandbox.config();
    let [helper, before_role @ ..] = &config.helper[..] else {
        return Err(io::Error::other("no helper is configured"));
    };
    let mut all = etc::mounts(&sandbox.directory("etc"))?;
    all.extend(sandbox.0.toolchains.mounts.iter().cloned());
    all.push(Mount::read(helper, EXEC));
    all.extend(mounts.iter().cloned());

    let ids = sandbox.account().map_err(io::Error::other)?.ids();
    let mut bubblewrap = isolation();
    bubblewrap.extend(system()?);
    for (index, mount) in all.iter().enumerate() {
        let staged = ids.map(|_| Path::new(STAGE).join(index.to_string()));
        bubblewrap.push(if mount.writable { "--bind" } else { "--ro-bind" }.into());
        bubblewrap.push(staged.unwrap_or_else(|| mount.source.clone()).into());
        bubblewrap.push(mount.target.clone().into());
    }
    // Everything but the private tmpfs, which the helper mounts, is read-only.
    bubblewrap.extend(["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--", EXEC].map(OsString::from));
    bubblewrap.extend(before_role.iter().cloned());
    bubblewrap.push("init".into());

    let Some((uid, gid)) = ids else {
        return Ok(CommandLine { program: config.bubblewrap.clone().into(), arguments: bubblewrap });
    };
    let scratch = sandbox.directory("stage");
    fs::create_dir_all(&scratch)?;
    let sources = all.into_iter().map(|mount| mount.source).collect();
    let staging = serde_json::to_string(&Staging { uid, gid, scratch, sources, groups })?;
    let mut arguments = before_role.to_vec();
    arguments.extend(["stage".into(), staging.into(), config.bubblewrap.clone().into()]);
    arguments.extend(bubblewrap);
    Ok(CommandLine { program: helper.clone(), arguments })
}

/// User 0 of a namespace that maps only our account: what the helper needs to mount; it gives that up itself.
fn isolation() -> Vec<OsString> {
    let options = ["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--as-pid-1", "--clearenv"];
    // To mount; for the kernel to enter an overlay's closed work directory; to map user 0 to an ordinary one.
    let capabilities = ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE", "CAP_SETFCAP"].map(|name| ["--cap-add", name]);
    let named =
        ["--uid", "0", "--gid", "0", "--hostname", "sandbox"].into_iter().chain(capabilities.into_iter().flatten());
    let mut arguments: Vec<OsString> = options.into_iter().chain(named).map(OsString::from).collect();
    for directory in ["/etc", "/run", "/run/devos", "/var", "/var/tmp", "/home", "/tmp", WORKSPACE, OUT, HOME, ASSEMBLY]
    {
        arguments.extend(["--perms", "0755", "--dir", directory].map(OsString::from));
    }
    arguments
}

/// The system's programs and libraries, and kernel interfaces of our own.
fn system() -> io::Result<Vec<OsString>> {
    let mut arguments: Vec<OsString> =
        ["--proc", "/proc", "--dev", "/dev", "--ro-bind", "/usr", "/usr"].map(OsString::from).into();
    for name in ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] {
        let path = Path::new(name);
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => {
                arguments.extend(["--symlink".into(), fs::read_link(path)?.into(), name.into()]);
            }
            Ok(_) => arguments.extend(["--ro-bind", name, name].map(OsString::from)),
            Err(_) => {}
        }
    }
    Ok(arguments)
}
