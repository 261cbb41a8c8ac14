//! Bringing report files back, when no untrusted process is left that could move them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, open, openat2};
use nix::sys::stat::Mode;

use crate::protocol::{Frame, OUT, WORKSPACE};

/// Bytes of all files together.
const TOTAL_BYTES: u64 = 16 << 20;
/// Files brought back.
const MOST_FILES: usize = 1000;
/// Directory entries looked at; a run that leaves more gets the first ones.
const MOST_ENTRIES: usize = 500_000;

/// Sends every regular file of `$DEVOS_OUT`, and those of the checkout that match a glob, until the limits are reached.
pub(super) fn files(globs: &[String], mut send: impl FnMut(&Frame, &[u8]) -> io::Result<()>) -> io::Result<()> {
    let globs = compile(globs)?;
    let mut room = TOTAL_BYTES;
    let mut count = 0;
    for (root, filter) in [(OUT, None), (WORKSPACE, Some(&globs))] {
        if filter.is_some_and(GlobSet::is_empty) {
            continue;
        }
        let directory = open(root, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
        for path in walk(Path::new(root), filter) {
            let Some(bytes) = read_regular(&directory, &path, room) else {
                continue;
            };
            let Some(name) = path.to_str() else { continue };
            if count == MOST_FILES {
                return Ok(());
            }
            count += 1;
            room -= bytes.len() as u64;
            send(&Frame::File { path: name.to_owned(), length: bytes.len() as u64 }, &bytes)?;
        }
    }
    Ok(())
}

fn compile(globs: &[String]) -> io::Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let glob = glob.strip_prefix("./").unwrap_or(glob);
        set.add(GlobBuilder::new(glob).literal_separator(true).build().map_err(io::Error::other)?);
    }
    set.build().map_err(io::Error::other)
}

/// Paths below `root` that match, sorted; directories that are symbolic links are not entered.
fn walk(root: &Path, filter: Option<&GlobSet>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![PathBuf::new()];
    let mut seen = 0;
    while let Some(directory) = pending.pop() {
        let Ok(entries) = fs::read_dir(root.join(&directory)) else {
            continue;
        };
        for entry in entries.flatten() {
            seen += 1;
            if seen > MOST_ENTRIES {
                break;
            }
            let path = directory.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => pending.push(path),
                Ok(kind) if kind.is_file() && filter.is_none_or(|globs| globs.is_match(&path)) => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// The bytes of a regular file of at most `limit` bytes, reached without any symbolic link.
fn read_regular(directory: &OwnedFd, path: &Path, limit: u64) -> Option<Vec<u8>> {
    let how = OpenHow::new()
        .flags(OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC | OFlag::O_NOCTTY)
        .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS | ResolveFlag::RESOLVE_NO_MAGICLINKS);
    let file = File::from(openat2(directory, path, how).ok()?);
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > limit {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
