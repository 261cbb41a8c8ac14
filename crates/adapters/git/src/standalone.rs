//! A repository beside a checkout, so that code under test can ask git about itself.
//!
//! It holds what the commit reaches and nothing else: no remote, no hook, no branch, no link to the mirror, no setting
//! of this machine. Whoever owns the checkout may rewrite it; nobody here ever opens it.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use devos_contracts::CommitId;

use crate::{GitError, Mirror};

/// Commits that a repository holds at most; beyond them it is shallow, as CI clones are. The shorter ones are for
/// histories whose objects are too large; the last one is taken in any case.
const LENGTHS: [usize; 4] = [MOST_COMMITS, MOST_COMMITS / 10, MOST_COMMITS / 100, 1];
const MOST_COMMITS: usize = 10_000;
/// Commits read to find those, newest first; a history with more is cut where the unread ones begin.
const MOST_READ: usize = 4 * MOST_COMMITS;
/// Objects of a mirror, bytes, from which on a history is measured before it is packed, and which its pack may have.
const MOST_BYTES: u64 = 256 << 20;
/// Commits that a history must show of a commit for it to be used for that commit too.
const ENOUGH: usize = MOST_COMMITS / 2;

/// Which commits of a [`History`] have which parents; a commit that was cut off from its parents has none.
const GRAPH: &str = "graph";
/// The commits that were cut off, as git's own `shallow` file; absent when the history is whole.
const SHALLOW: &str = "shallow";

/// What [`read_tags`] reads of `git for-each-ref`.
pub(crate) const TAG_FORMAT: &str = "--format=%(objectname) %(objecttype) %(*objectname) %(*objecttype) %(refname)";

/// Only what makes git see a repository whose files were copied or overlaid as unchanged.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n\tcheckStat = minimal\n";

/// A tag that names a commit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tag {
    /// The whole name of the reference.
    pub name: String,
    /// What it points to: the commit, or a tag object.
    pub object: String,
    /// The commit.
    pub commit: CommitId,
}

/// What a commit reaches, in one pack that any number of checkouts share.
#[derive(Debug)]
pub struct History {
    directory: PathBuf,
    graph: HashMap<CommitId, Vec<CommitId>>,
    whole: bool,
}

impl Mirror {
    /// The tags that name commits, sorted by name.
    pub async fn tags(&self) -> Result<Vec<Tag>, GitError> {
        Ok(read_tags(&self.call("for-each-ref").args([TAG_FORMAT, "refs/tags/"]).text().await?))
    }

    /// Packs what a commit reaches, and those of the tags that it reaches, into an empty directory.
    pub async fn pack_history(&self, tip: &CommitId, tags: &[Tag], directory: &Path) -> Result<(), GitError> {
        self.require(tip).await?;
        let count = format!("--max-count={MOST_READ}");
        let listing = self.call("rev-list").args(["--parents", &count, tip.as_str()]).text().await?;
        let read = read_graph(&listing);
        let large = self.object_bytes().await? > MOST_BYTES;
        let mut graph = HashMap::new();
        for commits in LENGTHS {
            graph = cut(&read, tip, commits);
            write_graph(directory, &read, &graph).map_err(GitError::io("writing a history"))?;
            if !large || self.packed_bytes(tip, directory).await? <= MOST_BYTES {
                break;
            }
        }

        let held = tags.iter().filter(|tag| graph.contains_key(&tag.commit)).map(|tag| tag.object.as_str());
        let wanted: String = std::iter::once(tip.as_str()).chain(held).fold(String::new(), |mut text, id| {
            let _ = writeln!(text, "{id}");
            text
        });
        let pack = directory.join("pack");
        DirBuilder::new().mode(0o755).create(&pack).map_err(GitError::io("writing a history"))?;
        // Git moves the finished pack out of its object directory, which must be on the same file system.
        let call = self
            .call("pack-objects")
            .env("GIT_OBJECT_DIRECTORY", directory)
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", self.path().join("objects"))
            .env("GIT_SHALLOW_FILE", directory.join(SHALLOW));
        // Deltas of the mirror are used again; new ones would cost more time than they save space.
        let options = ["--revs", "--quiet", "--window=0", "--delta-base-offset"].map(std::ffi::OsStr::new);
        let base = pack.join("pack");
        call.input(wanted).args(options.into_iter().chain([base.as_os_str()])).succeed().await?;
        Ok(())
    }

    /// Writes the files of a commit into an empty directory, and beside them a repository that stands at that commit.
    ///
    /// Nothing of the repository runs: the mirror configures no filter, and git itself refuses paths that leave
    /// the directory or enter a `.git`.
    pub async fn check_out(
        &self,
        commit: &CommitId,
        tags: &[Tag],
        history: &History,
        directory: &Path,
    ) -> Result<(), GitError> {
        let index = directory.with_extension("index");
        let exported = self.export(commit, directory, &index).await;
        let written = exported.and_then(|()| {
            history.write_repository(commit, tags, directory, &index).map_err(GitError::io("writing a repository"))
        });
        // Moved when all went well; else a leftover is harmless, and the error matters more.
        let _ = fs::remove_file(&index);
        written
    }

    /// Bytes of all objects of the mirror.
    async fn object_bytes(&self) -> Result<u64, GitError> {
        let counted = self.call("count-objects").args(["-v"]).text().await?;
        let kibibytes =
            |line: &str| line.strip_prefix("size: ").or_else(|| line.strip_prefix("size-pack: "))?.parse::<u64>().ok();
        Ok(counted.lines().filter_map(kibibytes).sum::<u64>() << 10)
    }

