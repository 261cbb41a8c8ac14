//! One call of git: from nothing but its arguments, bounded, and killed with all its children.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, geteuid};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::{Environment, GitError, credentials};

/// Settings that keep a repository from making git run something. They come last and win over the repository's own.
const HARDENING: [&str; 17] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.alternateRefsCommand=true",
    "core.askPass=",
    "core.editor=true",
    "core.pager=cat",
    "credential.helper=",
    "protocol.allow=never",
    "protocol.https.allow=always",
    "protocol.ssh.allow=always",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "receive.autogc=false",
    "log.showSignature=false",
    "advice.detachedHead=false",
];

/// Diagnostics kept of one call, bytes.
const STDERR_LIMIT: usize = 16 << 10;

/// A call of git that has not started yet.
#[derive(Debug)]
pub(crate) struct Call {
    name: String,
    command: Command,
    input: Vec<u8>,
    timeout: Duration,
    output_limit: usize,
}

/// What a call of git left.
#[derive(Debug)]
pub(crate) struct Answer {
    name: String,
    status: ExitStatus,
    /// Standard output.
    pub(crate) stdout: Vec<u8>,
    /// The end of standard error, without credentials.
    pub(crate) stderr: String,
}

/// Who a call runs as: ourselves, or the owner of the path it works on when we are root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Actor(Option<(u32, u32)>);

impl Actor {
    /// Ourselves.
    pub(crate) const SELF: Self = Self(None);

    /// The owner of a path if we may act as him, else ourselves.
    pub(crate) fn owner_of(path: &Path) -> Result<Self, GitError> {
        let metadata = path.metadata().map_err(GitError::io(format!("reading {}", path.display())))?;
        let other = geteuid().is_root() && metadata.uid() != 0;
        Ok(Self(other.then(|| (metadata.uid(), metadata.gid()))))
    }
}

impl Call {
    /// A call of `git <name>` that runs as `actor`; `settings` are extra `-c` values, which win over all others.
    pub(crate) fn new(environment: &Environment, actor: Actor, settings: &[String], name: &str) -> Self {
        let mut command = Command::new(&environment.program);
        command.env_clear().envs(environment.variables.iter().map(|(name, value)| (name, value)));
        command
            .env("HOME", "/nonexistent")
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "true")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_SSH_COMMAND", &environment.ssh_command)
            .env("GIT_AUTHOR_NAME", crate::IDENTITY_NAME)
            .env("GIT_AUTHOR_EMAIL", crate::IDENTITY_EMAIL)
            .env("GIT_COMMITTER_NAME", crate::IDENTITY_NAME)
            .env("GIT_COMMITTER_EMAIL", crate::IDENTITY_EMAIL)
            .current_dir("/")
            .process_group(0)
            .kill_on_drop(true);
        if let Actor(Some((uid, gid))) = actor {
            command.env_remove("SSH_AUTH_SOCK").uid(uid).gid(gid);
        }
        command.args(["--no-pager", "--literal-pathspecs", "--no-optional-locks"]);
        for setting in HARDENING.iter().copied().chain(settings.iter().map(String::as_str)) {
            command.args(["-c", setting]);
        }
        Self {
            name: name.to_owned(),
            command,
            input: Vec::new(),
            timeout: environment.local_timeout,
            output_limit: 64 << 20,
        }
    }

    /// Names the repository; without it git looks for one, which only opening a path may do.
    pub(crate) fn git_dir(mut self, path: &Path) -> Self {
        self.command.arg(joined("--git-dir=", path));
        self
    }

    /// Names the working tree.
    pub(crate) fn work_tree(mut self, path: &Path) -> Self {
        self.command.arg(joined("--work-tree=", path));
        self
    }

    /// Starts git in a directory, as opening a path must.
    pub(crate) fn directory(mut self, path: &Path) -> Self {
        self.command.arg("-C").arg(path);
        if let Some(parent) = path.parent() {
            self.command.env("GIT_CEILING_DIRECTORIES", parent);
        }
        self
    }

    /// Sets one variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Feeds standard input.
    pub(crate) fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Allows another time than the one for local calls.
    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Bounds standard output.
    pub(crate) fn output_limit(mut self, bytes: usize) -> Self {
        self.output_limit = bytes;
        self
    }

    /// The subcommand's arguments; they come last.
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Prepared {
        self.command.arg(&self.name).args(args);
        Prepared(self)
    }
}

/// A call of git with all its arguments.
#[derive(Debug)]
pub(crate) struct Prepared(Call);

