//! Judges the value that an expression found: is it a secret, and how much of it?

use std::ops::Range;

use devos_contracts::telemetry::Attributes;
use serde_json::Value;

use super::names::{self, Strength};
use super::{REDACTED, in_text};

/// Values that say that there is no secret.
const EMPTY: &[&str] =
    &["true", "false", "null", "none", "nil", "undefined", "yes", "no", "required", "invalid", "missing", "expired"];

/// Schemes of HTTP authentication; not secret themselves.
const SCHEMES: &[&str] = &["bearer", "basic", "digest", "token", "apikey", "negotiate", "aws4-hmac-sha256"];

/// File endings that look like the end of a host name in `name@file.js`.
const FILE_ENDINGS: &[&str] =
    &["js", "mjs", "cjs", "jsx", "ts", "tsx", "rs", "py", "java", "go", "css", "html", "service", "socket", "timer"];

/// An attribute without secrets.
pub(super) fn redact_entry(key: String, value: Value, count: &mut u64) -> (String, Value) {
    let value = match (names::strength(&key), value) {
        // A flag or a count is no secret; a number may be a password, hardly a token.
        (_, value @ (Value::Bool(_) | Value::Null)) | (Some(Strength::Weak), value @ Value::Number(_)) => value,
        (Some(_), Value::String(text)) if text.is_empty() || text == REDACTED => Value::String(text),
        (Some(_), _) => {
            *count += 1;
            Value::String(REDACTED.to_owned())
        }
        (None, value) => redact(value, count),
    };
    (key, value)
}

/// A value without secrets, at any depth.
pub(super) fn redact(value: Value, count: &mut u64) -> Value {
    match value {
        Value::String(mut text) => {
            in_text(&mut text, count);
            Value::String(text)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| redact(item, count)).collect()),
        Value::Object(entries) => {
            let entries: Attributes = entries.into_iter().map(|(key, value)| redact_entry(key, value, count)).collect();
            Value::Object(entries)
        }
        value => value,
    }
}

/// The bytes to remove of a value whose key stands beside it; none where key or value is an everyday one.
pub(super) fn keyed(text: &str, key: &str, separator: Option<&str>, range: Range<usize>) -> Option<Range<usize>> {
    let strength = names::strength(key)?;
    let value = &text[range.clone()];
    let (inner, quoted) = unquote(value);
    let value = &value[inner.clone()];
    if value.is_empty() || value.starts_with('[') && !quoted || EMPTY.contains(&value.to_ascii_lowercase().as_str()) {
        return None;
    }
    // What is left of `Authorization: Bearer [REDACTED]` after its own rule ran.
    let left = value.replace(REDACTED, "").trim().to_ascii_lowercase();
    if left.bytes().all(|b| matches!(b, b'*' | b'.' | b'x')) || SCHEMES.contains(&left.as_str()) {
        return None;
    }
    if !quoted && is_code(text, key, value, range.end) {
        return None;
    }
    // `$PASSWORD`, `${{ secrets.X }}`, `os.environ` and `getenv` name a secret without being one.
    if value.starts_with('$') || value.starts_with("os.environ") || value.starts_with("process.env") {
        return None;
    }
    if strength == Strength::Weak && !quoted {
        let colon = separator.is_some_and(|separator| separator.contains(':') && !separator.contains('='));
        let number = value.len() < 8 && value.bytes().all(|b| b.is_ascii_digit());
        if number || (colon && !looks_random(value)) {
            return None;
        }
    }
    Some(range.start + inner.start..range.start + inner.end)
}

/// True for what source code and shells put beside such a name: a comparison, a call, the same name again, `PWD=/here`.
fn is_code(text: &str, key: &str, value: &str, end: usize) -> bool {
    let last =
        |name: &str| name.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default().to_lowercase();
    value.starts_with(['=', '~'])
        || text[end..].starts_with('(')
        || last(key) == last(value)
        || (key.eq_ignore_ascii_case("pwd") || key.eq_ignore_ascii_case("oldpwd")) && value.contains('/')
}

