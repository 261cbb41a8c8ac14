use std::collections::BTreeSet;

use devos_contracts::ci::LintFinding;
use devos_contracts::telemetry::{LogRecord, Resource};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn unescape(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t").replace('¦', "")
}

fn corpus(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[test]
fn secrets_of_the_corpus_are_removed() {
    let mut seen = BTreeSet::new();
    for line in corpus(include_str!("../../tests/corpus/redact/redacted.txt")) {
        let parts: Vec<_> = line.split(" | ").collect();
        let [rule, input, expected] = parts[..] else { panic!("three columns: {line}") };
        let (input, expected) = (unescape(input), unescape(expected));
        assert_eq!(redact(&input), expected, "rule {rule}");
        if input != expected {
            assert!(find(&input).iter().any(|finding| finding.rule == rule), "{rule} did not see {input}");
            seen.insert(rule);
        }
    }
    let rules: BTreeSet<_> = TABLE.rules.iter().map(|compiled| compiled.rule.name).collect();
    let untested: Vec<_> = rules.difference(&seen).collect();
    assert!(untested.is_empty(), "rules without a corpus line: {untested:?}");
}

#[test]
fn everyday_text_of_the_corpus_survives() {
    for line in corpus(include_str!("../../tests/corpus/redact/kept.txt")) {
        let text = unescape(line);
        assert_eq!(redact(&text), text, "{:?}", find(&text));
        assert!(matches!(redact(&text), Cow::Borrowed(_)));
    }
}

#[test]
fn keys_of_attributes_decide_at_any_depth() {
    let attributes = json!({
        "db.password": "x", "auth.enabled": true, "retry.token": 7, "http.request.header.cookie": ["a=b"],
        "nested": {"apiKey": {"id": 1}, "note": "mail ann@example.com", "list": [{"pwd": 1234}]},
        "http.route": "/cart", "token": ""
    });
    let Value::Object(attributes) = attributes else { unreachable!() };
    let redacted = Value::Object(redact_attributes(attributes));
    let expected = json!({
        "db.password": "[REDACTED]", "auth.enabled": true, "retry.token": 7, "http.request.header.cookie": "[REDACTED]",
        "nested": {"apiKey": "[REDACTED]", "note": "mail [EMAIL]", "list": [{"pwd": "[REDACTED]"}]},
        "http.route": "/cart", "token": ""
    });
    assert_eq!(redacted, expected);
}

#[test]
fn a_batch_counts_what_it_lost() {
    let log = LogRecord {
        resource: 0,
        timestamp: None,
        severity_number: 9,
        severity_text: "INFO".to_owned(),
        body: r#"{"token":"abc","text":"password: hunter2"}"#.to_owned(),
        attributes: Attributes::new(),
        trace_id: None,
        span_id: None,
        scope: devos_contracts::telemetry::InstrumentationScope::default(),
        event_name: String::new(),
    };
    let mut resource = Resource::default();
    resource.attributes.insert("owner".to_owned(), json!("ann@example.com"));
    let (redacted, count) =
        batch(TelemetryBatch { resources: vec![resource], logs: vec![log], ..TelemetryBatch::default() });
    assert_eq!(count, 3);
    assert_eq!(redacted.get().logs[0].body, r#"{"text":"password: [REDACTED]","token":"[REDACTED]"}"#);
    assert_eq!(redacted.get().resources[0].attributes["owner"], json!("[EMAIL]"));
}

/// Text made of what the rules look for, which random characters would never hit.
#[test]
fn lint_findings_lose_secrets_and_source_text_that_must_not_be_stored() {
    let finding = |tool: &str, rule: &str, file: Option<&str>| LintFinding {
        tool: tool.to_owned(),
        rule: rule.to_owned(),
        message: "password=hunter22 in here".to_owned(),
        file: file.map(str::to_owned),
        fingerprints: [("key".to_owned(), "ann@example.com".to_owned())].into(),
        snippet: Some("login(\"password=hunter22\")".to_owned()),
        ..LintFinding::default()
    };
    let stored = |tool, rule, file| lint_report(LintReport { findings: vec![finding(tool, rule, file)] }).into_inner();
    let code = stored("ruff", "F401", Some("file:///home/ann/shop/src/cart.py")).findings.remove(0);
    assert_eq!(code.file.as_deref(), Some("shop/src/cart.py"), "the home directory is nobody's business");
    assert_eq!(code.message, "password=[REDACTED] in here");
    assert_eq!(code.snippet.as_deref(), Some("login(\"password=[REDACTED]\")"));
    assert_eq!(code.fingerprints["key"], "[EMAIL]");
    for (tool, rule, file) in [
        ("ruff", "F401", Some("setup.py")),
        ("ruff", "F401", None),
        ("yamllint", "colons", Some("src/secrets.yml")),
        ("dotenv", "order", Some("/srv/app/src/.env")),
        ("gitleaks", "generic", Some("src/cart.py")),
        ("semgrep", "python.detected-hardcoded-password", Some("src/cart.py")),
    ] {
        assert_eq!(stored(tool, rule, file).findings[0].snippet, None, "{tool} {rule} {file:?}");
    }
}

fn salted() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("password"),
        Just("token"),
        Just(": "),
        Just("="),
        Just("\""),
        Just("'"),
        Just("\\"),
        Just("Bearer "),
        Just("sk-"),
        Just("abc123"),
        Just("[REDACTED]"),
        Just("[EMAIL]"),
        Just("ann@example.com"),
        Just("https://"),
        Just("user:pw@"),
        Just("host"),
        Just(" "),
        Just("\n"),
        Just("4111111111111111"),
        Just("--token "),
        Just("Cookie: a=b"),
        Just("eyJhbGciOi.eyJzdWIiOi.abc"),
        Just("Authorization: Basic "),
        Just("<secret>"),
        Just("</secret>"),
        Just("{"),
        Just("}"),
        Just("-----BEGIN KEY-----"),
        Just("é"),
        Just("@"),
        Just("."),
        Just("-"),
        Just("api key"),
        Just("4111"),
        Just("["),
        Just("]"),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn redaction_is_idempotent_on_salted_text(text in salted()) {
        let once = redact(&text).into_owned();
        let twice = redact(&once);
        prop_assert_eq!(&twice, &once, "from {}", text);
    }

    #[test]
    fn redaction_is_idempotent_on_any_text(text in "\\PC{0,80}") {
        let once = redact(&text).into_owned();
        prop_assert_eq!(&redact(&once), &once);
    }

    #[test]
    fn a_password_never_survives(password in "[A-Za-z0-9!#%^*_+-]{8,24}", before in "[a-z ]{0,20}") {
        let text = format!("{before} password={password}");
        prop_assert!(!redact(&text).contains(&password));
    }
}
