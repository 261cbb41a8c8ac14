//! The folder of bare mirrors, one per repository, and the lock of each.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;

use devos_contracts::RepositoryId;

use crate::command::{Actor, Call};
use crate::{Environment, GitError, Mirror, Remote, RemotePolicy};

/// Bare mirrors at `{root}/{repository id}.git`, and the only way to reach a remote.
#[derive(Debug, Clone)]
pub struct Mirrors {
    root: PathBuf,
    policy: RemotePolicy,
    environment: Arc<Environment>,
}

impl Mirrors {
    /// Mirrors below `root`, which is made when needed, with our own environment.
    pub fn new(root: impl Into<PathBuf>, policy: RemotePolicy) -> Self {
        Self::with_environment(root, policy, Environment::current())
    }

    /// Mirrors whose git sees the given environment.
    pub fn with_environment(root: impl Into<PathBuf>, policy: RemotePolicy, environment: Environment) -> Self {
        Self { root: root.into(), policy, environment: Arc::new(environment) }
    }

    /// Checks a remote against the policy and, when it is a path, opens it; nothing is fetched.
    pub async fn connect(&self, remote: &str) -> Result<Remote, GitError> {
        Remote::open(Arc::clone(&self.environment), self.policy.locate(remote)?).await
    }

    /// A repository's mirror to read from; it must have been fetched before.
    pub fn mirror(&self, repository: RepositoryId) -> Result<Mirror, GitError> {
        let path = self.path(repository, "git");
        if path.join("HEAD").is_file() {
            return Ok(Mirror::new(Arc::clone(&self.environment), path, None));
        }
        Err(GitError::Unreachable(format!("the repository {repository} was never fetched")))
    }

    /// A repository's mirror to write to, made when absent; nobody else has it until it is dropped.
    pub async fn lock(&self, repository: RepositoryId) -> Result<Mirror, GitError> {
        let lock = self.exclusive(repository).await?;
        let path = self.path(repository, "git");
        if !path.join("HEAD").is_file() {
            self.create(&path).await?;
        }
        Ok(Mirror::new(Arc::clone(&self.environment), path, Some(lock)))
    }

    /// Removes a repository's mirror; nothing happens when there is none.
    pub async fn forget(&self, repository: RepositoryId) -> Result<(), GitError> {
        let _lock = self.exclusive(repository).await?;
        let path = self.path(repository, "git");
        in_background(move || match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
        .map_err(GitError::io("removing a mirror"))
    }

    async fn create(&self, path: &std::path::Path) -> Result<(), GitError> {
        // A half-made mirror must never be taken for a whole one.
        let fresh = path.with_extension("new");
        match fs::remove_dir_all(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(GitError::io("clearing a half-made mirror")(error));
            }
            _ => {}
        }
        Call::new(&self.environment, Actor::SELF, &[], "init")
            .args(
                ["--quiet", "--bare", "--template=", "--initial-branch=main", "--"]
                    .map(std::ffi::OsStr::new)
                    .into_iter()
                    .chain([fresh.as_os_str()]),
            )
            .succeed()
            .await?;
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(GitError::io("clearing a broken mirror")(error));
            }
            _ => {}
        }
        fs::rename(&fresh, path).map_err(GitError::io("placing a mirror"))
    }

    async fn exclusive(&self, repository: RepositoryId) -> Result<File, GitError> {
        let root = self.root.clone();
        let path = self.path(repository, "lock");
        in_background(move || {
            DirBuilder::new().recursive(true).mode(0o700).create(&root)?;
            let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
            file.lock()?;
            Ok(file)
        })
        .await
        .map_err(GitError::io("locking a mirror"))
    }

    fn path(&self, repository: RepositoryId, extension: &str) -> PathBuf {
        self.root.join(format!("{repository}.{extension}"))
    }
}

async fn in_background<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
