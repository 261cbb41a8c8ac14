use devos_contracts::query::{Field, Target, Term, Test};
use proptest::prelude::*;

use super::{FilterError, parse};

fn term(field: Field, test: Test) -> Term {
    Term { negated: false, field, test }
}

fn attribute(key: &str) -> Field {
    Field::Attribute(key.to_owned())
}

fn one(text: &str, target: Target) -> Term {
    let mut terms = parse(text, target).unwrap().terms;
    assert_eq!(terms.len(), 1, "{text}");
    terms.remove(0)
}

#[test]
fn nothing_chooses_everything() {
    assert!(parse("", Target::Logs).unwrap().terms.is_empty());
    assert!(parse(" \t ", Target::Metrics).unwrap().terms.is_empty());
}

#[test]
fn words_are_sought_in_the_text() {
    let filter = parse(r#"timeout  "two words" -"not \"this\" \\one" conn* *"#, Target::Logs).unwrap();
    let contains = |text: &str| term(Field::Text, Test::Contains(text.to_owned()));
    let negated = Term { negated: true, ..contains(r#"not "this" \one"#) };
    let prefix = term(Field::Text, Test::Prefix("conn".to_owned()));
    assert_eq!(filter.terms, [contains("timeout"), contains("two words"), negated, prefix, contains("*")]);
}

#[test]
fn keys_are_fields_or_attributes() {
    let equals = |text: &str| Test::Equals(text.to_owned());
    for (text, field, test) in [
        ("service:checkout", Field::Service, equals("checkout")),
        ("service:check*", Field::Service, Test::Prefix("check".to_owned())),
        (r#"service:"check*""#, Field::Service, equals("check*")),
        ("service:*", Field::Service, Test::Exists),
        ("name:cache.miss", Field::Name, equals("cache.miss")),
        ("http.route:/pay", attribute("http.route"), equals("/pay")),
        ("url:http://x:80/", attribute("url"), equals("http://x:80/")),
        (r#""service":x"#, attribute("service"), equals("x")),
        (r#""two words":"a b""#, attribute("two words"), equals("a b")),
        (r#"empty:"""#, attribute("empty"), equals("")),
        ("order:>=10", attribute("order"), Test::AtLeast(10.0)),
        ("order:<=1e3", attribute("order"), Test::AtMost(1000.0)),
        ("order:<-2.5", attribute("order"), Test::Less(-2.5)),
        ("order:>0", attribute("order"), Test::Greater(0.0)),
        ("order:*", attribute("order"), Test::Exists),
        ("span:EEE19B7EC3C1B174", Field::Span, equals("eee19b7ec3c1b174")),
        ("trace:ab*", Field::Trace, Test::Prefix("ab".to_owned())),
    ] {
        assert_eq!(one(text, Target::Logs), term(field, test), "{text}");
    }
    let negated = one("-http.response.status_code:200", Target::Spans);
    assert_eq!(negated, Term { negated: true, ..term(attribute("http.response.status_code"), equals("200")) });
}

#[test]
fn severities_are_ranges() {
    for (text, test) in [
        ("severity:warn", Test::Within(13.0, 16.0)),
        ("severity:WARNING", Test::Within(13.0, 16.0)),
        ("severity:9", Test::Within(9.0, 9.0)),
        ("severity:>=warn", Test::AtLeast(13.0)),
        ("severity:>warn", Test::Greater(16.0)),
        ("severity:<warn", Test::Less(13.0)),
        ("severity:<=warn", Test::AtMost(16.0)),
        ("severity:>=17", Test::AtLeast(17.0)),
    ] {
        assert_eq!(one(text, Target::Logs), term(Field::Severity, test), "{text}");
    }
}

#[test]
fn spans_have_a_status_and_a_duration() {
    assert_eq!(one("status:Error", Target::Spans), term(Field::Status, Test::Equals("error".to_owned())));
    for (text, test) in [
        ("duration:>100ms", Test::Greater(1e8)),
        ("duration:>=1.5s", Test::AtLeast(1.5e9)),
        ("duration:<2m", Test::Less(120e9)),
        ("duration:<=7µs", Test::AtMost(7e3)),
        ("duration:>3ns", Test::Greater(3.0)),
    ] {
        assert_eq!(one(text, Target::Spans), term(Field::Duration, test), "{text}");
    }
}

#[test]
fn errors_say_where_and_what() {
    for (text, target, column, expected) in [
        ("a -", Target::Logs, 4, "a word"),
        ("a b:", Target::Logs, 5, "a value after `b:`"),
        ("a b:>=", Target::Logs, 7, "a value after `b:`"),
        ("a :b", Target::Logs, 3, "a key before `:`"),
        (r#"ü "open"#, Target::Logs, 8, "to end the text from column 3"),
        (r#""a"b"#, Target::Logs, 4, "a space"),
        ("order:>many", Target::Logs, 8, "a number"),
        ("order:>inf", Target::Logs, 8, "a number"),
        ("severity:loud", Target::Logs, 10, "trace, debug"),
        ("severity:25", Target::Logs, 10, "0 to 24"),
        ("x status:error", Target::Logs, 3, "a field of logs, which have no status"),
        ("duration:>1s", Target::Metrics, 1, "a field of metrics"),
        ("severity:warn", Target::Spans, 1, "a field of spans"),
        ("status:bad", Target::Spans, 8, "unset, ok or error"),
        ("duration:100ms", Target::Spans, 10, "`>`"),
        ("duration:>100", Target::Spans, 11, "a duration"),
        ("duration:>-1s", Target::Spans, 11, "a duration"),
        ("trace:12", Target::Logs, 7, "32 hex digits"),
        ("span:zz*", Target::Logs, 6, "16 hex digits"),
        ("service:>3", Target::Logs, 10, "a text"),
        ("word", Target::Metrics, 1, "`key:value`"),
    ] {
        let error = parse(text, target).unwrap_err();
        assert_eq!(error.column, column, "{text}: {error}");
        assert!(error.expected.contains(expected), "{text}: {error}");
    }
    let error = FilterError { column: 7, expected: "a number".to_owned() };
    assert_eq!(error.to_string(), "filter, column 7: expected a number");
}

#[test]
fn filters_have_a_size() {
    assert!(parse(&"a ".repeat(20), Target::Logs).is_ok());
    assert_eq!(parse(&"a ".repeat(21), Target::Logs).unwrap_err().column, 41);
    assert!(parse(&"ü".repeat(1000), Target::Logs).is_ok());
    assert_eq!(parse(&"ü".repeat(1001), Target::Logs).unwrap_err().column, 1001);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_within_itself(text in "\\PC{0,60}") {
        for target in [Target::Logs, Target::Spans, Target::Metrics] {
            if let Err(error) = parse(&text, target) {
                prop_assert!((1..=text.chars().count() + 1).contains(&error.column), "{error}");
            }
        }
    }

    #[test]
    fn a_quoted_value_is_literal(key in "[a-z]{1,5}\\.[a-z]{1,5}", value in "\\PC{0,30}") {
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        let found = one(&format!("{key}:\"{quoted}\""), Target::Logs);
        prop_assert_eq!(found, term(attribute(&key), Test::Equals(value)));
    }
}
