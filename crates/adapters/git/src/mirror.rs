//! One bare mirror: reading commits, and building commits without a working tree.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use devos_contracts::CommitId;

use crate::command::{Actor, Call};
use crate::{Environment, GitError, LogEntry, history};

/// Author and committer of every commit that the product makes.
pub const IDENTITY_NAME: &str = "DevOS Cloud";
/// The address that goes with [`IDENTITY_NAME`].
pub const IDENTITY_EMAIL: &str = "devos@localhost";

/// A bare mirror of one repository; exclusive when it came from [`crate::Mirrors::lock`].
#[derive(Debug)]
pub struct Mirror {
    environment: Arc<Environment>,
    path: PathBuf,
    _lock: Option<File>,
}

/// What merging two commits gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// The tree of the result.
    Clean(String),
    /// The files in conflict, sorted.
    Conflict(Vec<String>),
}

/// A commit to make; equal ones get equal ids.
#[derive(Debug, Clone, Copy)]
pub struct NewCommit<'a> {
    /// The tree's object id.
    pub tree: &'a str,
    /// The parents, in order.
    pub parents: &'a [&'a CommitId],
    /// The whole message.
    pub message: &'a str,
    /// Author and committer date.
    pub at: DateTime<Utc>,
}

impl Mirror {
    pub(crate) fn new(environment: Arc<Environment>, path: PathBuf, lock: Option<File>) -> Self {
        Self { environment, path, _lock: lock }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn call(&self, name: &str) -> Call {
        Call::new(&self.environment, Actor::SELF, &[], name).git_dir(&self.path)
    }

    /// The commit a branch stood at when it was last fetched or pushed.
    pub async fn head(&self, branch: &str) -> Result<Option<CommitId>, GitError> {
        let reference = format!("refs/heads/{branch}^{{commit}}");
        let answer = self.call("rev-parse").args(["--verify", "--quiet", "--end-of-options", &reference]).run().await?;
        if answer.code() == 1 {
            return Ok(None);
        }
        let answer = answer.succeeded()?;
        let unexpected = answer.unexpected();
        CommitId::parse(&answer.text()?).map(Some).ok_or(unexpected)
    }

    /// True when the commit is here.
    pub async fn has(&self, commit: &CommitId) -> Result<bool, GitError> {
        let Some(commit) = CommitId::parse(commit.as_str()) else {
            return Ok(false);
        };
        let answer = self.call("cat-file").args(["-e", &format!("{commit}^{{commit}}")]).run().await?;
        Ok(answer.code() == 0)
    }

    /// Fails with [`GitError::UnknownCommit`] unless the commit is here.
    pub async fn require(&self, commit: &CommitId) -> Result<(), GitError> {
        if self.has(commit).await? { Ok(()) } else { Err(GitError::UnknownCommit(commit.clone())) }
    }

    /// True when `ancestor` is reachable from `descendant`; a commit is its own ancestor.
    pub async fn is_ancestor(&self, ancestor: &CommitId, descendant: &CommitId) -> Result<bool, GitError> {
        self.require(ancestor).await?;
        self.require(descendant).await?;
        let args = ["--is-ancestor", ancestor.as_str(), descendant.as_str()];
        let answer = self.call("merge-base").args(args).run().await?;
        match answer.code() {
            0 => Ok(true),
            1 => Ok(false),
            _ => Err(answer.failure()),
        }
    }

    /// First-parent history from `from` backwards, newest first, at most `limit` entries.
    pub async fn log(&self, from: &CommitId, limit: usize) -> Result<Vec<LogEntry>, GitError> {
        self.require(from).await?;
        history::read(self, from, limit).await
    }

    /// The first parent, or `None` for a root.
    pub async fn first_parent(&self, commit: &CommitId) -> Result<Option<CommitId>, GitError> {
        self.require(commit).await?;
        let answer = self.call("rev-list").args(["--parents", "-n", "1", commit.as_str()]).succeed().await?;
        let unexpected = answer.unexpected();
        let line = answer.text()?;
        line.split(' ').nth(1).map(|parent| CommitId::parse(parent).ok_or(unexpected)).transpose()
    }

    /// The commits on `tip`'s first-parent line, after `contained`, that contain it; newest first.
    pub async fn first_parent_containing(
        &self,
        contained: &CommitId,
        tip: &CommitId,
    ) -> Result<Vec<CommitId>, GitError> {
        let range = format!("{contained}..{tip}");
        let line = self.call("rev-list").args(["--first-parent", &range]).text().await?;
        let path = self.call("rev-list").args(["--ancestry-path", &range]).text().await?;
        let containing: std::collections::HashSet<&str> = path.lines().collect();
        Ok(line.lines().filter(|id| containing.contains(id)).filter_map(CommitId::parse).collect())
    }

    /// The tree of a commit.
    pub async fn tree(&self, commit: &CommitId) -> Result<String, GitError> {
        self.require(commit).await?;
        self.call("rev-parse").args(["--verify", "--end-of-options", &format!("{commit}^{{tree}}")]).text().await
    }

    /// The tree that holds nothing.
    pub async fn empty_tree(&self) -> Result<String, GitError> {
        self.call("mktree").args([""; 0]).text().await
    }

    /// Every regular file of a commit as (path, blob id), sorted by path; symbolic links and submodules left out.
    pub async fn files(&self, commit: &CommitId) -> Result<Vec<(String, String)>, GitError> {
        self.require(commit).await?;
        let answer = self.call("ls-tree").args(["-r", "-z", "--full-tree", commit.as_str()]).succeed().await?;
        Ok(answer.stdout.split(|&byte| byte == 0).filter_map(regular_file).collect())
    }

    /// The bytes of a regular file; `None` when there is none at that path.
    pub async fn file(&self, commit: &CommitId, path: &str, limit: usize) -> Result<Option<Vec<u8>>, GitError> {
        self.require(commit).await?;
        // Git would read these as places outside of the tree, or fold them into others.
        if path.contains('\0') || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Ok(None);
        }
        let answer = self.call("ls-tree").args(["-z", "--full-tree", commit.as_str(), "--", path]).succeed().await?;
        let entry = answer.stdout.split(|&byte| byte == 0).filter_map(regular_file).find(|(name, _)| name == path);
        let Some((_, blob)) = entry else { return Ok(None) };
        let answer = self.call("cat-file").output_limit(limit).args(["blob", &blob]).succeed().await?;
        Ok(Some(answer.stdout))
    }

