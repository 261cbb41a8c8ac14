//! Reads git's unified diffs, strictly: what can not be read can not be judged.

mod name;
mod parser;

use crate::error::DiffError;
use parser::Parser;

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeType {
    /// Its content or mode changed.
    Modified,
    /// It is new.
    Added,
    /// It is gone.
    Deleted,
    /// It has another path.
    Renamed,
    /// It was made from another file.
    Copied,
}

/// The change of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The path after the change; of a deleted file the path before it.
    pub path: String,
    /// The path before, where it differs.
    pub old_path: Option<String>,
    /// Added lines.
    pub added: u32,
    /// Removed lines.
    pub removed: u32,
    /// What happened.
    pub kind: ChangeType,
    /// File type or executable bit changed, or a new file is executable.
    pub mode_changed: bool,
    /// What the file is, or was.
    pub content: Content,
    /// The changed regions.
    pub hunks: Vec<Hunk>,
}

/// What a file is; of a file that changes its nature the less ordinary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Content {
    /// Text, or nothing.
    Text,
    /// Bytes that git does not show.
    Binary,
    /// A symbolic link.
    Symlink,
    /// Another repository's commit.
    Submodule,
}

/// A changed region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hunk {
    /// The heading that git puts behind the second `@@`: usually the enclosing function.
    pub heading: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A line of a hunk, without its sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Unchanged.
    Context(String),
    /// New.
    Added(String),
    /// Gone.
    Removed(String),
}

impl FileChange {
    /// The new lines.
    pub fn added_lines(&self) -> impl Iterator<Item = &str> {
        self.hunks.iter().flat_map(|hunk| &hunk.lines).filter_map(|line| match line {
            Line::Added(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Every path that the change touches.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.path.as_str()).chain(self.old_path.as_deref())
    }
}

/// Reads the output of `git diff`; an empty text is an empty change.
pub fn parse_diff(text: &str) -> Result<Vec<FileChange>, DiffError> {
    let mut parser = Parser::new(text);
    let mut changes = Vec::new();
    while let Some(line) = parser.peek() {
        if let Some(names) = line.strip_prefix("diff --git ") {
            parser.at += 1;
            changes.push(parser.file(names)?);
        } else if changes.is_empty() && !line.starts_with("--- ") && !line.starts_with("@@") {
            // `git show` and `format-patch` print a message first.
            parser.at += 1;
        } else if line.is_empty() || line == "-- " {
            break;
        } else {
            return Err(parser.error("expected `diff --git`"));
        }
    }
    let rest = parser.lines[parser.at..].iter().position(|line| line.starts_with("diff --git "));
    if let Some(offset) = rest {
        parser.at += offset;
        return Err(parser.error("a change behind the end of the diff"));
    }
    if changes.is_empty() && !text.trim().is_empty() {
        parser.at = 0;
        return Err(parser.error("no `diff --git` in it"));
    }
    Ok(changes)
}
