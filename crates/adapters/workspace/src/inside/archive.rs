//! What a setup phase added, as one stream, and that stream as a directory again.
//!
//! The stream is only ever written and read inside a sandbox: the host stores it as bytes. It holds what is new in the
//! checkout and in the home directory. Changes to tracked files and to the checkout's own repository are left out, so
//! that every later commit shows its own.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::protocol::{Frame, HOME, SOURCE, UNPACKED, WORKSPACE, read_line, write_frame, write_line};

/// Bytes of one frame.
const CHUNK: usize = 1 << 20;

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    path: String,
    kind: Kind,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Directory { mode: u32 },
    File { mode: u32, modified: u64, length: u64 },
    Link { target: String },
}

/// Sends the archive in frames; fails when it would be larger than `limit`.
pub(super) fn pack(limit: u64, answer: &mut impl Write) -> io::Result<()> {
    let mut chunks = BufWriter::with_capacity(CHUNK, Chunks { answer, room: limit });
    for (name, place, tracked) in [("workspace", WORKSPACE, Some(Path::new(SOURCE))), ("home", HOME, None)] {
        write_line(&mut chunks, &Entry { path: name.to_owned(), kind: Kind::Directory { mode: 0o755 } })?;
        pack_directory(Path::new(place), tracked, Path::new(name), &mut chunks)?;
    }
    chunks.flush()
}

fn pack_directory(from: &Path, tracked: Option<&Path>, name: &Path, out: &mut impl Write) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, own_name) = (entry.path(), entry.file_name());
        // Compiled Python is matched to its source by second and size, which two commits can share.
        if tracked.is_some() && own_name == "__pycache__" {
            continue;
        }
        if tracked == Some(Path::new(SOURCE)) && own_name == ".git" {
            continue;
        }
        let name = name.join(&own_name);
        let (Some(path), metadata) = (name.to_str().map(str::to_owned), source.symlink_metadata()?) else {
            continue;
        };
        let original = tracked.map(|tracked| tracked.join(&own_name)).filter(|path| path.symlink_metadata().is_ok());
        let mode = metadata.mode() & 0o777;
        if metadata.is_dir() {
            if original.as_ref().is_none_or(|original| original.is_dir() && !original.is_symlink()) {
                write_line(out, &Entry { path, kind: Kind::Directory { mode } })?;
                pack_directory(&source, original.as_deref(), &name, out)?;
            }
        } else if original.is_some() {
            // Tracked: the commit's own version counts.
        } else if metadata.is_symlink() {
            let target = fs::read_link(&source)?;
            if let Some(target) = target.to_str() {
                write_line(out, &Entry { path, kind: Kind::Link { target: target.to_owned() } })?;
            }
        } else if metadata.is_file() {
            let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            let length = metadata.len();
            let mut file = File::open(&source)?.take(length);
            write_line(out, &Entry { path, kind: Kind::File { mode, modified, length } })?;
            if io::copy(&mut file, out)? != length {
                return Err(io::Error::other("a file shrank while it was read"));
            }
        }
    }
    Ok(())
}

/// Unpacks an archive into the directory of the host that is mounted for it.
pub(super) fn unpack(input: &mut impl Read) -> io::Result<()> {
    let root = Path::new(UNPACKED);
    let mut input = BufReader::new(input);
    while let Some(entry) = read_line::<Entry>(&mut input)? {
        let path = root.join(inner(&entry.path)?);
        match entry.kind {
            Kind::Directory { mode } => DirBuilder::new().mode(mode | 0o700).create(path)?,
            Kind::Link { target } => symlink(target, path)?,
            Kind::File { mode, modified, length } => {
                let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
                if io::copy(&mut (&mut input).take(length), &mut file)? != length {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let modified: SystemTime = UNIX_EPOCH + Duration::from_secs(modified);
                file.set_modified(modified)?;
            }
        }
    }
    Ok(())
}

/// A path that stays below its root.
fn inner(path: &str) -> io::Result<PathBuf> {
    let path = PathBuf::from(path);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if plain { Ok(path) } else { Err(io::Error::other("the archive holds a path that leaves it")) }
}

/// Turns a stream into frames.
struct Chunks<'a, W: Write> {
    answer: &'a mut W,
    room: u64,
}

impl<W: Write> Write for Chunks<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = &bytes[..bytes.len().min(CHUNK)];
        let length = bytes.len() as u64;
        self.room =
            self.room.checked_sub(length).ok_or_else(|| io::Error::other("setup left more than may be kept"))?;
        write_frame(self.answer, &Frame::Archive { length }, bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.answer.flush()
    }
}
