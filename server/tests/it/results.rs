//! Plain JSON test results and SARIF logs.

use devos_contracts::CommitId;
use devos_contracts::api::{Page, PatternDetail, TestRun, TestRunReceipt};
use devos_contracts::ci::{LintCounts, LintFinding, LintLevel, RunKind, RunSource};
use devos_contracts::problem::ProblemCode;
use devos_contracts::repository::Repository;
use devos_contracts::scope::{Role, TokenScope};
use devos_contracts::signal::SignalType;
use reqwest::Method;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::cloud::{Cloud, Credentials};
use crate::otlp::gzip;
use crate::seed::commit;

/// Sends a body; `query` follows the commit, `media` is the content type.
async fn send(cloud: &Cloud, who: &Credentials, at: (&str, &CommitId), query: &str, media: &str, body: &str) -> Answer {
    let (repository, commit) = at;
    let path = format!("/api/v1/repositories/{repository}/results?commit={commit}{query}");
    let request = who.sign(cloud.request(Method::POST, &path)).header("content-type", media);
    Answer::to(request.body(body.to_owned())).await
}

fn sarif(rule: &str) -> String {
    let at = |file: &str| {
        json!([{ "physicalLocation": { "artifactLocation": { "uri": file },
            "region": { "startLine": 7, "startColumn": 3, "snippet": { "text": "connect(\"password=hunter22\")" } } } }])
    };
    let result = |level: &str, file: &str| {
        json!({ "ruleId": rule, "level": level, "locations": at(file),
            "message": { "text": "{0} is run for ann@example.com", "arguments": ["text"] } })
    };
    json!({ "version": "2.1.0", "runs": [{
        "tool": { "driver": { "name": "ruff", "rules": [{ "id": rule }] } },
        "results": [result("error", "src/cart.py"), result("warning", "src/secrets.yml"), result("note", "setup.py")],
    }] })
    .to_string()
}

/// Uploads a lint report with one error, one warning and one note of a rule.
pub async fn lint(cloud: &Cloud, who: &Credentials, repository: &Repository, on: &CommitId, rule: &str) -> Answer {
    send(cloud, who, (&repository.id.to_string(), on), "", "application/sarif+json", &sarif(rule)).await
}

#[tokio::test]
async fn plain_results_are_test_results() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let ingest = cloud.token(&[TokenScope::Ingest]).await;
    let body = json!({ "tests": [
        { "class": "shop", "name": "adds", "outcome": "passed", "duration_ms": 3 },
        { "class": "shop", "name": "totals", "outcome": "failed", "type": "AssertionError", "message": "3 != 2" },
        { "class": "shop", "name": "later", "outcome": "skipped" },
    ] })
    .to_string();
    let on = commit();
    let at = (repository.name.as_str(), &on);
    let receipt: TestRunReceipt = send(&cloud, &ingest, at, "", "application/json", &body).await.json(201);
    assert_eq!((receipt.passed, receipt.failed, receipt.skipped, receipt.lint), (1, 1, 1, None));
    let again = send(&cloud, &ingest, at, "&format=json&source=local", "text/plain", &body).await;
    assert!(again.json::<TestRunReceipt>(201).duplicate, "the parameter says it as well");

    let xml = r#"<testsuite><testcase classname="shop" name="totals"/></testsuite>"#;
    let passed = send(&cloud, &ingest, at, "&source=local", "application/xml", xml).await;
    assert_eq!(passed.json::<TestRunReceipt>(201).passed, 1);
    let viewer = cloud.person(Role::Viewer).await;
    let runs = format!("/api/v1/repositories/{}/test-runs", repository.id);
    let runs: Page<TestRun> = cloud.get(&viewer, &runs).await.json(200);
    let sources: Vec<_> = runs.items.iter().map(|run| (run.kind, run.source)).collect();
    assert_eq!(sources, [(RunKind::Test, RunSource::Local), (RunKind::Test, RunSource::Ci)]);
}

#[tokio::test]
async fn a_test_that_differs_on_one_commit_is_counted_and_accuses_nobody() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let ingest = cloud.token(&[TokenScope::Ingest]).await;
    let on = commit();
    let upload = async |outcome: &str| {
        let body = json!({ "tests": [{ "name": "flips", "outcome": outcome }] }).to_string();
        let answer = send(&cloud, &ingest, (&repository.name, &on), "", "application/json", &body).await;
        answer.json::<TestRunReceipt>(201)
    };
    assert_eq!(upload("passed").await.flaky, 0);
    let failing = upload("failed").await;
    assert_eq!((failing.failed, failing.flaky, failing.patterns.len()), (1, 1, 0));
    assert!(cloud.rows("SELECT 1 AS one FROM patterns", &[]).await.is_empty());
}

