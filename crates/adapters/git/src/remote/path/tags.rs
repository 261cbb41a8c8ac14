//! The tags of a repository on this machine, as far as they name commits that the mirror has.

use std::collections::{HashMap, HashSet};

use devos_contracts::CommitId;

use super::{PathRepository, lines, transfer};
use crate::standalone::{TAG_FORMAT, read_tags};
use crate::{GitError, Mirror, Tag};

impl PathRepository {
    /// Makes the mirror's tags equal to the repository's, as `git fetch` follows them: those of commits on branches.
    pub(super) async fn fetch_tags(&self, mirror: &Mirror) -> Result<(), GitError> {
        let listing = self.call("for-each-ref").args([TAG_FORMAT, "refs/tags/"]).run().await?;
        if listing.code() != 0 {
            // A broken tag is no reason not to test the branches, which are whole.
            return Ok(());
        }
        let theirs = read_tags(&listing.text()?);
        let ours = mirror.tags().await?;
        let known: HashMap<&str, &str> = ours.iter().map(|tag| (tag.name.as_str(), tag.object.as_str())).collect();
        let fresh: Vec<&Tag> =
            theirs.iter().filter(|tag| known.get(tag.name.as_str()) != Some(&tag.object.as_str())).collect();
        let held = held(mirror, &fresh).await?;
        let fresh: Vec<&Tag> = fresh.into_iter().filter(|tag| held.contains(&tag.commit)).collect();
        let objects: Vec<CommitId> = fresh.iter().filter_map(|tag| CommitId::parse(&tag.object)).collect();
        let (objects, commits): (Vec<&CommitId>, Vec<&CommitId>) =
            objects.iter().zip(&fresh).map(|(object, tag)| (object, &tag.commit)).filter(|(a, b)| a != b).unzip();
        transfer(self.call("pack-objects"), mirror.call("index-pack"), &objects, &commits).await?;

        let names: HashSet<&str> = theirs.iter().map(|tag| tag.name.as_str()).collect();
        let gone = ours.iter().filter(|tag| !names.contains(tag.name.as_str()));
        let deletions = lines(gone.map(|tag| format!("delete {}", tag.name)));
        let updates = lines(fresh.iter().map(|tag| format!("update {} {}", tag.name, tag.object)));
        for changes in [deletions, updates] {
            if !changes.is_empty() {
                mirror.call("update-ref").input(changes).args(["--stdin"]).succeed().await?;
            }
        }
        Ok(())
    }
}

/// Those of the tagged commits that the mirror has.
async fn held(mirror: &Mirror, tags: &[&Tag]) -> Result<HashSet<CommitId>, GitError> {
    if tags.is_empty() {
        return Ok(HashSet::new());
    }
    let asked = lines(tags.iter().map(|tag| tag.commit.to_string()));
    let answer =
        mirror.call("cat-file").input(asked).args(["--batch-check=%(objectname) %(objecttype)"]).text().await?;
    Ok(answer.lines().filter_map(|line| CommitId::parse(line.strip_suffix(" commit")?)).collect())
}
