//! Reading `git log` without being fooled by names: every field ends in NUL, and a file's record starts with `:`.

use chrono::{DateTime, Utc};
use devos_contracts::CommitId;

use crate::{GitError, Mirror};

/// One commit of a first-parent history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// The commit.
    pub id: CommitId,
    /// Its first parent; none for a root.
    pub parent: Option<CommitId>,
    /// Subject line.
    pub subject: String,
    /// Author's name.
    pub author: String,
    /// Committer date.
    pub committed_at: DateTime<Utc>,
    /// Paths that it changed against its first parent.
    pub files: Vec<String>,
}

/// Reads at most `limit` entries from `from` backwards.
pub(crate) async fn read(mirror: &Mirror, from: &CommitId, limit: usize) -> Result<Vec<LogEntry>, GitError> {
    let count = format!("--max-count={limit}");
    let args = [
        "-z",
        "--raw",
        "--root",
        "--first-parent",
        "--diff-merges=first-parent",
        "--no-renames",
        "--no-show-signature",
        "--encoding=UTF-8",
        "--format=%H%x00%P%x00%ct%x00%an%x00%s",
        &count,
        from.as_str(),
        "--",
    ];
    let answer = mirror.call("log").args(args).succeed().await?;
    parse(&answer.stdout).ok_or_else(|| answer.unexpected())
}

fn parse(bytes: &[u8]) -> Option<Vec<LogEntry>> {
    let mut fields = bytes.split(|&byte| byte == 0).peekable();
    let mut entries = Vec::new();
    while fields.peek().is_some_and(|field| !field.is_empty()) {
        let mut text = || fields.next().map(|field| String::from_utf8_lossy(field).into_owned());
        let mut entry = LogEntry {
            id: CommitId::parse(&text()?)?,
            parent: text()?.split(' ').next().and_then(CommitId::parse),
            committed_at: DateTime::from_timestamp(text()?.parse().ok()?, 0)?,
            author: text()?,
            subject: text()?,
            files: Vec::new(),
        };
        while fields.next_if(|field| field.starts_with(b":") || field.starts_with(b"\n:")).is_some() {
            entry.files.push(String::from_utf8_lossy(fields.next()?).into_owned());
        }
        entries.push(entry);
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::parse;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    #[test]
    fn a_file_named_like_a_commit_is_a_file() {
        let raw = ":000000 100644 0000000 1111111 A";
        let log = format!("{A}\0{B} {A}\x0010\0n\0s\0\n{raw}\0{B}\0{raw}\0x\ny\0{B}\0\x005\0\0\0");
        let entries = parse(log.as_bytes()).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].files, [B, "x\ny"]);
        assert_eq!(entries[0].parent.as_ref().unwrap().as_str(), B);
        assert_eq!((entries[1].id.as_str(), &entries[1].parent, entries[1].files.len()), (B, &None, 0));
    }

    #[test]
    fn damage_is_an_error_and_nothing_is_nothing() {
        assert_eq!(parse(b""), Some(vec![]));
        assert_eq!(parse(b"zz\0\0"), None);
    }
}
