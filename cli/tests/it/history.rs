//! Small git repositories, commit by commit.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A repository with a working tree, gone with this value.
pub struct History {
    directory: TempDir,
    commits: std::cell::Cell<u32>,
}

impl History {
    /// An empty repository.
    pub fn new() -> Self {
        let history = Self { directory: tempfile::tempdir().unwrap(), commits: std::cell::Cell::new(0) };
        history.git(&["init", "--quiet", "--initial-branch=main", "."]);
        history
    }

    /// Its working tree.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.place(path);
        fs::write(path, text).unwrap();
        self
    }

    /// Makes a symbolic link.
    pub fn link(&self, path: &str, target: &str) -> &Self {
        symlink(target, self.place(path)).unwrap();
        self
    }

    /// Commits everything; answers the commit. Each is a minute younger than the one before.
    pub fn commit(&self, subject: &str) -> String {
        let number = self.commits.get();
        self.commits.set(number + 1);
        self.git(&["add", "--all"]);
        let date = format!("2026-11-01T10:{number:02}:00Z");
        let dates = [("GIT_AUTHOR_DATE", date.as_str()), ("GIT_COMMITTER_DATE", date.as_str())];
        run(self.path(), &["commit", "--quiet", "--allow-empty", "--message", subject], &dates);
        self.head()
    }

    /// The commit that is checked out.
    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs git; answers what it printed.
    pub fn git(&self, arguments: &[&str]) -> String {
        run(self.path(), arguments, &[])
    }

    /// The branches that self-healing pushed.
    pub fn branches(&self) -> Vec<String> {
        let format = "--format=%(refname:short)";
        let listing = self.git(&["for-each-ref", format, "refs/heads/selfheal/"]);
        listing.lines().map(str::to_owned).collect()
    }

    fn place(&self, path: &str) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }
}

fn run(directory: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@shop.example"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {}: {said}", arguments.join(" "));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
