//! Which names name a secret: keys of attributes, variables, headers and fields.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Parts that every secret's name has one of; the prefilter of the text rules.
pub(super) const LITERALS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "key",
    "credential",
    "cookie",
    "auth",
    "dsn",
    "connection",
    "signature",
    "pass",
];

/// How strongly a name says that its value is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// It may also be an everyday word: `token`, `auth`.
    Weak,
    /// It can be nothing else: `password`, `api_key`.
    Strong,
}

static PARTS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(LITERALS)
        .unwrap_or_else(|error| unreachable!("the literals are constant: {error}"))
});

/// What a key says about its value; none for an everyday key.
pub(super) fn strength(key: &str) -> Option<Strength> {
    // Every attribute of every record comes by; nearly all keys end here.
    if !PARTS.is_match(key) {
        return None;
    }
    let words = words(key);
    let last = words.last().map_or("", String::as_str);
    let before = words.len().checked_sub(2).map_or("", |index| words[index].as_str());
    match (before, last) {
        (
            _,
            "password" | "passwd" | "pwd" | "passphrase" | "passcode" | "apikey" | "secretkey" | "accesskey"
            | "privatekey",
        )
        | (
            "api" | "access" | "private" | "secret" | "signing" | "encryption" | "account" | "master" | "shared"
            | "service",
            "key",
        )
        | ("client" | "app" | "shared" | "webhook" | "jwt" | "signing" | "session", "secret")
        | (
            "access" | "refresh" | "id" | "auth" | "api" | "bearer" | "session" | "security" | "csrf" | "xsrf" | "bot"
            | "oauth",
            "token",
        )
        | ("connection", "string")
        | ("password" | "passwd", "hash")
        | ("amz", "signature" | "credential")
        | ("set", "cookie") => Some(Strength::Strong),
        // A counter, a limit or a kind of tokens is no token.
        (
            "max" | "min" | "num" | "next" | "unexpected" | "invalid" | "expected" | "page" | "syntax" | "unknown",
            "token",
        ) => None,
        (
            _,
            "token" | "secret" | "secrets" | "credential" | "credentials" | "cookie" | "authorization" | "auth" | "dsn"
            | "pass",
        ) => Some(Strength::Weak),
        _ => None,
    }
}

/// `dbPassword`, `DB_PASSWORD`, `db.password` and `X-Db-Password` have the same words.
fn words(key: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut previous_lower = false;
    for c in key.chars() {
        let boundary = !c.is_alphanumeric() || (c.is_uppercase() && previous_lower);
        if boundary && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        previous_lower = c.is_lowercase() || c.is_ascii_digit();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_told_from_everyday_names() {
        for key in [
            "password",
            "DB_PASSWORD",
            "dbPassword",
            "spring.datasource.password",
            "x-api-key",
            "AWS_SECRET_ACCESS_KEY",
            "apiKey",
            "api key",
        ] {
            assert_eq!(strength(key), Some(Strength::Strong), "{key}");
        }
        for key in ["token", "GITHUB_TOKEN", "http.request.header.authorization", "cookie", "sentry.dsn"] {
            assert_eq!(strength(key), Some(Strength::Weak), "{key}");
        }
        for key in [
            "key",
            "primary_key",
            "token_count",
            "input_tokens",
            "max_tokens",
            "author",
            "password_reset",
            "secretary",
            "session.id",
            "compass",
            "monkey",
        ] {
            assert_eq!(strength(key), None, "{key}");
        }
    }
}
