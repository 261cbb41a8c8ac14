//! Reads git's unified diffs.

use super::{Change, FileDiff, Hunk, Line, Side, Span, Token, align, syntax};

/// Reads a diff as git writes it; text before the first file is ignored.
pub fn parse(diff: &str) -> Vec<FileDiff> {
    let mut files: Vec<FileDiff> = Vec::new();
    let mut cursor = Cursor::default();
    for line in diff.lines() {
        if cursor.in_hunk() && belongs(line) {
            if let Some(file) = files.last_mut() {
                cursor.take(file, line);
            }
        } else if let Some(paths) = line.strip_prefix("diff --git ") {
            files.push(opened(paths));
            cursor = Cursor::default();
        } else if let Some(file) = files.last_mut() {
            if let Some(header) = line.strip_prefix("@@ ") {
                cursor.open(file, header);
            } else if line.starts_with('\\') {
                mark_unterminated(file);
            } else {
                describe(file, line);
            }
        } else if let Some(path) = line.strip_prefix("+++ ") {
            // A plain `diff -u` without git's header line.
            files.push(opened(&format!("a/x {path}")));
        }
    }
    for file in &mut files {
        finish(file);
    }
    files
}

/// Lines of a hunk have a mark; mailers strip that of empty ones. Anything else ends a hunk that promised more.
fn belongs(line: &str) -> bool {
    line.is_empty() || line.starts_with([' ', '+', '-', '\\'])
}

fn opened(paths: &str) -> FileDiff {
    // `a/old b/new`; for a path with ` b/` in it the `---`/`+++` lines that follow say better.
    let path = paths.rsplit_once(" b/").map_or(paths, |(_, new)| new);
    FileDiff {
        path: unquote(path).to_owned(),
        old_path: None,
        change: Change::Modified,
        added: 0,
        removed: 0,
        binary: false,
        hunks: Vec::new(),
    }
}

fn unquote(path: &str) -> &str {
    path.trim().trim_matches('"')
}

fn describe(file: &mut FileDiff, line: &str) {
    if line.starts_with("new file mode") {
        file.change = Change::Added;
    } else if line.starts_with("deleted file mode") {
        file.change = Change::Deleted;
    } else if let Some(old) = line.strip_prefix("rename from ") {
        file.change = Change::Renamed;
        file.old_path = Some(unquote(old).to_owned());
    } else if let Some(new) = line.strip_prefix("rename to ") {
        unquote(new).clone_into(&mut file.path);
    } else if line.starts_with("Binary files ") || line == "GIT binary patch" {
        file.binary = true;
    } else if let Some(path) = line.strip_prefix("--- ").and_then(|path| unquote(path).strip_prefix("a/")) {
        if file.change == Change::Deleted {
            path.clone_into(&mut file.path);
        }
    } else if let Some(path) = line.strip_prefix("+++ ").and_then(|path| unquote(path).strip_prefix("b/")) {
        path.clone_into(&mut file.path);
    }
}

fn mark_unterminated(file: &mut FileDiff) {
    if let Some(line) = file.hunks.last_mut().and_then(|hunk| hunk.lines.last_mut()) {
        line.unterminated = true;
    }
}

/// Where the reader stands inside a hunk: line numbers, and how many lines its header still promises.
#[derive(Default)]
struct Cursor {
    old: u32,
    new: u32,
    old_left: u32,
    new_left: u32,
    last_new: u32,
}

impl Cursor {
    fn in_hunk(&self) -> bool {
        self.old_left > 0 || self.new_left > 0
    }

    /// `-12,7 +12,9 @@ fn context()`
    fn open(&mut self, file: &mut FileDiff, header: &str) {
        let (ranges, context) = header.split_once(" @@").unwrap_or((header, ""));
        let mut ranges = ranges.split(' ');
        let (old, old_left) = range(ranges.next(), '-');
        let (new, new_left) = range(ranges.next(), '+');
        let skipped = new.saturating_sub(self.last_new + 1);
        *self = Self { old, new, old_left, new_left, last_new: (new + new_left).saturating_sub(1) };
        file.hunks.push(Hunk { context: context.trim().to_owned(), skipped, lines: Vec::new() });
    }

    fn take(&mut self, file: &mut FileDiff, text: &str) {
        if text.starts_with('\\') {
            mark_unterminated(file);
            return;
        }
        let (side, content) = match text.as_bytes().first() {
            Some(b'-') => (Side::Old, &text[1..]),
            Some(b'+') => (Side::New, &text[1..]),
            Some(b' ') => (Side::Both, &text[1..]),
            // Mailers strip the space of empty context lines.
            _ => (Side::Both, text),
        };
        let old = (side != Side::New).then_some(self.old);
        let new = (side != Side::Old).then_some(self.new);
        if old.is_some() {
            self.old += 1;
            self.old_left = self.old_left.saturating_sub(1);
        }
        if new.is_some() {
            self.new += 1;
            self.new_left = self.new_left.saturating_sub(1);
        }
        match side {
            Side::Old => file.removed += 1,
            Side::New => file.added += 1,
            Side::Both => {}
        }
        let spans = vec![Span { text: content.to_owned(), token: Token::Plain, changed: false }];
        if let Some(hunk) = file.hunks.last_mut() {
            hunk.lines.push(Line { side, old, new, spans, unterminated: false });
        }
    }
}

fn range(text: Option<&str>, sign: char) -> (u32, u32) {
    let text = text.unwrap_or_default().trim_start_matches(sign);
    let (start, length) = text.split_once(',').unwrap_or((text, "1"));
    (start.parse().unwrap_or(1), length.parse().unwrap_or(0))
}

fn finish(file: &mut FileDiff) {
    let language = syntax::Language::of(&file.path);
    for hunk in &mut file.hunks {
        let changed = align::changed_ranges(&hunk.lines);
        let tokens = syntax::colour(&hunk.lines, language);
        for ((line, changed), tokens) in hunk.lines.iter_mut().zip(changed).zip(tokens) {
            line.spans = align::split(&line.text(), &tokens, &changed);
        }
    }
}
