//! Text and JSON as PostgreSQL takes them.

use std::borrow::Cow;
use std::fmt::Write;

use devos_ports::store::StoreResult;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::damaged;

/// Enough for any text that is searched by words; a tsvector holds no more than 1 MiB.
const WORDS_MAX: usize = 100_000;

/// The text without NUL, which PostgreSQL refuses.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}

/// As [`clean`], for what may be absent.
pub(crate) fn clean_option(text: Option<&String>) -> Option<Cow<'_, str>> {
    text.map(|text| clean(text))
}

/// The value without NUL in any string or key, and with its keys in order.
pub(crate) fn canonical(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean(text).into_owned()),
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        Value::Object(fields) => Value::Object(canonical_map(fields)),
        other => other.clone(),
    }
}

/// As [`canonical`], for an object.
pub(crate) fn canonical_map(fields: &Map<String, Value>) -> Map<String, Value> {
    // A map may keep the order of insertion, depending on a feature that any other crate can turn on.
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    sorted.into_iter().map(|(key, value)| (clean(key).into_owned(), canonical(value))).collect()
}

/// An object as canonical JSON text.
pub(crate) fn canonical_text(fields: &Map<String, Value>) -> String {
    let object = |text: serde_json::Result<String>| text.unwrap_or_default();
    if in_order(fields) {
        let text = object(serde_json::to_string(fields));
        if !text.contains("\\u0000") {
            return text;
        }
    }
    object(serde_json::to_string(&canonical_map(fields)))
}

/// True when the keys are sorted already, at every depth, as they are unless the map keeps the order of insertion.
fn in_order(fields: &Map<String, Value>) -> bool {
    fields.keys().is_sorted() && fields.values().all(value_in_order)
}

fn value_in_order(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(value_in_order),
        Value::Object(fields) => in_order(fields),
        _ => true,
    }
}

/// A value as JSON text, for a `json` column.
pub(crate) fn to_json<T: Serialize>(value: &T) -> StoreResult<String> {
    serde_json::to_string(value).map_err(|error| damaged("document", error))
}

/// A value as JSON text without NUL, for a `jsonb` column.
pub(crate) fn to_jsonb<T: Serialize>(value: &T) -> StoreResult<String> {
    let value = serde_json::to_value(value).map_err(|error| damaged("document", error))?;
    Ok(canonical(&value).to_string())
}

/// Reads a document back.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> StoreResult<T> {
    serde_json::from_str(text).map_err(|error| damaged("document", error))
}

/// The wire word of a unit variant.
pub(crate) fn to_word<T: Serialize>(value: &T) -> StoreResult<String> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Ok(word),
        other => Err(damaged("word", format!("{other:?} is not a word"))),
    }
}

/// Reads a wire word back.
pub(crate) fn from_word<T: DeserializeOwned>(word: String) -> StoreResult<T> {
    serde_json::from_value(Value::String(word)).map_err(|error| damaged("word", error))
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The text's words in lower case, with identifiers split at case changes, dots and underscores.
pub(crate) fn words(text: &str) -> String {
    let mut out = String::new();
    let mut previous = ' ';
    for letter in text.chars().take(WORDS_MAX) {
        if letter.is_alphanumeric() {
            if letter.is_uppercase() && previous.is_lowercase() {
                out.push(' ');
            }
            out.extend(letter.to_lowercase());
        } else if previous.is_alphanumeric() {
            out.push(' ');
        }
        previous = letter;
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nul_is_removed_everywhere() {
        assert_eq!(clean("a\0b"), "ab");
        assert_eq!(canonical(&json!({"b\0": ["\0x", 1], "a": {"c": "\0"}})), json!({"a": {"c": ""}, "b": ["x", 1]}));
    }

    #[test]
    fn keys_are_in_order() {
        let value: Value = serde_json::from_str(r#"{"b":1,"a":{"d":1,"c":2}}"#).unwrap();
        assert_eq!(canonical(&value).to_string(), r#"{"a":{"c":2,"d":1},"b":1}"#);
    }

    #[test]
    fn canonical_text_is_that_of_the_canonical_value() {
        for text in [r#"{"b":1,"a":{"d":[{"z":1,"y":2}],"c":2}}"#, r#"{"a":"x\u0000","b":"\\u0000"}"#, "{}"] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(canonical_text(value.as_object().unwrap()), canonical(&value).to_string());
        }
    }

    #[test]
    fn identifiers_are_split() {
        assert_eq!(
            words("java.lang.NullPointerException in get_user(Id2)"),
            "java lang null pointer exception in get user id2 "
        );
    }
}
