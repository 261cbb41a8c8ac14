use std::fmt::Write;

use devos_contracts::ci::{LintFinding, LintLevel, LintReport};
use devos_otlp::{DecodeError, JunitLimits, SarifLimits, decode_results, decode_sarif};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::corpus;

fn decode(log: &Value) -> Result<LintReport, DecodeError> {
    decode_sarif(log.to_string().as_bytes(), SarifLimits::default())
}

/// The only finding of a run with these parts.
fn one(run: &Value) -> LintFinding {
    let mut findings = decode(&json!({ "version": "2.1.0", "runs": [run] })).unwrap().findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.remove(0)
}

fn result(result: &Value) -> LintFinding {
    one(&json!({ "results": [result] }))
}

fn refused(log: &Value) -> String {
    decode(log).unwrap_err().to_string()
}

/// One line per finding.
fn summarise(file: &str) -> String {
    let report = decode_sarif(&corpus(&format!("sarif/{file}")), SarifLimits::default()).unwrap();
    let mut out = String::new();
    for finding in &report.findings {
        let place = [finding.line, finding.column, finding.end_line, finding.end_column];
        let place: Vec<_> =
            place.iter().map(|number| number.map_or("-".to_owned(), |number| number.to_string())).collect();
        let LintFinding { tool, rule, level, message, file, snippet, suppressed, .. } = finding;
        let (file, place) = (file.as_deref().unwrap_or("-"), place.join(":"));
        let mark = if *suppressed { " suppressed" } else { "" };
        writeln!(out, "{tool} {rule} {level:?}{mark} {file}:{place} {message:?} {snippet:?}").unwrap();
    }
    out
}