#[tokio::test]
async fn lint_findings_are_stored_and_their_errors_are_violations() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let ingest = cloud.token(&[TokenScope::Ingest]).await;
    let receipt: TestRunReceipt = lint(&cloud, &ingest, &repository, &commit(), "S307").await.json(201);
    let counts = LintCounts { errors: 1, warnings: 1, notes: 1, suppressed: 0 };
    assert_eq!((receipt.passed, receipt.failed, receipt.lint), (0, 1, Some(counts)));

    let viewer = cloud.person(Role::Viewer).await;
    let pattern: PatternDetail =
        cloud.get(&viewer, &format!("/api/v1/patterns/{}", receipt.patterns[0])).await.json(200);
    assert_eq!(pattern.pattern.signal_type, SignalType::PolicyViolation);
    assert_eq!(pattern.latest.files, ["src/cart.py"]);

    let path = format!("/api/v1/repositories/{}/test-runs/{}/findings", repository.id, receipt.id);
    let page: Page<LintFinding> = cloud.get(&viewer, &path).await.json(200);
    let [error, warning, note] = page.items.as_slice() else { panic!("{page:?}") };
    assert_eq!((error.level, error.line, error.file.as_deref()), (LintLevel::Error, Some(7), Some("src/cart.py")));
    assert_eq!(error.message, "text is run for [EMAIL]");
    assert_eq!(error.snippet.as_deref(), Some("connect(\"password=[REDACTED]\")"));
    assert_eq!((&warning.snippet, &note.snippet), (&None, &None), "not of every file");

    let first: Page<LintFinding> = cloud.get(&viewer, &format!("{path}?limit=2")).await.json(200);
    let next = first.next_cursor.unwrap();
    let rest: Page<LintFinding> = cloud.get(&viewer, &format!("{path}?limit=2&cursor={next}")).await.json(200);
    assert_eq!((first.items.len(), &rest.items[..], rest.next_cursor), (2, &page.items[2..], None));
    cloud.get(&viewer, &format!("{path}?cursor=x")).await.refused(ProblemCode::Invalid);
    let elsewhere = cloud.repository().await;
    let foreign = format!("/api/v1/repositories/{}/test-runs/{}/findings", elsewhere.id, receipt.id);
    cloud.get(&viewer, &foreign).await.refused(ProblemCode::NotFound);

    let stored = "SELECT to_jsonb(l) AS row FROM lint_failures l UNION ALL SELECT to_jsonb(s) FROM failure_signals s
        UNION ALL SELECT to_jsonb(p) FROM patterns p UNION ALL SELECT to_jsonb(m) FROM memory_items m";
    let rows = cloud.rows(stored, &[]).await;
    let text = Value::from(rows).to_string();
    assert!(!text.contains("hunter22") && !text.contains("ann@example.com"), "{text}");
}

#[tokio::test]
async fn what_is_not_understood_is_refused_and_leaves_nothing() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let ingest = cloud.token(&[TokenScope::Ingest]).await;
    let on = commit();
    for (query, media, body, code, words) in [
        ("", "text/plain", "{}", ProblemCode::UnsupportedMedia, "format=sarif"),
        ("&format=xml", "text/plain", "{}", ProblemCode::Malformed, "format"),
        ("&source=elsewhere", "application/json", "{}", ProblemCode::Malformed, "source"),
        ("", "application/json", r#"{"tests": [{}]}"#, ProblemCode::Malformed, "line 1 column"),
        ("", "application/sarif+json", "{\n!", ProblemCode::Malformed, "line 2 column 1"),
        ("&format=sarif", "application/json", r#"{"version": "3"}"#, ProblemCode::UnsupportedMedia, "2.1.0"),
    ] {
        let detail = send(&cloud, &ingest, (&repository.name, &on), query, media, body).await.refused(code);
        assert!(detail.contains(words), "{detail}");
    }
    let path = format!("/api/v1/repositories/{}/results?commit={on}", repository.id);
    let request = ingest.sign(cloud.request(Method::POST, &path)).header("content-type", "application/sarif+json");
    let bomb = gzip(&vec![b' '; (32 << 20) + 1]);
    Answer::to(request.header("content-encoding", "gzip").body(bomb)).await.refused(ProblemCode::TooLarge);
    assert!(cloud.rows("SELECT 1 AS one FROM test_runs", &[]).await.is_empty());
}