/// `"a"`, `'a'` and `\"a\"` without their quotes.
fn unquote(value: &str) -> (Range<usize>, bool) {
    let escapes = value.bytes().take_while(|b| *b == b'\\').count();
    let quote = value.as_bytes().get(escapes).copied().filter(|b| matches!(b, b'"' | b'\''));
    let closed = quote.is_some() && value.len() >= 2 * (escapes + 1);
    if closed { (escapes + 1..value.len() - escapes - 1, true) } else { (0..value.len(), false) }
}

/// Long, and with a digit or both cases: nothing that stands in a sentence.
fn looks_random(value: &str) -> bool {
    let digit = value.bytes().any(|b| b.is_ascii_digit());
    let mixed = value.bytes().any(|b| b.is_ascii_uppercase()) && value.bytes().any(|b| b.is_ascii_lowercase());
    (value.len() >= 8 && digit) || (value.len() >= 16 && mixed)
}

/// True for a Luhn-valid number of a known issuer's length that stands alone.
pub(super) fn is_card(text: &str, range: Range<usize>) -> bool {
    let neighbour =
        |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/' | '#'));
    let after = text[range.end..].chars().next();
    let after_is_end = after == Some('.') && !text[range.end + 1..].starts_with(|c: char| c.is_alphanumeric());
    let before = text[..range.start].chars().next_back();
    // `card:4111...` is a card, `12:4111...` is not.
    let labelled = before == Some(':') && !text[..range.start - 1].ends_with(|c: char| c.is_ascii_digit());
    if (neighbour(before) && !labelled) || (neighbour(after) && !after_is_end) {
        return false;
    }
    let digits: Vec<u8> = text[range].bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
    is_issued(&digits) && is_luhn(&digits)
}

/// Issuer ranges and lengths of ISO/IEC 7812 as the large networks use them.
fn is_issued(digits: &[u8]) -> bool {
    let prefix = digits.iter().take(2).fold(0_u8, |prefix, digit| prefix * 10 + digit);
    match prefix {
        40..=49 => matches!(digits.len(), 13 | 16 | 19),
        22..=27 | 51..=55 => digits.len() == 16,
        34 | 37 => digits.len() == 15,
        30 | 36 | 38 | 39 => digits.len() == 14,
        35 | 50 | 56..=69 => (16..=19).contains(&digits.len()),
        _ => false,
    }
}

fn is_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, &digit)| {
            let digit = u32::from(digit);
            if index % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// True unless it is a place in code, a git remote or a unit's name.
pub(super) fn is_email(text: &str, range: Range<usize>) -> bool {
    let address = &text[range.clone()];
    let ending = address.rsplit('.').next().unwrap_or_default();
    let after = &text[range.end..];
    let place = after.starts_with(':') && after[1..].starts_with(|c: char| c.is_ascii_digit());
    let unit = matches!(ending, "service" | "socket" | "timer");
    let code = place && FILE_ENDINGS.contains(&ending);
    !(unit || code || address.starts_with("git@"))
}

/// Words that follow `Bearer` in a sentence.
const BEARER_WORDS: &[&str] = &[
    "token",
    "tokens",
    "auth",
    "authentication",
    "authorization",
    "scheme",
    "realm",
    "error",
    "format",
    "header",
    "headers",
    "credential",
    "credentials",
    "challenge",
    "prefix",
    "type",
    "was",
    "must",
    "should",
    "required",
    "with",
    "from",
    "method",
];

/// True unless the word after `Bearer` belongs to a sentence.
pub(super) fn is_credential(value: &str) -> bool {
    !BEARER_WORDS.contains(&value.trim_end_matches('.').to_ascii_lowercase().as_str())
}

/// True for `user:password` and for a lone token; a lone user of ssh is none.
pub(super) fn is_userinfo(scheme: &str, info: &str) -> bool {
    let lone = !info.contains(':');
    !(lone && (matches!(scheme, "ssh" | "git+ssh" | "git") || info == "git"))
}
