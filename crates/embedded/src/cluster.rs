use std::fmt::Write;
use std::fs::{self, File, TryLockError};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::At;
use crate::postmaster::Postmaster;
use crate::{Error, Install, Settings, probe, socket};

/// The database superuser of every embedded cluster; only the socket's directory guards it.
pub const SUPERUSER: &str = "postgres";

/// Recovery after a crash is part of a start, and may replay half a gigabyte.
const START_PATIENCE: Duration = Duration::from_mins(2);

/// Between two questions to a starting server, or two attempts at one whose predecessor's sessions still end.
const PAUSE: Duration = Duration::from_millis(10);

/// A running PostgreSQL cluster in one directory, stopped when this value is dropped.
///
/// The directory holds `data/`, `run/` (the socket), `server.log` and `lock`. A process that dies without
/// dropping leaves its server running; the next start on the directory adopts it.
#[derive(Debug)]
pub struct Cluster {
    postmaster: Postmaster,
    socket_dir: PathBuf,
    adopted: bool,
    /// Held as long as the cluster is ours.
    _lock: File,
}

impl Cluster {
    /// Starts the cluster in `dir`, creating it on first use; blocks until it takes connections.
    ///
    /// A server left running there by a dead process is adopted if it runs with these very settings and answers,
    /// else stopped and replaced. If a live process holds the directory, this is [`Error::InUse`].
    pub fn start(install: &Install, dir: &Path, settings: &Settings) -> Result<Self, Error> {
        Self::start_with(install, dir, settings, |data| init(install, data, &[]))
    }

    /// As [`Cluster::start`], with another way to make the data directory.
    pub(crate) fn start_with(
        install: &Install,
        dir: &Path,
        settings: &Settings,
        make: impl FnOnce(&Path) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let owner = install.owner;
        owner.passable_dir(dir)?;
        let dir = dir.canonicalize().at(dir)?;
        let lock = try_lock(&dir)?;
        let data = dir.join("data");
        if !data.exists() {
            make(&data)?;
        }
        let socket_dir = socket::directory(owner, &dir)?;
        let arguments = arguments(&data, settings, &socket_dir);

        if let Some(mut found) = Postmaster::leftover(&data)? {
            if runs_with(&data, &arguments) && probe::accepts(&socket_dir, SUPERUSER) {
                tracing::info!(pid = found.pid(), "adopted a running PostgreSQL");
                return Ok(Self { postmaster: found, socket_dir, adopted: true, _lock: lock });
            }
            found.stop()?;
        }
        socket::forget(&socket_dir)?;
        let postmaster = launch(install, &dir, &arguments, &socket_dir)?;
        Ok(Self { postmaster, socket_dir, adopted: false, _lock: lock })
    }

    /// The superuser's address of a database, as sqlx and libpq read it.
    pub fn url(&self, database: &str) -> String {
        let host = percent_encoded(&self.socket_dir.to_string_lossy());
        // The port is named because clients would else take it from PGPORT.
        format!("postgres:///{}?host={host}&port={}&user={SUPERUSER}", percent_encoded(database), probe::PORT)
    }

    /// The directory of the socket, which only the server's owner and root may enter.
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The server's process id.
    pub fn pid(&self) -> i32 {
        self.postmaster.pid()
    }

    /// Whether the server was found running rather than started.
    pub fn adopted(&self) -> bool {
        self.adopted
    }

    /// A future that ends when the server does, for a supervisor to await.
    pub fn exited(&self) -> Result<impl Future<Output = ()> + Send + 'static, Error> {
        self.postmaster.exited().at(&self.socket_dir)
    }

    /// Stops the server: sessions end and a checkpoint is written; a server that hangs is killed.
    pub fn stop(mut self) -> Result<(), Error> {
        self.postmaster.stop()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // After `stop` the process is gone and this returns at once.
        if let Err(error) = self.postmaster.stop() {
            tracing::error!(%error, "a PostgreSQL is left running");
        }
    }
}

/// Takes a directory for this process, or says that another one has it.
pub(crate) fn try_lock(dir: &Path) -> Result<File, Error> {
    let path = dir.join("lock");
    let file = File::options().create(true).append(true).open(&path).at(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(error).at(&path),
    }
}

/// Makes a data directory, under another name first so that an interrupted attempt never counts as one.
pub(crate) fn init(install: &Install, data: &Path, extra: &[&str]) -> Result<(), Error> {
    let fresh = data.with_extension("new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh).at(&fresh)?;
    }
    install.owner.private_dir(&fresh)?;
    let output = install
        .owner
        .command(&install.bin_dir().join("initdb"))
        .arg("--pgdata")
        .arg(&fresh)
        .args(["--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8"])
        .args(["--locale-provider", "builtin", "--locale", "C.UTF-8", "--no-instructions"])
        .args(extra)
        .output();
    let failed = |detail: String| Error::Program { program: "initdb".to_owned(), detail };
    let output = output.map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    fs::rename(&fresh, data).at(data)
}

fn arguments(data: &Path, settings: &Settings, socket_dir: &Path) -> Vec<String> {
    let mut arguments = vec!["-D".to_owned(), data.display().to_string()];
    arguments.extend(settings.arguments(&socket_dir.display().to_string()));
    arguments
}

/// Whether the server on this data directory was started with these arguments.
fn runs_with(data: &Path, arguments: &[String]) -> bool {
    let expected = arguments.iter().fold(String::new(), |mut line, argument| {
        let _ = write!(line, " \"{argument}\"");
        line
    });
    fs::read_to_string(data.join("postmaster.opts")).is_ok_and(|line| line.trim_end().ends_with(&expected))
}

/// Starts the server and waits until it answers.
fn launch(install: &Install, dir: &Path, arguments: &[String], socket_dir: &Path) -> Result<Postmaster, Error> {
    let log = dir.join("server.log");
    if log.exists() {
        fs::rename(&log, dir.join("server.log.1")).at(&log)?;
    }
    let deadline = Instant::now() + START_PATIENCE;
    loop {
        let mut postmaster = spawn(install, &log, arguments)?;
        let reason = loop {
            if probe::accepts(socket_dir, SUPERUSER) {
                return Ok(postmaster);
            }
            if postmaster.wait(PAUSE) {
                break "it ended at once";
            }
            if Instant::now() > deadline {
                break "it took too long";
            }
        };
        // Sessions of a server that was killed hold its shared memory until they notice.
        let log = tail(&log);
        if !log.contains("pre-existing shared memory block") || Instant::now() > deadline {
            // Dropping does not end a process.
            postmaster.stop()?;
            return Err(Error::NotReady { reason: reason.to_owned(), log });
        }
        thread::sleep(PAUSE);
    }
}

fn spawn(install: &Install, log: &Path, arguments: &[String]) -> Result<Postmaster, Error> {
    let out = File::create(log).at(log)?;
    let err = out.try_clone().at(log)?;
    let program = install.bin_dir().join("postgres");
    let mut command: Command = install.owner.command(&program);
    // Its own group: an interrupt from the terminal is ours to pass on, in order.
    command.args(arguments).stdin(Stdio::null()).stdout(out).stderr(err).process_group(0);
    let failed = |error: std::io::Error| Error::Program { program: "postgres".to_owned(), detail: error.to_string() };
    Postmaster::of_child(command.spawn().map_err(failed)?).map_err(failed)
}

/// The last lines of the server's log.
fn tail(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// Percent-encodes all but what is plain in every part of an address.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(percent_encoded("/var/lib/a b&c"), "/var/lib/a%20b%26c");
    }
}
