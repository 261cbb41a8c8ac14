//! The parser behind [`super::parse_diff`].

use super::name::{same_name, unquote};
use super::{ChangeType, Content, FileChange, Hunk, Line};
use crate::error::DiffError;

const SYMLINK: &str = "120000";
const GITLINK: &str = "160000";
const PLAIN: &str = "100644";

/// Where in the diff the reading stands.
pub(super) struct Parser<'a> {
    pub lines: Vec<&'a str>,
    pub at: usize,
}

/// What the lines before the hunks say.
#[derive(Default)]
struct Header {
    old_mode: Option<String>,
    new_mode: Option<String>,
    kind: Option<ChangeType>,
    old_path: Option<String>,
    new_path: Option<String>,
    binary: bool,
}

impl<'a> Parser<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { lines: text.split('\n').collect(), at: 0 }
    }

    pub fn peek(&self) -> Option<&'a str> {
        self.lines.get(self.at).copied()
    }

    pub fn error(&self, detail: &str) -> DiffError {
        DiffError { line: self.at + 1, detail: detail.to_owned() }
    }

    pub fn file(&mut self, names: &str) -> Result<FileChange, DiffError> {
        let header = self.header()?;
        let (old, new) = match (header.old_path, header.new_path) {
            (Some(old), Some(new)) => (old, new),
            // A changed mode, an empty file and a binary file have no `---` and `+++`.
            (old, new) => {
                let name = same_name(names).ok_or_else(|| self.error("the paths can not be told apart"))?;
                (old.unwrap_or_else(|| name.clone()), new.unwrap_or(name))
            }
        };
        let mode = |mode: &str| [&header.old_mode, &header.new_mode].into_iter().flatten().any(|found| found == mode);
        let kind = header.kind.unwrap_or(ChangeType::Modified);
        let mode_changed = match kind {
            ChangeType::Added => header.new_mode.as_deref().is_some_and(|mode| mode != PLAIN),
            ChangeType::Deleted => false,
            _ => header.old_mode != header.new_mode,
        };
        let content = if mode(GITLINK) {
            Content::Submodule
        } else if mode(SYMLINK) {
            Content::Symlink
        } else if header.binary {
            Content::Binary
        } else {
            Content::Text
        };
        let mut change = FileChange {
            path: new,
            old_path: None,
            added: 0,
            removed: 0,
            kind,
            mode_changed,
            content,
            hunks: Vec::new(),
        };
        change.old_path = Some(old).filter(|old| *old != change.path);
        while self.peek().is_some_and(|line| line.starts_with("@@ ")) {
            let hunk = self.hunk()?;
            for line in &hunk.lines {
                match line {
                    Line::Added(_) => change.added += 1,
                    Line::Removed(_) => change.removed += 1,
                    Line::Context(_) => {}
                }
            }
            change.hunks.push(hunk);
        }
        Ok(change)
    }

    fn header(&mut self) -> Result<Header, DiffError> {
        let mut header = Header::default();
        let both = |header: &mut Header, mode: &str| {
            header.old_mode = Some(mode.to_owned());
            header.new_mode = Some(mode.to_owned());
        };
        while let Some(line) = self.peek() {
            let path = |text: &str, side: &str| {
                let path = unquote(text.trim_end_matches('\t'))?;
                path.strip_prefix(side).map(str::to_owned)
            };
            if let Some(mode) = line.strip_prefix("old mode ") {
                header.old_mode = Some(mode.to_owned());
            } else if let Some(mode) = line.strip_prefix("new mode ") {
                header.new_mode = Some(mode.to_owned());
            } else if let Some(mode) = line.strip_prefix("new file mode ") {
                header.kind = Some(ChangeType::Added);
                header.new_mode = Some(mode.to_owned());
            } else if let Some(mode) = line.strip_prefix("deleted file mode ") {
                header.kind = Some(ChangeType::Deleted);
                header.old_mode = Some(mode.to_owned());
            } else if let Some(name) = line.strip_prefix("rename from ").or_else(|| line.strip_prefix("copy from ")) {
                header.kind = Some(if line.starts_with('r') { ChangeType::Renamed } else { ChangeType::Copied });
                header.old_path = unquote(name);
            } else if let Some(name) = line.strip_prefix("rename to ").or_else(|| line.strip_prefix("copy to ")) {
                header.new_path = unquote(name);
            } else if let Some(ids) = line.strip_prefix("index ") {
                if let Some((_, mode)) = ids.split_once(' ') {
                    both(&mut header, mode);
                }
            } else if line.starts_with("Binary files ") {
                header.binary = true;
            } else if line == "GIT binary patch" {
                header.binary = true;
                self.skip_binary();
                continue;
            } else if let Some(name) = line.strip_prefix("--- ") {
                if name.trim_end() != "/dev/null" {
                    header.old_path = Some(path(name, "a/").ok_or_else(|| self.error("the path has no `a/`"))?);
                }
            } else if let Some(name) = line.strip_prefix("+++ ") {
                if name.trim_end() != "/dev/null" {
                    header.new_path = Some(path(name, "b/").ok_or_else(|| self.error("the path has no `b/`"))?);
                }
                self.at += 1;
                break;
            } else if !(line.starts_with("similarity index ") || line.starts_with("dissimilarity index ")) {
                break;
            }
            self.at += 1;
        }
        // A side that is /dev/null has the other side's name.
        match header.kind {
            Some(ChangeType::Added) if header.old_path.is_none() => header.old_path.clone_from(&header.new_path),
            Some(ChangeType::Deleted) if header.new_path.is_none() => header.new_path.clone_from(&header.old_path),
            _ => {}
        }
        Ok(header)
    }

    fn skip_binary(&mut self) {
        while self.peek().is_some_and(|line| !line.starts_with("diff --git ")) {
            self.at += 1;
        }
    }

    fn hunk(&mut self) -> Result<Hunk, DiffError> {
        let line = self.peek().unwrap_or_default();
        let (mut old, mut new, heading) = ranges(line).ok_or_else(|| self.error("a malformed hunk header"))?;
        let mut hunk = Hunk { heading: heading.trim().to_owned(), lines: Vec::new() };
        self.at += 1;
        // The counts decide where a hunk ends: a removed `-- x` looks like a header.
        while old > 0 || new > 0 {
            let line = self.peek().ok_or_else(|| self.error("the hunk is cut off"))?;
            let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
            let text = text.to_owned();
            match sign {
                " " if old > 0 && new > 0 => {
                    (old, new) = (old - 1, new - 1);
                    hunk.lines.push(Line::Context(text));
                }
                "-" if old > 0 => {
                    old -= 1;
                    hunk.lines.push(Line::Removed(text));
                }
                "+" if new > 0 => {
                    new -= 1;
                    hunk.lines.push(Line::Added(text));
                }
                "\\" => {}
                _ => return Err(self.error("a line that its hunk does not announce")),
            }
            self.at += 1;
        }
        while self.peek().is_some_and(|line| line.starts_with("\\ ")) {
            self.at += 1;
        }
        Ok(hunk)
    }
}

/// `@@ -1,2 +3,4 @@ heading`.
fn ranges(line: &str) -> Option<(u32, u32, &str)> {
    let (ranges, heading) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let count = |range: &str| match range.split_once(',') {
        Some((_, count)) => count.parse().ok(),
        None => range.parse::<u32>().ok().map(|_| 1),
    };
    Some((count(old)?, count(new)?, heading))
}
