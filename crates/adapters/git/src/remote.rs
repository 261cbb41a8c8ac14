//! A remote, whatever it is: what its branches are, getting them, and writing one.

use std::collections::BTreeMap;
use std::sync::Arc;

use devos_contracts::CommitId;

use crate::command::{Actor, Call};
use crate::{Environment, GitError, Location, Mirror};

mod checkout;
mod path;
mod url;

use path::PathRepository;
use url::UrlRepository;

/// A remote that the policy let through.
#[derive(Debug)]
pub struct Remote(Kind);

#[derive(Debug)]
enum Kind {
    Path(PathRepository),
    Url(UrlRepository),
}

/// The branches of a remote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refs {
    /// The branch that HEAD names, if it names one.
    pub default_branch: Option<String>,
    /// Every branch and where it stands.
    pub heads: BTreeMap<String, CommitId>,
}

/// What a write did to a checked-out working tree at the remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checkout {
    /// The branch is checked out nowhere.
    None,
    /// A working tree was clean and shows the branch.
    Updated,
    /// A working tree has the branch checked out and differs from it.
    Untouched(String),
}

impl Remote {
    pub(crate) async fn open(environment: Arc<Environment>, location: Location) -> Result<Self, GitError> {
        Ok(Self(match location {
            Location::Path(path) => Kind::Path(PathRepository::open(environment, &path).await?),
            Location::Url(url) => Kind::Url(UrlRepository::new(environment, url)),
        }))
    }

    /// The remote's branches.
    pub async fn refs(&self) -> Result<Refs, GitError> {
        match &self.0 {
            Kind::Path(path) => path.refs().await,
            Kind::Url(url) => url.refs().await,
        }
    }

    /// Makes the mirror's branches equal to the remote's; commits that no branch holds any more stay.
    pub async fn fetch(&self, mirror: &Mirror) -> Result<(), GitError> {
        match &self.0 {
            Kind::Path(path) => path.fetch(mirror).await,
            Kind::Url(url) => url.fetch(mirror).await,
        }
    }

    /// Moves a branch from `expected` (`None` makes it) to `commit`, or changes nothing at all: when the branch stands
    /// elsewhere ([`GitError::Stale`]), or when a working tree that shows it has changes ([`GitError::Refused`]).
    pub async fn push(
        &self,
        mirror: &Mirror,
        branch: &str,
        commit: &CommitId,
        expected: Option<&CommitId>,
    ) -> Result<Checkout, GitError> {
        check_branch(mirror, branch).await?;
        mirror.require(commit).await?;
        let checkout = match &self.0 {
            Kind::Path(path) => path.push(mirror, branch, commit, expected).await?,
            Kind::Url(url) => url.push(mirror, branch, commit, expected).await.map(|()| Checkout::None)?,
        };
        let reference = format!("refs/heads/{branch}");
        mirror.call("update-ref").args([&reference, commit.as_str()]).succeed().await?;
        Ok(checkout)
    }

    /// Deletes a branch that stands at `expected`.
    pub async fn delete(&self, mirror: &Mirror, branch: &str, expected: &CommitId) -> Result<(), GitError> {
        check_branch(mirror, branch).await?;
        match &self.0 {
            Kind::Path(path) => path.delete(branch, expected).await?,
            Kind::Url(url) => url.delete(mirror, branch, expected).await?,
        }
        mirror.call("update-ref").args(["-d", &format!("refs/heads/{branch}")]).succeed().await?;
        Ok(())
    }

    /// What a working tree that has the branch checked out shows now.
    pub async fn checkout(&self, branch: &str) -> Result<Checkout, GitError> {
        match &self.0 {
            Kind::Path(path) => path.checkout(branch).await,
            Kind::Url(_) => Ok(Checkout::None),
        }
    }
}

async fn check_branch(mirror: &Mirror, branch: &str) -> Result<(), GitError> {
    let answer = mirror.call("check-ref-format").args([&format!("refs/heads/{branch}")]).run().await?;
    if answer.code() == 0 && !branch.starts_with('-') {
        return Ok(());
    }
    Err(GitError::BadBranch(branch.to_owned()))
}

/// Reads `<id>\t<ref>` or `<id> <ref>` lines of branches.
fn read_heads(text: &str) -> BTreeMap<String, CommitId> {
    let pairs = text.lines().filter_map(|line| line.split_once(['\t', ' ']));
    pairs.filter_map(|(id, name)| Some((name.strip_prefix("refs/heads/")?.to_owned(), CommitId::parse(id)?))).collect()
}

fn call(environment: &Environment, name: &str) -> Call {
    Call::new(environment, Actor::SELF, &[], name)
}
