//! Unified diffs as files, hunks and lines, with what changed inside a line and a light syntax colouring.

mod align;
mod parse;
mod syntax;

#[cfg(test)]
mod tests;

pub use align::{Block, Row, blocks, rows};
pub use parse::parse;
pub use syntax::Token;

/// One file of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    /// Its path after the change, or before it when deleted.
    pub path: String,
    /// Its former path, when renamed.
    pub old_path: Option<String>,
    /// What happened to it.
    pub change: Change,
    /// Added lines.
    pub added: usize,
    /// Removed lines.
    pub removed: usize,
    /// Git shows no text for it.
    pub binary: bool,
    /// Its hunks in order.
    pub hunks: Vec<Hunk>,
}

/// What a diff does to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It did not exist.
    Added,
    /// It no longer exists.
    Deleted,
    /// It moved.
    Renamed,
    /// Its content changed.
    Modified,
}

/// A run of neighbouring lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// What git found around it: a function or class.
    pub context: String,
    /// Unchanged lines between the previous hunk, or the start of the file, and this one.
    pub skipped: u32,
    /// Its lines in order.
    pub lines: Vec<Line>,
}

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whether it was there before, after, or both.
    pub side: Side,
    /// Its number before.
    pub old: Option<u32>,
    /// Its number after.
    pub new: Option<u32>,
    /// Its text in pieces.
    pub spans: Vec<Span>,
    /// True when the file ends here without a newline.
    pub unterminated: bool,
}

/// Which version of the file has a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Both.
    Both,
    /// Only the old one.
    Old,
    /// Only the new one.
    New,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// Its syntactic role.
    pub token: Token,
    /// True when this piece is what differs from the line on the other side.
    pub changed: bool,
}

impl Line {
    /// The whole text.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

/// Added and removed lines of a whole diff.
pub fn totals(files: &[FileDiff]) -> (usize, usize) {
    files.iter().fold((0, 0), |(added, removed), file| (added + file.added, removed + file.removed))
}
