//! A workspace with one small repository, and runs with small limits.

#![expect(clippy::unwrap_used, reason = "a scene that can not be set is a failed test")]

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::DateTime;
use devos_contracts::repository::{ForgeKind, Repository, RepositorySettings};
use devos_contracts::run::Limits;
use devos_contracts::{CommitId, RepositoryId};
use devos_git::{Mirrors, RemotePolicy};
use devos_ports::Workspace;
use devos_ports::workspace::{CommandOutcome, SandboxOutcome, SandboxRun};
use devos_workspace::{GitWorkspace, SandboxConfig};
use tempfile::TempDir;
use uuid::Uuid;

pub struct Scene {
    pub directory: TempDir,
    pub path: PathBuf,
    pub repository: Repository,
    pub workspace: GitWorkspace,
}

/// The configuration of a test's sandbox.
pub fn config(directory: &Path) -> SandboxConfig {
    let helper = OsString::from(env!("CARGO_BIN_EXE_devos-sandbox-exec"));
    SandboxConfig::current(directory.join("state"), vec![helper])
}

/// False, loudly, where bubblewrap is missing; there CI fails instead.
pub fn can_sandbox() -> bool {
    let there = Command::new("bwrap").arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        assert!(std::env::var_os("CI").is_none(), "CI must have bubblewrap: the sandbox was not tested");
        eprintln!("SKIPPED: bubblewrap is not installed, so the sandbox was NOT tested (apt install bubblewrap)");
    }
    there
}

impl Scene {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut SandboxConfig)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("repository");
        git(directory.path(), &["init", "-q", "-b", "main", "repository"]);
        let mirrors = Mirrors::new(directory.path().join("mirrors"), RemotePolicy { paths: true });
        let mut config = config(directory.path());
        change(&mut config);
        let repository = Repository {
            id: RepositoryId(Uuid::new_v4()),
            name: "demo".to_owned(),
            forge: ForgeKind::Local,
            remote: path.to_str().unwrap().to_owned(),
            default_branch: "main".to_owned(),
            services: vec![],
            settings: RepositorySettings::default(),
            settings_version: 1,
            created_at: DateTime::UNIX_EPOCH,
        };
        Self { workspace: GitWorkspace::new(mirrors, config), directory, path, repository }
    }

    /// Commits files (`None` deletes) and fetches.
    pub async fn commit(&self, message: &str, files: &[(&str, Option<&str>)]) -> CommitId {
        for (name, content) in files {
            let path = self.path.join(name);
            match content {
                Some(content) => {
                    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                    std::fs::write(path, content).unwrap();
                }
                None => std::fs::remove_file(path).unwrap(),
            }
        }
        git(&self.path, &["add", "-A"]);
        git(&self.path, &["commit", "-q", "--allow-empty", "--allow-empty-message", "-m", message]);
        self.workspace.fetch(&self.repository).await.unwrap()
    }

    pub async fn run(&self, run: SandboxRun) -> SandboxOutcome {
        self.workspace.run(self.repository.id, &run).await.unwrap()
    }

    /// Runs one script on a commit that holds one file.
    pub async fn script(&self, script: &str) -> CommandOutcome {
        self.script_within(script, small()).await
    }

    pub async fn script_within(&self, script: &str, limits: Limits) -> CommandOutcome {
        let commit = self.commit("one", &[("tracked.txt", Some("tracked"))]).await;
        let mut outcome = self.run(SandboxRun { limits, ..plan(&commit, &[script]) }).await;
        outcome.commands.remove(0)
    }
}

pub fn plan(commit: &CommitId, commands: &[&str]) -> SandboxRun {
    SandboxRun {
        commit: commit.clone(),
        setup: vec![],
        commands: commands.iter().map(|&command| command.to_owned()).collect(),
        env: vec![],
        collect: vec![],
        limits: small(),
    }
}

pub fn small() -> Limits {
    Limits {
        wall_seconds: 30,
        cpu_seconds: 30,
        memory_bytes: 1 << 30,
        disk_bytes: 64 << 20,
        processes: 64,
        output_bytes: 64 << 10,
    }
}

pub fn git(directory: &Path, args: &[&str]) -> String {
    git_with(directory, args, "")
}

/// Git with something on standard input.
pub fn git_with(directory: &Path, args: &[&str], input: &str) -> String {
    let mut child = Command::new("git")
        .args(["-c", "user.name=Test Author", "-c", "user.email=test@localhost", "-C"])
        .arg(directory)
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