impl Prepared {
    /// Runs it, whatever it exits with.
    pub(crate) async fn run(self) -> Result<Answer, GitError> {
        let mut call = self.0;
        let piped = if call.input.is_empty() { Stdio::null() } else { Stdio::piped() };
        let mut running = Running::start(&call.name, call.command.stdin(piped).stdout(Stdio::piped()))?;
        let (name, limit, input) = (call.name, call.output_limit, call.input);
        let work = async {
            let stdin = running.child.stdin.take();
            let stdout = running.child.stdout.take();
            let feed = async {
                if let Some(mut stdin) = stdin {
                    // Git may stop reading early; what it answers says more than a broken pipe.
                    let _ = stdin.write_all(&input).await;
                }
            };
            let (stdout, stderr, ()) =
                tokio::join!(read_bounded(stdout, limit), read_tail(running.child.stderr.take()), feed);
            let stdout = stdout.map_err(GitError::io("reading from git"))?;
            if stdout.len() > limit {
                return Err(GitError::TooLarge { command: name.clone(), limit });
            }
            let status = running.wait().await?;
            Ok(Answer { name: name.clone(), status, stdout, stderr })
        };
        let seconds = call.timeout.as_secs();
        tokio::time::timeout(call.timeout, work)
            .await
            .unwrap_or_else(|_| Err(GitError::TimedOut { command: name.clone(), seconds }))
    }

    /// Runs it and requires exit code 0.
    pub(crate) async fn succeed(self) -> Result<Answer, GitError> {
        self.run().await?.succeeded()
    }

    /// Runs it, requires exit code 0 and answers its output without the line end.
    pub(crate) async fn text(self) -> Result<String, GitError> {
        self.succeed().await?.text()
    }

    /// Runs two calls with the first one's output as the second one's input.
    pub(crate) async fn pipe_into(self, consumer: Self) -> Result<(), GitError> {
        let Self(mut producer) = self;
        let Self(mut consumer) = consumer;
        let timeout = producer.timeout.max(consumer.timeout);
        let mut source = Running::start(&producer.name, producer.command.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let pipe: Stdio = match source.child.stdout.take() {
            Some(stdout) => stdout.try_into().map_err(GitError::io("joining two calls of git"))?,
            None => Stdio::null(),
        };
        let mut sink = Running::start(&consumer.name, consumer.command.stdin(pipe).stdout(Stdio::null()))?;
        // The command keeps its copy of the pipe, which would hide the consumer's end from the producer.
        consumer.command.stdin(Stdio::null());
        let input = producer.input;
        let work = async {
            let feed = async {
                if let Some(mut stdin) = source.child.stdin.take() {
                    let _ = stdin.write_all(&input).await;
                }
            };
            let (said, answered, ()) =
                tokio::join!(read_tail(source.child.stderr.take()), read_tail(sink.child.stderr.take()), feed);
            Ok::<_, GitError>((source.wait().await?, said, sink.wait().await?, answered))
        };
        let (sent, said, received, answered) = tokio::time::timeout(timeout, work).await.unwrap_or_else(|_| {
            Err(GitError::TimedOut { command: producer.name.clone(), seconds: timeout.as_secs() })
        })?;
        Answer { name: producer.name, status: sent, stdout: Vec::new(), stderr: said }.succeeded()?;
        Answer { name: consumer.name, status: received, stdout: Vec::new(), stderr: answered }.succeeded()?;
        Ok(())
    }
}

impl Answer {
    /// The exit code; -1 when a signal ended it.
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    /// Turns any exit code but 0 into an error.
    pub(crate) fn succeeded(self) -> Result<Self, GitError> {
        if self.status.success() { Ok(self) } else { Err(self.failure()) }
    }

    /// The error of a call that failed.
    pub(crate) fn failure(self) -> GitError {
        let detail = if self.stderr.is_empty() { self.status.to_string() } else { self.stderr };
        GitError::Failed { command: self.name, detail }
    }

    /// The error of a call whose output makes no sense.
    pub(crate) fn unexpected(&self) -> GitError {
        GitError::Unexpected { command: self.name.clone() }
    }

    /// The output without the line end.
    pub(crate) fn text(self) -> Result<String, GitError> {
        let name = self.name;
        let text = String::from_utf8(self.stdout).map_err(|_| GitError::Unexpected { command: name })?;
        Ok(text.trim_end_matches('\n').to_owned())
    }
}

/// A started git, killed with everything it started unless it was waited for.
struct Running {
    child: Child,
    group: Option<Pid>,
}

impl Running {
    fn start(name: &str, command: &mut Command) -> Result<Self, GitError> {
        let child = command.stderr(Stdio::piped()).spawn().map_err(GitError::io(format!("starting git {name}")))?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        Ok(Self { child, group })
    }

    async fn wait(&mut self) -> Result<ExitStatus, GitError> {
        let status = self.child.wait().await.map_err(GitError::io("waiting for git"))?;
        self.group = None;
        Ok(status)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // Not reaped yet, so the number still belongs to this group.
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}

async fn read_bounded(stream: Option<impl AsyncRead + Unpin>, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream.take(limit as u64 + 1).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

async fn read_tail(stream: Option<impl AsyncRead + Unpin>) -> String {
    let mut kept = Vec::new();
    if let Some(mut stream) = stream {
        let mut chunk = vec![0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut chunk).await {
            kept.extend_from_slice(&chunk[..read]);
            if kept.len() > 2 * STDERR_LIMIT {
                kept.drain(..kept.len() - STDERR_LIMIT);
            }
        }
    }
    credentials::strip(String::from_utf8_lossy(&kept).trim())
}

fn joined(prefix: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(prefix);
    argument.push(path);
    argument
}
