//! A remote with a little history, and a forge that may use it.

#![expect(clippy::unwrap_used, reason = "a scene that can not be set is a failed test")]

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chrono::DateTime;
use devos_contracts::repository::{ForgeKind, Repository, RepositorySettings};
use devos_contracts::{CommitId, RepositoryId};
use devos_forge::LocalForge;
use devos_git::{Environment, Mirrors, RemotePolicy};
use devos_ports::Forge;
use devos_ports::forge::Merge;
use tempfile::TempDir;
use uuid::Uuid;

pub struct Scene {
    pub directory: TempDir,
    pub path: PathBuf,
    pub repository: Repository,
    pub forge: LocalForge,
    mirrors: Mirrors,
}

impl Scene {
    pub async fn checked_out() -> Self {
        Self::new(false, false).await
    }

    pub async fn bare() -> Self {
        Self::new(true, false).await
    }

    pub async fn over_ssh() -> Self {
        Self::new(true, true).await
    }

    async fn new(bare: bool, ssh: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let work = directory.path().join("work");
        git(directory.path(), &["init", "-q", "-b", "trunk", "work"]);
        write(&work.join("app.txt"), "broken");
        write(&work.join("other.txt"), "other");
        git(&work, &["add", "."]);
        git(&work, &["commit", "-q", "-m", "first"]);
        let path = if bare { directory.path().join("bare.git") } else { work };
        if bare {
            git(directory.path(), &["clone", "-q", "--bare", "work", "bare.git"]);
        }
        let mut environment = Environment::current();
        let mut remote = path.to_str().unwrap().to_owned();
        if ssh {
            let script = directory.path().join("ssh.sh");
            write(&script, "#!/bin/sh\nfor last; do :; done\nexec sh -c \"$last\"\n");
            make_executable(&script);
            environment.ssh_command = script.display().to_string();
            remote = format!("ssh://git@somewhere{remote}");
        }
        let policy = RemotePolicy { paths: !ssh };
        let mirrors = Mirrors::with_environment(directory.path().join("mirrors"), policy, environment);
        let repository = Repository {
            id: RepositoryId(Uuid::new_v4()),
            name: "demo".to_owned(),
            forge: ForgeKind::Local,
            remote,
            default_branch: "trunk".to_owned(),
            services: vec![],
            settings: RepositorySettings::default(),
            settings_version: 1,
            created_at: DateTime::UNIX_EPOCH,
        };
        let forge = LocalForge::new(mirrors.clone());
        let scene = Self { directory, path, repository, forge, mirrors };
        scene.fetch().await;
        scene
    }

    pub fn remote(&self) -> &str {
        &self.repository.remote
    }

    async fn fetch(&self) -> devos_git::Mirror {
        let mirror = self.mirrors.lock(self.repository.id).await.unwrap();
        self.mirrors.connect(self.remote()).await.unwrap().fetch(&mirror).await.unwrap();
        mirror
    }

    /// Pushes, as a branch through the forge, a commit on the trunk of now that sets `app.txt`.
    pub async fn change(&self, branch: &str, content: &str) -> CommitId {
        self.change_file(branch, "app.txt", content).await
    }

    pub async fn change_file(&self, branch: &str, file: &str, content: &str) -> CommitId {
        let mirror = self.fetch().await;
        let commit = commit_file(mirror.path(), "refs/heads/trunk", file, content);
        drop(mirror);
        self.forge.push(&self.repository, branch, &commit).await.unwrap();
        commit
    }

    /// Adds a commit to the remote's trunk as somebody else would.
    pub async fn commit_on_trunk(&self, file: &str, content: &str) -> CommitId {
        let commit = commit_file(&self.path, "refs/heads/trunk", file, content);
        git(&self.path, &["update-ref", "refs/heads/trunk", commit.as_str()]);
        self.fetch().await;
        commit
    }

    pub fn merge(&self, branch: &str, head: &CommitId) -> Merge {
        Merge {
            branch: branch.to_owned(),
            head: head.clone(),
            base: self.repository.default_branch.clone(),
            message: "Merge the repair\n\nProven.".to_owned(),
            at: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
        }
    }

    pub fn remote_head(&self, branch: &str) -> Option<CommitId> {
        let output = git_unchecked(&self.path, &["rev-parse", "--verify", "-q", &format!("refs/heads/{branch}")]);
        CommitId::parse(String::from_utf8(output.stdout).unwrap().trim())
    }

    pub fn give_to_nobody(&self) {
        let status = Command::new("chown").args(["-R", "65534:65534"]).arg(&self.path).status().unwrap();
        assert!(status.success());
    }

    pub fn owned_by_root(&self) -> Vec<PathBuf> {
        let mut pending = vec![self.path.clone()];
        let mut found = vec![];
        while let Some(path) = pending.pop() {
            let metadata = path.symlink_metadata().unwrap();
            if metadata.is_dir() {
                pending.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
            if metadata.uid() == 0 {
                found.push(path);
            }
        }
        found
    }
}

fn commit_file(repository: &Path, on: &str, file: &str, content: &str) -> CommitId {
    let scratch = tempfile::tempdir().unwrap();
    let index = scratch.path().join("index");
    let source = scratch.path().join("content");
    write(&source, content);
    let blob = git_output(repository, &["hash-object", "-w", "--no-filters", source.to_str().unwrap()]);
    let run = |args: &[&str]| {
        let output = command(repository, args).env("GIT_INDEX_FILE", &index).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    run(&["read-tree", on]);
    run(&["update-index", "--add", "--cacheinfo", &format!("100644,{},{file}", blob.trim())]);
    let tree = run(&["write-tree"]);
    CommitId::parse(&run(&["commit-tree", &tree, "-p", on, "-m", file])).unwrap()
}

fn command(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "safe.directory=*"]);
    command.arg("-C").arg(directory).args(args).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

pub fn git_unchecked(directory: &Path, args: &[&str]) -> Output {
    command(directory, args).output().unwrap()
}

pub fn git_output(directory: &Path, args: &[&str]) -> String {
    let output = git_unchecked(directory, args);
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub fn git(directory: &Path, args: &[&str]) {
    git_output(directory, args);
}

pub fn write(path: &Path, content: &str) {
    std::fs::write(path, content).unwrap();
}

pub fn make_executable(path: &Path) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
