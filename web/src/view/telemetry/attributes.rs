//! Attributes as a list.

use devos_contracts::telemetry::Attributes;
use serde_json::Value;

/// Keys that the filter language gives a meaning of their own.
const FIELDS: [&str; 7] = ["service", "severity", "status", "duration", "name", "trace", "span"];

/// An attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its key.
    pub key: String,
    /// Its value; lists and maps as JSON.
    pub value: String,
    /// The term that finds records with it; none for what the filter language can not say.
    pub term: Option<String>,
}

/// Every attribute, by key.
pub fn lines(attributes: Attributes) -> Vec<Line> {
    let mut lines: Vec<Line> = attributes.into_iter().map(|(key, value)| line(key, value)).collect();
    lines.sort_by(|a, b| a.key.cmp(&b.key));
    lines
}

fn line(key: String, value: Value) -> Line {
    let simple = !matches!(value, Value::Array(_) | Value::Object(_) | Value::Null);
    let text = match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Line { term: term(&key, &text).filter(|_| simple), key, value: text }
}

/// The term that finds exactly this value of an attribute.
pub fn term(key: &str, value: &str) -> Option<String> {
    let quotable = |text: &str| !text.is_empty() && text.len() <= 200 && !text.contains(['"', '\\', '\n']);
    if !quotable(key) || !quotable(value) {
        return None;
    }
    let key = if key == "service.name" { "service" } else { key };
    let bare_key = key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'))
        && (key == "service" || !FIELDS.contains(&key));
    let bare_value = value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-'));
    let quoted = |text: &str, bare: bool| if bare { text.to_owned() } else { format!("\"{text}\"") };
    Some(format!("{}:{}", quoted(key, bare_key), quoted(value, bare_value)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn attributes_are_sorted_and_values_are_readable() {
        let Value::Object(attributes) = json!({ "z": [1, "a"], "http.route": "/pay", "n": 3, "ok": true }) else {
            panic!()
        };
        let shown: Vec<_> = lines(attributes).into_iter().map(|line| (line.key, line.value, line.term)).collect();
        let line =
            |key: &str, value: &str, term: Option<&str>| (key.to_owned(), value.to_owned(), term.map(str::to_owned));
        assert_eq!(
            shown,
            [
                line("http.route", "/pay", Some("http.route:/pay")),
                line("n", "3", Some("n:3")),
                line("ok", "true", Some("ok:true")),
                line("z", "[1,\"a\"]", None),
            ]
        );
    }

    #[test]
    fn terms_are_quoted_where_words_would_mean_something_else() {
        assert_eq!(term("service.name", "shop").as_deref(), Some("service:shop"));
        assert_eq!(term("status", "402").as_deref(), Some("\"status\":402"));
        assert_eq!(term("user", "Ada L*").as_deref(), Some("user:\"Ada L*\""));
        assert_eq!(term("user", "say \"hi\""), None);
    }
}
