mod ci;

use devos_contracts::ci::{TestCase, TestFailure};
use devos_contracts::telemetry::{
    Attributes, InstrumentationScope, LogRecord, Resource, Span, SpanEvent, SpanKind, SpanStatus, TelemetryBatch,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::redact;

const PYTHON: &str = "Traceback (most recent call last):\n  File \"/app/checkout/cart.py\", line 12, in total\n    return price(line)\n  File \"/app/checkout/prices.py\", line 7, in price\n    return TABLE[line.sku]\nKeyError: 'sku-1'\n";

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap()
}

fn attributes(value: Value) -> Attributes {
    let Value::Object(attributes) = value else { panic!("an object") };
    attributes
}

fn exception(stack: &str) -> Value {
    json!({"exception.type": "KeyError", "exception.message": "'sku-1'", "exception.stacktrace": stack})
}

fn log(severity_number: i16, body: &str, span: Option<u8>, extra: Value) -> LogRecord {
    LogRecord {
        resource: 0,
        timestamp: None,
        severity_number,
        severity_text: String::new(),
        body: body.to_owned(),
        attributes: attributes(extra),
        trace_id: span.map(|_| [1; 16]),
        span_id: span.map(|id| [id; 8]),
        scope: InstrumentationScope::default(),
        event_name: String::new(),
    }
}

fn span(id: u8, parent: Option<u8>, status: SpanStatus, events: Vec<Value>) -> Span {
    let event = |value| SpanEvent { timestamp: None, name: "exception".to_owned(), attributes: attributes(value) };
    Span {
        resource: 0,
        trace_id: [1; 16],
        span_id: [id; 8],
        parent_span_id: parent.map(|parent| [parent; 8]),
        name: "POST /cart".to_owned(),
        kind: SpanKind::Server,
        start: Some(at()),
        duration_ns: 1,
        status,
        status_message: String::new(),
        attributes: Attributes::new(),
        events: events.into_iter().map(event).collect(),
        links: Vec::new(),
        scope: InstrumentationScope::default(),
    }
}

fn detect(logs: Vec<LogRecord>, spans: Vec<Span>) -> Vec<RawFailure> {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let resource =
        Resource { attributes: attributes(json!({"service.name": "checkout", "vcs.ref.head.revision": commit})) };
    let batch = TelemetryBatch { resources: vec![resource], logs, spans, ..TelemetryBatch::default() };
    from_batch(&batch, at()).into_iter().map(|(_, failure)| failure).collect()
}

#[test]
fn an_error_log_with_an_exception_is_a_failure() {
    let [failure] = &detect(vec![log(17, "checkout failed", Some(2), exception(PYTHON))], vec![])[..] else {
        panic!("one")
    };
    assert_eq!((failure.kind.as_str(), failure.message.as_str()), ("KeyError", "'sku-1'"));
    assert_eq!(failure.stack.as_deref(), Some(PYTHON));
    assert_eq!(failure.files, ["checkout/prices.py", "checkout/cart.py"]);
    assert_eq!(failure.trigger_id, "error:0202020202020202");
    assert_eq!(failure.service.as_deref(), Some("checkout"));
    assert_eq!(failure.commit.as_ref().unwrap().short(), "0123456789ab");
    assert_eq!(failure.occurred_at, at());
}

#[test]
fn only_errors_are_failures() {
    assert_eq!(detect(vec![log(9, "fine", None, json!({})), log(13, "hm", None, exception(PYTHON))], vec![]), []);
    assert_eq!(detect(vec![log(17, "broken", None, json!({}))], vec![]).len(), 1);
    assert_eq!(detect(vec![log(0, "unspecified", None, json!({}))], vec![]), []);
    assert_eq!(detect(vec![log(0, "unspecified", None, exception(PYTHON))], vec![]).len(), 1);
    let mut named = log(0, "x", None, json!({}));
    named.severity_text = "ERROR".to_owned();
    let [failure] = &detect(vec![named], vec![])[..] else { panic!("one") };
    assert!(failure.trigger_id.starts_with("error:") && failure.trigger_id.len() == 22);
}

