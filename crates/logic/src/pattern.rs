//! Which failures are the same: the specification's exact key and the grouping key of normalised text.

mod frame;
mod framework;
mod path;
mod placeholder;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use devos_contracts::{Fingerprint, GroupKey};
use sha2::{Digest, Sha256};

pub use frame::{Frame, Scan, frames, scan};
pub use path::relative;
pub use placeholder::normalize;

/// Lines of the trace that the specification's key looks at.
const FINGERPRINT_LINES: usize = 5;
/// In-app frames that decide a group; deeper ones tell callers apart, not failures.
const KEY_FRAMES: usize = 5;
/// Lines of the message that decide a group; the rest is usually a dump of data.
const KEY_MESSAGE_LINES: usize = 3;
/// Characters of the message that decide a group.
const KEY_MESSAGE_CHARS: usize = 400;

/// The specification's `pattern_id`: lower-case hex SHA-256 of `{error}::{stack}::{files}`.
pub fn fingerprint(error: &str, stack: Option<&str>, files: &[String]) -> Fingerprint {
    Fingerprint(sha256(&fingerprint_input(error, stack, files)))
}

/// The text whose hash is the `pattern_id`.
fn fingerprint_input(error: &str, stack: Option<&str>, files: &[String]) -> String {
    let stack = stack
        .unwrap_or_default()
        .split('\n')
        .take(FINGERPRINT_LINES)
        .map(|line| line.trim_matches(is_space))
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("|");
    // Byte order of UTF-8 is the order of code points.
    let mut files = files.to_vec();
    files.sort_unstable();
    format!("{}::{stack}::{}", fold(&error.to_lowercase()), files.join(","))
}

/// The key that equal failures share although line numbers, temporary directories, hashes and counts differ.
///
/// It is SHA-256 over four parts. *Error*: kind and the first three lines of the message, normalised and
/// lower-cased; for a test's failed assertion the compared values are placeholders too, because the same
/// assertion with other data is the same failure. *Stack*: the five innermost in-app frames as
/// `function@dir/file`, recursion folded, without lines; all frames where none is in-app. *Files*: only where
/// there are no frames, since frames already name them. *Test*: the failing test's id, so two tests never share
/// a key.
pub fn group_key(kind: &str, message: &str, stack: Option<&str>, files: &[String], test: Option<&str>) -> GroupKey {
    let error = key_error(kind, message, test.is_some());
    let frames = key_frames(stack.unwrap_or_default());
    let files = if frames.is_empty() {
        files.iter().map(|file| path::tail(&normalize(&relative(file)))).collect::<BTreeSet<_>>()
    } else {
        BTreeSet::new()
    };
    let files = files.into_iter().collect::<Vec<_>>().join(",");
    let input = format!("{error}::{}::{files}::{}", frames.join("|"), test.unwrap_or_default());
    GroupKey(format!("v1:{}", sha256(&input)))
}

/// The in-app files that a stack names, innermost first, relative where the root can be told.
pub fn files(stack: &str) -> Vec<String> {
    let mut files = Vec::new();
    for file in frames(stack).into_iter().filter(|frame| frame.in_app).filter_map(|frame| frame.file) {
        if !files.contains(&file) {
            files.push(file);
        }
    }
    files
}

fn key_error(kind: &str, message: &str, of_test: bool) -> String {
    // Some reporters qualify the type and some repeat it in front of the message.
    let message = message.trim_matches(is_space).strip_prefix(kind).unwrap_or(message);
    let short = kind.rsplit(['.', ':']).next().unwrap_or(kind);
    let message = message.trim_matches(is_space).strip_prefix(short).unwrap_or(message);
    let head = message
        .trim_start_matches(|c| is_space(c) || c == ':')
        .lines()
        .map(|line| line.trim_matches(is_space))
        .filter(|line| !line.is_empty())
        .take(KEY_MESSAGE_LINES)
        .collect::<Vec<_>>()
        .join("\n");
    let head: String = normalize(&head).chars().take(KEY_MESSAGE_CHARS).collect();
    let error = fold(&format!("{short}: {head}").to_lowercase());
    if of_test && placeholder::is_assertion(&error) { placeholder::mask_values(&error) } else { error }
}

fn key_frames(stack: &str) -> Vec<String> {
    let frames = frames(stack);
    let in_app = frames.iter().any(|frame| frame.in_app);
    let mut key: Vec<String> = Vec::with_capacity(KEY_FRAMES);
    for frame in frames.iter().filter(|frame| frame.in_app || !in_app) {
        let file = frame.file.as_deref().map(path::tail).unwrap_or_default();
        let text = format!("{}@{file}", placeholder::function(&frame.function));
        // Recursion depth varies with data.
        if !key.contains(&text) {
            key.push(text);
        }
        if key.len() == KEY_FRAMES {
            break;
        }
    }
    key
}

/// White space of the specification: Unicode's, and the byte order mark that some runtimes count as such.
fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// Trims and folds each run of white space to one space.
fn fold(text: &str) -> String {
    text.split(is_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String can not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