#[test]
fn logs_of_well_known_tools_are_read() {
    let files = ["clippy.sarif", "codeql-shape.sarif", "eslint.sarif", "ruff.sarif", "semgrep.sarif"];
    insta::assert_snapshot!(files.map(summarise).concat(), @r#"
    clippy unused_variables Warning src/lib.rs:2:9:2:15 "unused variable: `unused`" None
    clippy clippy::needless_return Warning src/lib.rs:3:5:3:51 "unneeded `return` statement" None
    clippy clippy::ptr_arg Warning src/lib.rs:1:22:1:31 "writing `&Vec` instead of `&[_]` involves a new object where a slice will do" None
    clippy clippy::map_clone Warning src/lib.rs:3:12:3:45 "you are using an explicit closure for copying elements" None
    clippy clippy::approx_constant Error src/lib.rs:7:22:7:26 "approximate value of `f{32, 64}::consts::PI` found" None
    clippy clippy::eq_op Error src/lib.rs:8:5:8:11 "equal expressions as operands to `==`" None
    CodeQL py/command-line-injection Error src/cart.py:6:21:6:28 "This command line depends on a user-provided value.\nThis command line depends on a user-provided value." None
    CodeQL py/unused-import Note suppressed src/cart.py:1:-:1:10 "Import of 'os' is not used." None
    ESLint no-unused-vars Warning /home/runner/work/shop/shop/src/cart.js:1:10:1:15 "'total' is defined but never used." None
    ESLint no-unused-vars Warning /home/runner/work/shop/shop/src/cart.js:2:7:2:13 "'unused' is assigned a value but never used." None
    ESLint semi Error /home/runner/work/shop/shop/src/cart.js:4:40:5:1 "Missing semicolon." None
    ESLint no-undef Error /home/runner/work/shop/shop/src/cart.js:6:1:6:8 "'console' is not defined." None
    ESLint no-undef Error /home/runner/work/shop/shop/src/cart.js:6:13:6:17 "'totl' is not defined." None
    ESLint eqeqeq Error suppressed /home/runner/work/shop/shop/src/cart.js:3:14:3:16 "Expected '===' and instead saw '=='." None
    ruff F401 Error /home/runner/work/shop/shop/src/cart.py:1:8:1:10 "`os` imported but unused" None
    ruff S602 Error /home/runner/work/shop/shop/src/cart.py:6:5:6:20 "`subprocess` call with `shell=True` identified, security issue" None
    ruff A001 Error /home/runner/work/shop/shop/src/cart.py:7:5:7:8 "Variable `sum` is shadowing a Python builtin" None
    ruff A001 Error /home/runner/work/shop/shop/src/cart.py:9:9:9:12 "Variable `sum` is shadowing a Python builtin" None
    ruff S307 Error /home/runner/work/shop/shop/src/cart.py:10:12:10:26 "Use of possibly insecure function; consider using `ast.literal_eval`" None
    Semgrep OSS shell-true Error src/cart.py:6:5:6:41 "The command command runs in a shell." Some("subprocess.call(command, shell=True)")
    Semgrep OSS eval-of-text Warning src/cart.py:10:12:10:26 "Text is run as code." Some("return eval(str(sum))")
    "#);
}

#[test]
fn the_level_is_the_results_own_or_the_rules_or_a_warning() {
    let run = |result: Value| {
        one(&json!({
            "tool": { "driver": { "name": "t", "rules": [
                { "id": "a", "defaultConfiguration": { "level": "error" } }, { "id": "b" },
            ] } },
            "results": [result],
        }))
    };
    assert_eq!(run(json!({ "ruleId": "a", "level": "note" })).level, LintLevel::Note);
    assert_eq!(run(json!({ "ruleId": "a" })).level, LintLevel::Error);
    assert_eq!(run(json!({ "ruleIndex": 0 })).level, LintLevel::Error);
    assert_eq!(run(json!({ "ruleIndex": 0 })).rule, "a");
    assert_eq!(run(json!({ "ruleId": "a/case" })).level, LintLevel::Error, "a case of a rule");
    assert_eq!(run(json!({ "ruleId": "a/case" })).rule, "a/case");
    assert_eq!(run(json!({ "ruleId": "b", "ruleIndex": -1 })).level, LintLevel::Warning);
    assert_eq!(run(json!({ "ruleId": "unknown", "ruleIndex": 99 })).level, LintLevel::Warning);
    assert_eq!(run(json!({ "ruleId": "a", "kind": "fail" })).level, LintLevel::Error);
    assert_eq!(run(json!({ "ruleId": "a", "kind": "review" })).level, LintLevel::None, "no failure, no level");
    assert_eq!(run(json!({ "ruleId": "a", "kind": "open", "level": "error" })).level, LintLevel::Error);
}

#[test]
fn what_is_well_or_gone_is_no_finding() {
    let left = json!({ "version": "2.1.0", "runs": [{ "results": [
        { "kind": "pass" }, { "kind": "notApplicable", "level": "none" }, { "baselineState": "absent" },
        { "message": { "text": "stays" }, "baselineState": "unchanged" },
    ] }, { "results": null }, {}] });
    let report = decode(&left).unwrap();
    assert_eq!(report.findings.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>(), ["stays"]);
    assert_eq!(decode(&json!({ "version": "2.1.0", "runs": [] })).unwrap(), LintReport::default());
}

#[test]
fn suppressions_count_once_they_are_accepted() {
    let suppressed = |list: Value| result(&json!({ "suppressions": list })).suppressed;
    assert!(suppressed(json!([{ "kind": "inSource" }])));
    assert!(suppressed(json!([{ "kind": "external", "status": "accepted" }])));
    assert!(!suppressed(json!([])));
    assert!(!suppressed(json!(null)));
    assert!(!suppressed(json!([{ "status": "underReview" }])));
    assert!(!suppressed(json!([{ "kind": "inSource" }, { "status": "rejected" }])));
}

#[test]
fn messages_are_found_by_their_ids_and_filled_in() {
    let run = |message: Value| {
        one(&json!({
            "tool": { "driver": {
                "name": "t",
                "rules": [{
                    "id": "hidden",
                    "messageStrings": { "default": { "text": "'{0}' hides {{{1}}}" } },
                    "fullDescription": { "text": "Something hides something." },
                }],
                "globalMessageStrings": { "shared": { "text": "shared {0}" } },
            } },
            "results": [{ "ruleIndex": 0, "message": message }],
        }))
        .message
    };
    assert_eq!(run(json!({ "id": "default", "arguments": ["a", "b"] })), "'a' hides {b}");
    assert_eq!(run(json!({ "id": "shared", "arguments": ["x"] })), "shared x");
    assert_eq!(run(json!({ "text": "own {0}", "id": "default", "arguments": ["x"] })), "own x");
    assert_eq!(run(json!({ "text": "format!(\"{}\", {0})" })), "format!(\"{}\", {0})");
    assert_eq!(run(json!({ "markdown": "*own*" })), "*own*");
    assert_eq!(run(json!({ "id": "unknown" })), "Something hides something.");
    assert_eq!(run(json!({})), "Something hides something.");
    assert_eq!(run(json!(null)), "Something hides something.");
}

#[test]
fn addresses_are_resolved_on_their_bases() {
    let file = |location: Value| {
        one(&json!({
            "originalUriBaseIds": {
                "PROJECTROOT": { "uri": "file:///home/ann/shop" },
                "TESTS": { "uri": "tests/", "uriBaseId": "PROJECTROOT" },
                "LIBRARY": { "uri": "file:///usr/lib/" },
                "ROUND": { "uri": "a", "uriBaseId": "ROUND" },
                "NOTHING": null,
            },
            "artifacts": [{ "location": { "uri": "src/first.rs" } }],
            "results": [{ "locations": [{ "physicalLocation": { "artifactLocation": location } }] }],
        }))
        .file
    };
    let at = |uri: &str, base: &str| file(json!({ "uri": uri, "uriBaseId": base })).unwrap();
    assert_eq!(at("src/a.rs", "PROJECTROOT"), "src/a.rs");
    assert_eq!(at("src/a.rs", "UNKNOWN"), "src/a.rs");
    assert_eq!(at("src/a.rs", "NOTHING"), "src/a.rs");
    assert_eq!(at("a%20b.rs", "TESTS"), "tests/a b.rs");
    assert_eq!(at("libc.h", "LIBRARY"), "/usr/lib/libc.h");
    assert_eq!(at("file:///home/ann/shop/src/../src/a.rs", "TESTS"), "src/a.rs");
    assert_eq!(at("file:///home/ann/shopping/a.rs", "TESTS"), "/home/ann/shopping/a.rs");
    assert_eq!(at("../../etc/passwd", "TESTS"), "../etc/passwd");
    assert!(at("x", "ROUND").ends_with("/x"), "a circle ends");
    assert_eq!(file(json!({ "index": 0 })).as_deref(), Some("src/first.rs"));
    assert_eq!(file(json!({ "index": 7 })), None);
    assert_eq!(file(json!({})), None);
}

#[test]
fn regions_and_fingerprints_are_read() {
    let finding = result(&json!({
        "locations": [
            { "physicalLocation": { "artifactLocation": { "uri": "a.c" },
                "region": { "startLine": 3, "startColumn": 0, "endLine": 4.5, "endColumn": -1 },
                "contextRegion": { "startLine": 1, "snippet": { "text": "int a;\n" } } } },
            { "physicalLocation": { "artifactLocation": { "uri": "second.c" } } },
        ],
        "fingerprints": { "whole": "1", "both": "2" },
        "partialFingerprints": { "both": "3", "part": "4", "odd": 5 },
    }));
    assert_eq!((finding.file.as_deref(), finding.line, finding.end_line), (Some("a.c"), Some(3), Some(3)));
    assert_eq!((finding.column, finding.end_column), (None, None), "no numbers of the standard");
    assert_eq!(finding.snippet.as_deref(), Some("int a;"));
    let prints: Vec<_> = finding.fingerprints.iter().map(|(kind, print)| format!("{kind}={print}")).collect();
    assert_eq!(prints, ["both=2", "part=4", "whole=1"]);
}

#[test]
fn what_is_no_log_is_refused_with_the_place() {
    let cases = [
        ("", "malformed body: not JSON: EOF while parsing a value at line 1 column 0"),
        ("{\n \"version\": }", "malformed body: not JSON: expected value at line 2 column 13"),
        ("[]", "malformed body: a value is not what a SARIF log has there, line 1 column 0"),
        ("{}", "malformed body: not a SARIF log: it says no version"),
        (r#"{"version":"2.1.0"}"#, "malformed body: not a SARIF log: it has no runs"),
        (r#"{"version":"1.0.0"}"#, "unsupported body: SARIF version `1.0.0` is not read, 2.1.0 is"),
        (
            "{\"version\":\"2.1.0\",\"runs\":[{\"results\":[\n{\"level\":\"s3cret\"}]}]}",
            "malformed body: a value is not what a SARIF log has there, line 2 column 17",
        ),
    ];
    for (body, expected) in cases {
        let error = decode_sarif(body.as_bytes(), SarifLimits::default()).unwrap_err();
        assert_eq!(error.to_string(), expected, "{body}");
    }
    let marked = [b"\xef\xbb\xbf".as_slice(), br#"{"version":"2.1.0","runs":[]}"#].concat();
    assert_eq!(decode_sarif(&marked, SarifLimits::default()).unwrap(), LintReport::default());
}

#[test]
fn logs_are_bounded() {
    let few = SarifLimits { findings: 2, objects: 8, depth: 6, text_bytes: 100, total_bytes: 350 };
    let log = |results: &[Value]| json!({ "version": "2.1.0", "runs": [{ "results": results }] }).to_string();
    let bounded = |text: &str| decode_sarif(text.as_bytes(), few).map_err(|error| error.to_string());
    let wordy = json!({ "message": { "text": "é".repeat(100) } });

    let kept = bounded(&log(&[wordy.clone(), json!({})])).unwrap().findings;
    assert!(kept[0].message.len() <= 100 && kept[0].message.ends_with("é… [cut]"), "{}", kept[0].message);
    assert_eq!(
        bounded(&log(&vec![json!({}); 3])).unwrap_err(),
        "unsupported body: more than 2 results in one SARIF log"
    );
    assert_eq!(
        bounded(&log(&vec![json!({}); 7])).unwrap_err(),
        "unsupported body: a SARIF log has more than 8 objects"
    );
    let nested = format!(r#"{{"a":{}{}}}"#, "[".repeat(6), "]".repeat(6));
    assert_eq!(bounded(&nested).unwrap_err(), "unsupported body: a SARIF log nests deeper than 6");
    let texts = json!({ "version": "2.1.0", "runs": [], "text": "{[\"\\{[".repeat(20) }).to_string();
    assert!(bounded(&texts).is_ok(), "brackets in texts are none");
    let scarce = SarifLimits { total_bytes: 150, ..few };
    let error = decode_sarif(log(&[wordy.clone(), wordy]).as_bytes(), scarce).unwrap_err();
    assert_eq!(error.to_string(), "unsupported body: the findings' texts are longer than 150 bytes");
    let runs = json!({ "version": "2.1.0", "runs": vec![json!({}); 101] });
    assert_eq!(refused(&runs), "unsupported body: more than 100 runs in one SARIF log");
}

proptest! {
    /// Logs of which a part is replaced, so that most of it is still a log.
    #[test]
    fn damaged_logs_are_read_or_refused(at in 0..2000_usize, cut in 0..20_usize, put in "[\\PC{}\\[\\]\",:0-9-]{0,8}") {
        let whole = String::from_utf8(corpus("sarif/semgrep.sarif")).unwrap();
        let at = whole.floor_char_boundary(at);
        let rest = &whole[whole.ceil_char_boundary((at + cut).min(whole.len()))..];
        let damaged = format!("{}{put}{rest}", &whole[..at]);
        if let Ok(report) = decode_sarif(damaged.as_bytes(), SarifLimits::default()) {
            prop_assert!(report.findings.len() <= 2);
        }
        prop_assert!(decode_results(damaged.as_bytes(), JunitLimits::default()).is_err(), "no list of tests");
    }
}