#[test]
fn a_trace_printed_into_the_body_is_found() {
    let [failure] = &detect(vec![log(17, PYTHON, None, json!({}))], vec![])[..] else { panic!("one") };
    assert_eq!(failure.stack.as_deref(), Some(PYTHON.trim()));
    assert_eq!(failure.files.len(), 2);
}

#[test]
fn log_and_event_of_one_span_are_one_failure() {
    let found = detect(
        vec![log(
            17,
            "checkout failed",
            Some(2),
            json!({"exception.type": "KeyError", "exception.message": "'sku-1'"}),
        )],
        vec![span(2, None, SpanStatus::Error, vec![exception(PYTHON)])],
    );
    let [failure] = &found[..] else { panic!("one: {found:?}") };
    assert_eq!(failure.stack.as_deref(), Some(PYTHON), "the one with the trace is kept");
}

#[test]
fn different_exceptions_of_one_span_are_different_failures() {
    let other = json!({"exception.type": "ValueError", "exception.message": "bad"});
    assert_eq!(detect(vec![], vec![span(2, None, SpanStatus::Error, vec![exception(PYTHON), other])]).len(), 2);
}

#[test]
fn an_exception_on_its_way_up_is_one_failure() {
    let spans = vec![
        span(1, None, SpanStatus::Error, vec![exception("outer")]),
        span(2, Some(1), SpanStatus::Error, vec![exception(PYTHON)]),
        span(3, Some(2), SpanStatus::Unset, vec![]),
    ];
    let found = detect(vec![], spans);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].trigger_id, "error:0202020202020202");
}

#[test]
fn a_handled_exception_is_none() {
    assert_eq!(detect(vec![], vec![span(2, None, SpanStatus::Ok, vec![exception(PYTHON)])]), []);
}

#[test]
fn only_an_unexplained_error_status_is_a_failure() {
    let mut alone = span(2, Some(1), SpanStatus::Error, vec![]);
    alone.attributes = attributes(json!({"error.type": "timeout", "code.filepath": "/app/checkout/pay.py"}));
    alone.status_message = "no answer".to_owned();
    let found = detect(vec![], vec![span(1, None, SpanStatus::Error, vec![]), alone.clone()]);
    let [failure] = &found[..] else { panic!("the innermost alone: {found:?}") };
    assert_eq!((failure.kind.as_str(), failure.message.as_str()), ("timeout", "no answer"));
    assert_eq!(failure.files, ["checkout/pay.py"]);
    // An error log of the same span explains it.
    assert_eq!(detect(vec![log(17, "pay failed", Some(2), json!({}))], vec![alone]).len(), 1);
}

#[test]
fn spans_that_are_their_own_ancestors_end() {
    let spans =
        vec![span(1, Some(2), SpanStatus::Error, vec![]), span(2, Some(1), SpanStatus::Error, vec![exception(PYTHON)])];
    assert_eq!(detect(vec![], spans).len(), 1);
}

fn case(name: &str, outcome: TestOutcome) -> TestCase {
    TestCase {
        suite: "suite".to_owned(),
        class_name: "tests.test_cart.CartTest".to_owned(),
        name: name.to_owned(),
        file: Some("tests/test_cart.py".to_owned()),
        line: None,
        duration_ms: 3,
        outcome,
        flaky: false,
    }
}

fn failed(kind: &str, message: &str, text: &str) -> TestOutcome {
    TestOutcome::Failed(TestFailure { kind: kind.to_owned(), message: message.to_owned(), text: text.to_owned() })
}

