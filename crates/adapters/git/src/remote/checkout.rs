//! Working trees of a repository on this machine, and moving one forward together with its branch.

use std::path::{Path, PathBuf};

use devos_contracts::CommitId;

use super::path::PathRepository;
use crate::GitError;
use crate::command::Call;

/// Paths named in a refusal before it says "and n more".
const NAMED_PATHS: usize = 5;

/// A working tree that has a certain branch checked out.
#[derive(Debug)]
pub(super) struct WorkTree<'a> {
    repository: &'a PathRepository,
    path: PathBuf,
    git_dir: PathBuf,
    /// Filter drivers that the repository configures; they would run as programs and are switched off.
    filters: Vec<String>,
}

impl<'a> WorkTree<'a> {
    /// The working trees that have `branch` checked out.
    pub(super) async fn showing(repository: &'a PathRepository, branch: &str) -> Result<Vec<Self>, GitError> {
        let listing = repository.call("worktree").args(["list", "--porcelain", "-z"]).succeed().await?;
        let listing = String::from_utf8_lossy(&listing.stdout).into_owned();
        let wanted = format!("branch refs/heads/{branch}");
        let mut found = Vec::new();
        for entry in listing.split("\0\0") {
            let lines: Vec<&str> = entry.split('\0').collect();
            let Some(path) = lines.iter().find_map(|line| line.strip_prefix("worktree ")) else {
                continue;
            };
            if lines.contains(&wanted.as_str()) && Path::new(path).is_dir() {
                found.push(Self::open(repository, PathBuf::from(path)).await?);
            }
        }
        Ok(found)
    }

    async fn open(repository: &'a PathRepository, path: PathBuf) -> Result<Self, GitError> {
        let trust = [format!("safe.directory={}", path.display())];
        let call = Call::new(&repository.environment, repository.actor, &trust, "rev-parse").directory(&path);
        let git_dir = PathBuf::from(call.args(["--absolute-git-dir"]).text().await?);
        let names = repository.call("config").args(["--list", "--name-only", "-z"]).succeed().await?;
        let names = String::from_utf8_lossy(&names.stdout).into_owned();
        let filters = names.split('\0').filter_map(|name| name.strip_prefix("filter.")?.rsplit_once('.'));
        let mut filters: Vec<String> = filters.map(|(driver, _)| driver.to_owned()).collect();
        filters.dedup();
        Ok(Self { repository, path, git_dir, filters })
    }

    /// A call in this working tree that runs nothing the repository configures.
    fn call(&self, name: &str) -> Call {
        let mut call = Call::new(&self.repository.environment, self.repository.actor, &[], name)
            .git_dir(&self.git_dir)
            .work_tree(&self.path);
        let mut count = 0;
        for driver in &self.filters {
            // Through the environment, because `-c` would split a driver's name at `=`.
            for (key, value) in [("clean", ""), ("smudge", ""), ("process", ""), ("required", "false")] {
                call = call.env(&format!("GIT_CONFIG_KEY_{count}"), format!("filter.{driver}.{key}"));
                call = call.env(&format!("GIT_CONFIG_VALUE_{count}"), value);
                count += 1;
            }
        }
        call.env("GIT_CONFIG_COUNT", count.to_string())
    }

    /// What differs from the branch, in words; `None` when the tree is clean. Untracked files do not count.
    pub(super) async fn changes(&self) -> Result<Option<String>, GitError> {
        let options = ["--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=all", "--no-renames"];
        let status = self.call("status").args(options).succeed().await?;
        let status = String::from_utf8_lossy(&status.stdout).into_owned();
        let paths: Vec<&str> = status.split('\0').filter_map(|entry| entry.get(3..)).collect();
        if paths.is_empty() {
            return Ok(None);
        }
        let named = paths.iter().take(NAMED_PATHS).copied().collect::<Vec<_>>().join(", ");
        let more = match paths.len().saturating_sub(NAMED_PATHS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Ok(Some(format!("the working tree {} has uncommitted changes in {named}{more}", self.path.display())))
    }

    /// Moves the branch, the index and the files from `old` to `new`, or leaves all three as they are.
    pub(super) async fn advance(&self, branch: &str, new: &CommitId, old: &CommitId) -> Result<(), GitError> {
        if !self.shows(new).await? {
            if let Some(changes) = self.changes().await? {
                return Err(GitError::Refused(format!("{changes}; commit or stash them, then approve again")));
            }
            self.call("update-index").args(["-q", "--refresh"]).run().await?;
            self.replace(&["--dry-run"], old, new).await?;
            self.replace(&[], old, new).await?;
        }
        let moved = self.repository.move_branch(branch, Some(new), Some(old)).await;
        if moved.is_err() {
            self.replace(&[], new, old).await?;
        }
        moved
    }

    /// True when index and files are exactly `commit`: an earlier attempt stopped between the files and the branch.
    async fn shows(&self, commit: &CommitId) -> Result<bool, GitError> {
        let staged = self.call("diff-index").args(["--cached", "--quiet", commit.as_str()]).run().await?;
        let edited = self.call("diff-files").args(["--quiet", "--ignore-submodules"]).run().await?;
        Ok(staged.code() == 0 && edited.code() == 0)
    }

    async fn replace(&self, options: &[&str], from: &CommitId, to: &CommitId) -> Result<(), GitError> {
        let fixed = ["-m", "-u", "--no-recurse-submodules"];
        let args = fixed.iter().chain(options).copied().chain([from.as_str(), to.as_str()]);
        let answer = self.call("read-tree").args(args).run().await?;
        if answer.code() == 0 {
            return Ok(());
        }
        let (path, said) = (self.path.display(), &answer.stderr);
        Err(GitError::Refused(format!("the working tree {path} can not be updated: {said}")))
    }
}