    /// Merges two commits over the merge base that git finds itself.
    pub async fn merge(&self, ours: &CommitId, theirs: &CommitId) -> Result<Merged, GitError> {
        self.require(ours).await?;
        self.require(theirs).await?;
        let args = ["--write-tree", "-z", "--name-only", "--no-messages", ours.as_str(), theirs.as_str()];
        let answer = self.call("merge-tree").args(args).run().await?;
        let code = answer.code();
        if code != 0 && code != 1 {
            return Err(answer.failure());
        }
        let mut fields =
            answer.stdout.split(|&byte| byte == 0).map(|field| String::from_utf8_lossy(field).into_owned());
        let tree = fields.next().filter(|tree| !tree.is_empty()).ok_or_else(|| answer.unexpected())?;
        if code == 0 {
            return Ok(Merged::Clean(tree));
        }
        let mut files: Vec<String> = fields.take_while(|field| !field.is_empty()).collect();
        files.sort();
        files.dedup();
        Ok(Merged::Conflict(files))
    }

    /// Applies to `onto` what leads from `from` to `to`; the three need no common history.
    ///
    /// Two parentless-but-one commits make `from` the merge base, which works with every git from 2.38 on, where
    /// `merge-tree --merge-base` needs 2.40.
    pub async fn transplant(&self, onto: &str, from: &str, to: &str) -> Result<Merged, GitError> {
        let scratch = |tree, parents| NewCommit { tree, parents, message: "merge", at: DateTime::UNIX_EPOCH };
        let base = self.commit(scratch(from, &[])).await?;
        let parents = [&base];
        let ours = self.commit(scratch(onto, &parents)).await?;
        let theirs = self.commit(scratch(to, &parents)).await?;
        self.merge(&ours, &theirs).await
    }

    /// Makes a commit that no branch holds yet.
    pub async fn commit(&self, new: NewCommit<'_>) -> Result<CommitId, GitError> {
        let date = format!("@{} +0000", new.at.timestamp());
        let mut args = vec![new.tree];
        for parent in new.parents {
            args.extend(["-p", parent.as_str()]);
        }
        // An empty message would leave standard input closed, which git reads as an empty message too.
        let call = self.call("commit-tree").env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
        let answer = call.input(new.message).args(args).succeed().await?;
        let unexpected = answer.unexpected();
        CommitId::parse(&answer.text()?).ok_or(unexpected)
    }

    /// The unified diff from one commit to another: full index, no colours, no renames.
    pub async fn diff(&self, from: &CommitId, to: &CommitId) -> Result<String, GitError> {
        let format = ["-p", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames"];
        let call = self.call("diff-tree").output_limit(16 << 20);
        let answer = call.args(format.into_iter().chain([from.as_str(), to.as_str()])).succeed().await?;
        Ok(String::from_utf8_lossy(&answer.stdout).into_owned())
    }

    /// Writes the files of a commit into an empty directory, and the index that goes with them to a file beside it.
    pub(crate) async fn export(&self, commit: &CommitId, directory: &Path, index: &Path) -> Result<(), GitError> {
        self.require(commit).await?;
        self.call("read-tree").env("GIT_INDEX_FILE", index).args([commit.as_str()]).succeed().await?;
        let call = self.call("checkout-index").env("GIT_INDEX_FILE", index).work_tree(directory);
        call.args(["--all", "--index", "--quiet"]).succeed().await?;
        Ok(())
    }
}

/// Reads `mode type object\tpath` of `git ls-tree -z`.
fn regular_file(entry: &[u8]) -> Option<(String, String)> {
    let entry = std::str::from_utf8(entry).ok()?;
    let (head, path) = entry.split_once('\t')?;
    let mut words = head.split(' ');
    let (mode, _, object) = (words.next()?, words.next()?, words.next()?);
    mode.starts_with("100").then(|| (path.to_owned(), object.to_owned()))
}