#[test]
fn failed_cases_become_failures_and_flaky_ones_do_not() {
    let mut flaky = case("test_flaky", failed("AssertionError", "x", ""));
    flaky.flaky = true;
    let report = TestReport {
        cases: vec![
            case("test_ok", TestOutcome::Passed),
            case("test_total", failed("", "", PYTHON)),
            case("test_total", failed("KeyError", "again", "")),
            case("test_skip", TestOutcome::Skipped),
            flaky,
        ],
    };
    let commit = CommitId::parse("0123456789abcdef0123456789abcdef01234567").unwrap();
    let found = from_report(&report, "run:7", Some(&commit), at());
    let [failure] = &found[..] else { panic!("one: {found:?}") };
    assert_eq!(failure.test.as_deref(), Some("tests.test_cart.CartTest::test_total"));
    assert_eq!((failure.kind.as_str(), failure.message.as_str()), ("KeyError", "KeyError: 'sku-1'"));
    assert_eq!(failure.files, ["tests/test_cart.py", "checkout/prices.py", "checkout/cart.py"]);
    assert_eq!((failure.trigger_id.as_str(), failure.commit.as_ref()), ("run:7", Some(&commit)));
}

#[test]
fn a_missing_message_is_read_from_the_text() {
    let pytest = "    def test_total():\n>       assert total() == 3\nE       assert 2 == 3\n\ntests/test_a.py:12: AssertionError";
    assert_eq!(message("", Some(pytest)), "assert 2 == 3");
    assert_eq!(
        message("", Some("thread 'a' panicked at src/a.rs:1:2:\nleft != right")),
        "thread 'a' panicked at src/a.rs:1:2:"
    );
    assert_eq!(message("  said ", Some(pytest)), "said");
    assert_eq!(message("", None), "");
}

#[test]
fn an_identified_failure_is_redacted_and_keyed() {
    let raw = |message: &str| RawFailure {
        signal_type: SignalType::RuntimeError,
        trigger_id: "error:1".to_owned(),
        kind: "ValueError".to_owned(),
        message: message.to_owned(),
        stack: Some(PYTHON.to_owned()),
        files: vec!["b.py".to_owned(), "a.py".to_owned(), "b.py".to_owned()],
        test: None,
        service: Some("checkout".to_owned()),
        commit: None,
        repository: None,
        occurred_at: at(),
    };
    let identified = |message: &str| identify(redact::failure(raw(message)), SignalId(Uuid::nil()), None);
    let signal = identified("no user bob@example.com in 12 rows");
    assert_eq!(signal.title, "ValueError: no user [EMAIL] in 12 rows");
    assert_eq!(signal.normalized, "no user [EMAIL] in <n> rows");
    assert_eq!(signal.files, ["a.py", "b.py"]);
    let files = ["a.py".to_owned(), "b.py".to_owned()];
    assert_eq!(signal.pattern_id, pattern::fingerprint(&signal.title, Some(PYTHON), &files));
    let other = identified("no user ann@example.com in 99 rows");
    assert_eq!(other.group_key, signal.group_key);
    assert_ne!(other.pattern_id, signal.pattern_id);
    assert!(signal.group_key.as_str().starts_with("v1:") && signal.group_key.as_str().len() == 67);
    assert_eq!(identified(&"é".repeat(300)).title.chars().count(), 200);
    assert_eq!(identified("ValueError: said twice").title, "ValueError: said twice");
    assert_eq!(identified("").title, "ValueError");
}

#[test]
fn equal_failures_are_folded_into_one_that_says_how_many() {
    let failure = |message: &str, second: i64| RawFailure {
        signal_type: SignalType::RuntimeError,
        trigger_id: format!("error:{second}"),
        kind: "IoError".into(),
        message: message.into(),
        stack: None,
        files: Vec::new(),
        test: None,
        service: None,
        commit: None,
        repository: None,
        occurred_at: DateTime::from_timestamp(second, 0).unwrap(),
    };
    let id = |failure| identify(redact::failure(failure), SignalId(Uuid::nil()), None);
    let signals = [("disk full", 5), ("no route", 1), ("disk full", 9), ("disk full", 7)];
    let folded = fold(signals.iter().map(|(message, second)| id(failure(message, *second))).collect());
    let mut told: Vec<_> = folded
        .iter()
        .map(|signal| (signal.message.as_str(), signal.occurrences, signal.occurred_at.timestamp()))
        .collect();
    told.sort_unstable();
    assert_eq!(told, [("disk full", 3, 9), ("no route", 1, 1)]);
    assert!(folded.windows(2).all(|pair| pair[0].group_key.as_str() < pair[1].group_key.as_str()));
}