    /// Bytes that a pack of the history begun in the directory would have.
    async fn packed_bytes(&self, tip: &CommitId, directory: &Path) -> Result<u64, GitError> {
        let call = self.call("rev-list").env("GIT_SHALLOW_FILE", directory.join(SHALLOW));
        let answer = call.args(["--objects", "--disk-usage", tip.as_str()]).succeed().await?;
        let unexpected = answer.unexpected();
        answer.text()?.parse().map_err(|_| unexpected)
    }
}

impl History {
    /// Reads what [`Mirror::pack_history`] wrote.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let graph = read_graph(&fs::read_to_string(directory.join(GRAPH))?);
        Ok(Self { directory: directory.to_owned(), graph, whole: !directory.join(SHALLOW).exists() })
    }

    /// True when it shows as much of this commit's past as a history of its own would, or enough of it.
    pub fn serves(&self, commit: &CommitId) -> bool {
        self.graph.contains_key(commit) && (self.whole || self.reached_from(commit).len() >= ENOUGH)
    }

    fn reached_from<'a>(&'a self, commit: &'a CommitId) -> HashSet<&'a CommitId> {
        let mut reached = HashSet::new();
        let mut pending = vec![commit];
        while let Some(commit) = pending.pop() {
            if let Some(parents) = self.graph.get(commit)
                && reached.insert(commit)
            {
                pending.extend(parents);
            }
        }
        reached
    }

    fn write_repository(&self, commit: &CommitId, tags: &[Tag], checkout: &Path, index: &Path) -> io::Result<()> {
        let root = checkout.join(".git");
        // Fails when the commit holds something of that name, which git should have refused.
        for name in ["", "objects", "objects/info", "objects/pack", "refs", "refs/heads", "refs/tags", "info"] {
            DirBuilder::new().mode(0o755).create(root.join(name))?;
        }
        let reached = self.reached_from(commit);
        let held = tags.iter().filter(|tag| reached.contains(&tag.commit));
        let tags = held.fold(String::new(), |mut text, Tag { name, object, .. }| {
            let _ = writeln!(text, "{object} {name}");
            text
        });
        fs::write(root.join("HEAD"), format!("{commit}\n"))?;
        fs::write(root.join("config"), CONFIG)?;
        fs::write(root.join("packed-refs"), tags)?;
        if !self.whole {
            fs::copy(self.directory.join(SHALLOW), root.join(SHALLOW))?;
        }
        for entry in fs::read_dir(self.directory.join("pack"))? {
            let entry = entry?;
            let place = root.join("objects/pack").join(entry.file_name());
            // A second name costs no space, and keeps the pack when the history is forgotten.
            fs::hard_link(entry.path(), &place).or_else(|_| fs::copy(entry.path(), &place).map(|_| ()))?;
        }
        fs::rename(index, root.join("index"))
    }
}

/// Reads `<id> <type> <tagged id> <tagged type> <name>` lines; tags of anything but commits are left out.
pub(crate) fn read_tags(text: &str) -> Vec<Tag> {
    let tag = |line: &str| {
        let mut words = line.splitn(5, ' ');
        let mut word = || words.next();
        let (object, kind, tagged, tagged_kind) = (word()?, word()?, word()?, word()?);
        let commit = match (kind, tagged_kind) {
            ("commit", _) => object,
            ("tag", "commit") => tagged,
            _ => return None,
        };
        Some(Tag { name: word()?.to_owned(), object: object.to_owned(), commit: CommitId::parse(commit)? })
    };
    text.lines().filter_map(tag).collect()
}

/// Reads `<id> <parent>...` lines.
fn read_graph(text: &str) -> HashMap<CommitId, Vec<CommitId>> {
    let entry = |line: &str| {
        let mut ids = line.split(' ').map(CommitId::parse);
        Some((ids.next()??, ids.collect::<Option<_>>()?))
    };
    text.lines().filter_map(entry).collect()
}

/// The commits that are fewest steps away from the tip, as many whole steps as the limit allows; those at the end have
/// no parents any more.
fn cut(read: &HashMap<CommitId, Vec<CommitId>>, tip: &CommitId, limit: usize) -> HashMap<CommitId, Vec<CommitId>> {
    let parents = |commit: &CommitId| read.get(commit).map_or(&[][..], Vec::as_slice);
    let mut held = HashSet::from([tip]);
    let mut step = vec![tip];
    loop {
        let next: HashSet<&CommitId> =
            step.into_iter().flat_map(parents).filter(|parent| !held.contains(parent)).collect();
        let readable = next.iter().all(|commit| read.contains_key(commit));
        if next.is_empty() || held.len() + next.len() > limit || !readable {
            break;
        }
        held.extend(&next);
        step = next.into_iter().collect();
    }
    let whole = |commit: &CommitId| parents(commit).iter().all(|parent| held.contains(parent));
    held.iter()
        .map(|&commit| (commit.clone(), if whole(commit) { parents(commit).to_vec() } else { Vec::new() }))
        .collect()
}

fn write_graph(
    directory: &Path,
    read: &HashMap<CommitId, Vec<CommitId>>,
    graph: &HashMap<CommitId, Vec<CommitId>>,
) -> io::Result<()> {
    let (mut lines, mut shallow) = (String::new(), String::new());
    for (commit, parents) in graph {
        let _ = write!(lines, "{commit}");
        for parent in parents {
            let _ = write!(lines, " {parent}");
        }
        lines.push('\n');
        if parents.is_empty() && read.get(commit).is_some_and(|parents| !parents.is_empty()) {
            let _ = writeln!(shallow, "{commit}");
        }
    }
    fs::write(directory.join(GRAPH), lines)?;
    if shallow.is_empty() { Ok(()) } else { fs::write(directory.join(SHALLOW), shallow) }
}

#[cfg(test)]
mod tests;
