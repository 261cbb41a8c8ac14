//! A repository on this machine, read and written by git running as its owner.
//!
//! Neither `upload-pack` nor `receive-pack` is used: they read the other side's configuration and run its hooks.
//! Objects travel as a pack from one git to the other, and branches move with `update-ref` and the value they must have.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use devos_contracts::CommitId;

use super::checkout::WorkTree;
use super::{Checkout, Refs, read_heads};
use crate::command::{Actor, Call, Prepared};
use crate::{Environment, GitError, Mirror};

mod tags;

#[derive(Debug)]
pub(super) struct PathRepository {
    pub(super) environment: Arc<Environment>,
    pub(super) actor: Actor,
    /// The directory that holds refs and objects.
    pub(super) git_dir: PathBuf,
}

impl PathRepository {
    pub(super) async fn open(environment: Arc<Environment>, path: &Path) -> Result<Self, GitError> {
        let shown = path.display();
        let Ok(path) = path.canonicalize() else {
            return Err(GitError::Unreachable(format!("{shown} does not exist or may not be entered")));
        };
        if !path.is_dir() {
            return Err(GitError::Unreachable(format!("{shown} is not a directory")));
        }
        let actor = Actor::owner_of(&path)?;
        let trust = [format!("safe.directory={}", path.display())];
        let call = Call::new(&environment, actor, &trust, "rev-parse").directory(&path);
        let answer = call.args(["--path-format=absolute", "--git-common-dir", "--is-shallow-repository"]).run().await?;
        if answer.code() != 0 {
            let said = &answer.stderr;
            return Err(GitError::Unreachable(format!("{shown} is not a git repository that can be read: {said}")));
        }
        let unexpected = answer.unexpected();
        let text = answer.text()?;
        let (git_dir, shallow) = text.rsplit_once('\n').ok_or(unexpected)?;
        if shallow == "true" {
            let advice = "it is a shallow clone; run `git fetch --unshallow` there";
            return Err(GitError::Unreachable(format!("{shown} lacks history: {advice}")));
        }
        Ok(Self { environment, actor, git_dir: PathBuf::from(git_dir) })
    }

    pub(super) fn call(&self, name: &str) -> Call {
        Call::new(&self.environment, self.actor, &[], name).git_dir(&self.git_dir)
    }

    pub(super) async fn refs(&self) -> Result<Refs, GitError> {
        let format = "--format=%(objectname) %(refname)";
        let heads = read_heads(&self.call("for-each-ref").args([format, "refs/heads/"]).text().await?);
        let head = self.call("symbolic-ref").args(["--quiet", "HEAD"]).run().await?;
        let head = if head.code() == 0 { head.text()? } else { String::new() };
        Ok(Refs { default_branch: head.strip_prefix("refs/heads/").map(str::to_owned), heads })
    }

    pub(super) async fn fetch(&self, mirror: &Mirror) -> Result<(), GitError> {
        let theirs = self.refs().await?.heads;
        let ours = mirror_heads(mirror).await?;
        let mut wanted = Vec::new();
        for head in theirs.values() {
            if !ours.values().any(|known| known == head) && !mirror.has(head).await? {
                wanted.push(head);
            }
        }
        let mut common = Vec::new();
        for head in ours.values() {
            if self.has(head).await? {
                common.push(head);
            }
        }
        let network = self.environment.network_timeout;
        transfer(self.call("pack-objects").timeout(network), mirror.call("index-pack"), &wanted, &common).await?;
        if !wanted.is_empty() {
            // The source may itself lack objects, and a mirror must be whole.
            let tips = lines(wanted.iter().map(ToString::to_string));
            let call = mirror.call("rev-list").timeout(network).input(tips);
            let checked = call.args(["--objects", "--quiet", "--stdin", "--not", "--all"]).run().await?;
            if checked.code() != 0 {
                return Err(GitError::Unreachable(format!("the repository lacks objects: {}", checked.stderr)));
            }
        }
        let gone = ours.keys().filter(|branch| !theirs.contains_key(*branch));
        let moved = theirs.iter().filter(|(branch, head)| ours.get(*branch) != Some(*head));
        // Deletions apart and first, so that `a` can make room for `a/b`.
        let deletions = lines(gone.map(|branch| format!("delete refs/heads/{branch}")));
        let updates = lines(moved.map(|(branch, head)| format!("update refs/heads/{branch} {head}")));
        for changes in [deletions, updates] {
            if !changes.is_empty() {
                mirror.call("update-ref").input(changes).args(["--stdin"]).succeed().await?;
            }
        }
        self.fetch_tags(mirror).await
    }

