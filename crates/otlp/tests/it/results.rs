use devos_contracts::ci::{TestFailure, TestOutcome, TestReport};
use devos_otlp::{DecodeError, JunitLimits, Report, ReportFormat, decode_report, decode_results};

fn decode(body: &str) -> Result<TestReport, DecodeError> {
    decode_results(body.as_bytes(), JunitLimits::default())
}

#[test]
fn every_field_is_read() {
    let report = decode(
        r#"{"tests": [
            {"suite": "unit", "class": "shop.Cart", "name": "adds", "file": "src/cart.py", "line": 7,
             "duration_ms": 12.6, "outcome": "failed", "type": "AssertionError", "message": "3 != 2", "text": "at 7"},
            {"name": "waits", "outcome": "skipped", "file": null, "line": null},
            {"name": "ships", "outcome": "passed", "duration_ms": -1}
        ]}"#,
    )
    .unwrap();
    let [adds, waits, ships] = report.cases.as_slice() else { panic!("{report:?}") };
    assert_eq!((adds.id().as_str(), adds.suite.as_str()), ("shop.Cart::adds", "unit"));
    assert_eq!((adds.file.as_deref(), adds.line, adds.duration_ms), (Some("src/cart.py"), Some(7), 13));
    let failure = TestFailure { kind: "AssertionError".into(), message: "3 != 2".into(), text: "at 7".into() };
    assert_eq!(adds.outcome, TestOutcome::Failed(failure));
    assert_eq!((&waits.outcome, waits.id().as_str()), (&TestOutcome::Skipped, "waits"));
    assert_eq!((&ships.outcome, ships.duration_ms), (&TestOutcome::Passed, 0));
    assert!(report.cases.iter().all(|case| !case.flaky));
    assert_eq!(decode(r#"{"tests": []}"#).unwrap(), TestReport::default());
}

#[test]
fn a_test_that_failed_and_passed_is_flaky() {
    let report = decode(
        r#"{"tests": [{"name": "a", "outcome": "failed"}, {"name": "a", "outcome": "passed"},
            {"name": "b", "outcome": "failed"}]}"#,
    )
    .unwrap();
    assert_eq!(report.cases.iter().map(|case| case.flaky).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn what_is_no_list_is_refused_with_the_place() {
    for (body, expected) in [
        ("{", "malformed body: not JSON: EOF while parsing an object at line 1 column 1"),
        ("{}", "malformed body: not a list of test results: missing field `tests` at line 1 column 2"),
        (
            "{\"tests\": [\n{\"name\": \"a\"}]}",
            "malformed body: not a list of test results: missing field `outcome` at line 2 column 13",
        ),
        (
            r#"{"tests": [{"nmae": "a"}]}"#,
            "malformed body: not a list of test results: unknown field `nmae`, expected one of `suite`, `class`, `name`, \
             `file`, `line`, `duration_ms`, `outcome`, `type`, `message`, `text` at line 1 column 18",
        ),
        (
            r#"{"tests": [{"name": "a", "outcome": "s3cret"}]}"#,
            "malformed body: a value is not what a list of test results has there, line 1 column 44",
        ),
        (r#"{"tests": [[[]]]}"#, "unsupported body: a list of test results nests deeper than 3"),
    ] {
        assert_eq!(decode(body).unwrap_err().to_string(), expected);
    }
    let limits = JunitLimits { cases: 2, ..JunitLimits::default() };
    let three = format!(r#"{{"tests": [{}]}}"#, [r#"{"name": "a", "outcome": "passed"}"#; 3].join(","));
    let error = decode_results(three.as_bytes(), limits).unwrap_err();
    assert_eq!(error.to_string(), "unsupported body: a list of test results has more than 3 objects");
}

#[test]
fn formats_have_their_media_types() {
    for format in [ReportFormat::Junit, ReportFormat::Json, ReportFormat::Sarif] {
        assert_eq!(ReportFormat::of_content_type(format.content_type()), Some(format));
    }
    assert_eq!(ReportFormat::of_content_type("Text/XML; charset=utf-8"), Some(ReportFormat::Junit));
    assert_eq!(ReportFormat::of_content_type("application/octet-stream"), None);
    let read = |body: &str, format| decode_report(body.as_bytes(), format).unwrap();
    assert!(matches!(read("<testsuite/>", ReportFormat::Junit), Report::Tests(_)));
    assert!(matches!(read(r#"{"tests": []}"#, ReportFormat::Json), Report::Tests(_)));
    assert!(matches!(read(r#"{"version": "2.1.0", "runs": []}"#, ReportFormat::Sarif), Report::Lint(_)));
}