    pub(super) async fn push(
        &self,
        mirror: &Mirror,
        branch: &str,
        commit: &CommitId,
        expected: Option<&CommitId>,
    ) -> Result<Checkout, GitError> {
        let mut common = Vec::new();
        let heads = self.refs().await?.heads;
        if heads.get(branch) != expected {
            return Err(GitError::Stale(format!("the branch {branch} moved at the remote")));
        }
        for head in heads.values() {
            if mirror.has(head).await? {
                common.push(head);
            }
        }
        if !self.has(commit).await? {
            transfer(mirror.call("pack-objects"), self.call("index-pack"), &[commit], &common).await?;
        }
        let trees = WorkTree::showing(self, branch).await?;
        let [tree] = &trees[..] else {
            if trees.is_empty() {
                self.move_branch(branch, Some(commit), expected).await?;
                return Ok(Checkout::None);
            }
            return Err(GitError::Refused(format!("{branch} is checked out in {} working trees", trees.len())));
        };
        let Some(expected) = expected else {
            return Err(GitError::Refused(format!("{branch} is checked out and has no commit yet")));
        };
        tree.advance(branch, commit, expected).await?;
        Ok(Checkout::Updated)
    }

    pub(super) async fn delete(&self, branch: &str, expected: &CommitId) -> Result<(), GitError> {
        if !WorkTree::showing(self, branch).await?.is_empty() {
            return Err(GitError::Refused(format!("{branch} is checked out")));
        }
        self.move_branch(branch, None, Some(expected)).await
    }

    pub(super) async fn checkout(&self, branch: &str) -> Result<Checkout, GitError> {
        let trees = WorkTree::showing(self, branch).await?;
        let Some(tree) = trees.first() else {
            return Ok(Checkout::None);
        };
        Ok(tree.changes().await?.map_or(Checkout::Updated, Checkout::Untouched))
    }

    /// Moves a branch if it still stands at `expected`; `None` means that it does not exist.
    pub(super) async fn move_branch(
        &self,
        branch: &str,
        to: Option<&CommitId>,
        expected: Option<&CommitId>,
    ) -> Result<(), GitError> {
        let reference = format!("refs/heads/{branch}");
        // The empty value means "must not exist".
        let old = expected.map_or("", CommitId::as_str);
        let call = self.call("update-ref");
        let call = match to {
            Some(commit) => call.args(["-m", "DevOS Cloud", &reference, commit.as_str(), old]),
            None => call.args(["-m", "DevOS Cloud", "-d", &reference, old]),
        };
        let answer = call.run().await?;
        if answer.code() == 0 {
            return Ok(());
        }
        if self.refs().await?.heads.get(branch) == expected {
            return Err(GitError::Refused(answer.stderr));
        }
        Err(GitError::Stale(format!("the branch {branch} moved at the remote")))
    }

    async fn has(&self, commit: &CommitId) -> Result<bool, GitError> {
        let answer = self.call("cat-file").args(["-e", &format!("{commit}^{{commit}}")]).run().await?;
        Ok(answer.code() == 0)
    }
}

async fn mirror_heads(mirror: &Mirror) -> Result<std::collections::BTreeMap<String, CommitId>, GitError> {
    let format = "--format=%(objectname) %(refname)";
    Ok(read_heads(&mirror.call("for-each-ref").args([format, "refs/heads/"]).text().await?))
}

/// Sends what `wanted` reaches and `common` does not, as one thin pack.
async fn transfer(source: Call, sink: Call, wanted: &[&CommitId], common: &[&CommitId]) -> Result<(), GitError> {
    if wanted.is_empty() {
        return Ok(());
    }
    let excluded = common.iter().map(|id| format!("^{id}"));
    let revisions = lines(wanted.iter().map(ToString::to_string).chain(excluded));
    let pack = ["--revs", "--stdout", "--thin", "--delta-base-offset", "--quiet"];
    let source: Prepared = source.input(revisions).args(pack);
    source.pipe_into(sink.args(["--stdin", "--fix-thin"])).await
}

fn lines(items: impl Iterator<Item = String>) -> String {
    items.flat_map(|item| [item, "\n".to_owned()]).collect()
}
