//! Test results from CI.

use std::fmt::Write;

use devos_contracts::api::{Page, PatternDetail, TestRun, TestRunReceipt};
use devos_contracts::pattern::PatternState;
use devos_contracts::problem::ProblemCode;
use devos_contracts::scope::{Role, TokenScope};
use devos_contracts::{CommitId, PatternId};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::answer::Answer;
use crate::cloud::{Cloud, Credentials};
use crate::otlp::gzip;
use crate::seed::commit;

/// A JUnit report of one suite.
#[derive(Default)]
pub struct Report {
    cases: String,
}

impl Report {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn passed(mut self, name: &str) -> Self {
        write!(self.cases, r#"<testcase classname="shop" name="{name}" time="0.01"/>"#).unwrap();
        self
    }

    pub fn skipped(mut self, name: &str) -> Self {
        write!(self.cases, r#"<testcase classname="shop" name="{name}"><skipped/></testcase>"#).unwrap();
        self
    }

    pub fn failed(mut self, name: &str, message: &str) -> Self {
        let trace = "Traceback (most recent call last):\n  File \"shop/cart.py\", line 7, in total";
        let failure = format!(r#"<failure type="AssertionError" message="{message}">{trace}</failure>"#);
        write!(self.cases, r#"<testcase classname="shop" name="{name}">{failure}</testcase>"#).unwrap();
        self
    }

    pub fn xml(&self) -> String {
        format!(r#"<?xml version="1.0"?><testsuites><testsuite name="unit">{}</testsuite></testsuites>"#, self.cases)
    }
}

fn request(cloud: &Cloud, who: &Credentials, repository: &str, commit: &CommitId) -> RequestBuilder {
    let path = format!("/api/v1/repositories/{}/junit?commit={commit}", repository.replace('/', "%2F"));
    who.sign(cloud.request(Method::POST, &path)).header("content-type", "application/xml")
}

async fn upload_for(cloud: &Cloud, who: &Credentials, repository: &str, commit: &CommitId, xml: &str) -> Answer {
    Answer::to(request(cloud, who, repository, commit).body(xml.to_owned())).await
}

/// Uploads a report of a commit of its own.
pub async fn upload(cloud: &Cloud, who: &Credentials, repository: &str, report: &Report) -> Answer {
    upload_for(cloud, who, repository, &commit(), &report.xml()).await
}

async fn detail(cloud: &Cloud, pattern: PatternId) -> PatternDetail {
    let viewer = cloud.person(Role::Viewer).await;
    cloud.get(&viewer, &format!("/api/v1/patterns/{pattern}")).await.json(200)
}

#[tokio::test]
async fn a_report_is_counted_and_its_failures_become_patterns() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let ingest = cloud.token(&[TokenScope::Ingest]).await;
    let report = Report::new()
        .passed("test_add")
        .failed("test_total", "expected 2 but was 3")
        .failed("test_discount", "expected 5 but was 4")
        .skipped("test_later")
        .passed("test_remove");
    let on = commit();
    let receipt: TestRunReceipt = upload_for(&cloud, &ingest, &repository.name, &on, &report.xml()).await.json(201);
    assert_eq!((receipt.passed, receipt.failed, receipt.skipped, receipt.duplicate), (2, 2, 1, false));
    assert_eq!(receipt.patterns.len(), 2);

    let shown = detail(&cloud, receipt.patterns[0]).await;
    assert_eq!(shown.pattern.test.as_deref(), Some("shop::test_total"));
    assert_eq!((shown.pattern.repository, shown.pattern.commit.as_ref()), (Some(repository.id), Some(&on)));
    assert_eq!((shown.pattern.occurrences, shown.pattern.state), (1, PatternState::Open));
    assert_eq!(shown.pattern.title, "AssertionError: expected 2 but was 3");
    assert_eq!(shown.latest.trigger_id, format!("run:{}", receipt.id));
    assert_eq!(shown.latest.files, ["shop/cart.py"]);
    assert_eq!(shown.histogram.iter().map(|hour| hour.count).sum::<i64>(), 1);

    let viewer = cloud.person(Role::Viewer).await;
    let runs = format!("/api/v1/repositories/{}/test-runs", repository.id);
    let runs: Page<TestRun> = cloud.get(&viewer, &runs).await.json(200);
    let [run] = runs.items.as_slice() else { panic!("{runs:?}") };
    assert_eq!((run.id, &run.commit, run.passed, run.failed, run.skipped), (receipt.id, &on, 2, 2, 1));
}

#[tokio::test]
async fn the_same_report_is_stored_once_for_a_commit() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let ingest = cloud.token(&[TokenScope::Ingest]).await;
    let (xml, on) = (Report::new().failed("test_total", "3 != 2").xml(), commit());
    let first: TestRunReceipt = upload_for(&cloud, &ingest, &repository.name, &on, &xml).await.json(201);
    let again: TestRunReceipt = upload_for(&cloud, &ingest, &repository.name, &on, &xml).await.json(201);
    assert_eq!((again.id, again.duplicate, again.failed), (first.id, true, 1));
    assert_eq!(again.patterns, first.patterns, "a retry answers what the first one did");
    // However it was sent.
    let compressed = request(&cloud, &ingest, &repository.id.to_string(), &on).header("content-encoding", "gzip");
    let again: TestRunReceipt = Answer::to(compressed.body(gzip(xml.as_bytes()))).await.json(201);
    assert_eq!((again.id, again.duplicate), (first.id, true));
    assert_eq!(detail(&cloud, first.patterns[0]).await.pattern.occurrences, 1);

    let other: TestRunReceipt = upload_for(&cloud, &ingest, &repository.name, &commit(), &xml).await.json(201);
    assert_eq!((other.duplicate, &other.patterns), (false, &first.patterns));
    assert_ne!(other.id, first.id);
    assert_eq!(detail(&cloud, first.patterns[0]).await.pattern.occurrences, 2);
}

#[tokio::test]
async fn a_compressed_report_is_understood() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let ingest = cloud.token(&[TokenScope::Ingest]).await;
    let xml = Report::new().passed("test_add").xml();
    let send = |encoding: &str, body: Vec<u8>| {
        let request = request(&cloud, &ingest, &repository.name, &commit()).header("content-encoding", encoding);
        Answer::to(request.body(body))
    };
    let receipt: TestRunReceipt = send("gzip", gzip(xml.as_bytes())).await.json(201);
    assert_eq!(receipt.passed, 1);
    send("gzip", xml.clone().into_bytes()).await.refused(ProblemCode::Malformed);
    send("zstd", xml.into_bytes()).await.refused(ProblemCode::UnsupportedMedia);
    send("gzip", gzip(&vec![b' '; (32 << 20) + 1])).await.refused(ProblemCode::TooLarge);
    let large = request(&cloud, &ingest, &repository.name, &commit()).body(vec![b' '; (32 << 20) + 1]);
    Answer::to(large).await.refused(ProblemCode::TooLarge);
}

#[tokio::test]
async fn what_is_no_report_is_refused_and_leaves_nothing() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let ingest = cloud.token(&[TokenScope::Ingest]).await;
    let whole = Report::new().failed("test_total", "3 != 2").xml();
    let entity = format!("<!DOCTYPE t [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{}", whole.replace("3 != 2", "&x;"));
    for (xml, code) in [
        (whole[..whole.len() - 20].to_owned(), ProblemCode::Malformed),
        ("not XML at all".to_owned(), ProblemCode::Malformed),
        (String::new(), ProblemCode::Malformed),
        ("<html><body/></html>".to_owned(), ProblemCode::UnsupportedMedia),
        (entity.replace("<?xml version=\"1.0\"?>", ""), ProblemCode::UnsupportedMedia),
        ("<testsuite>".repeat(1000), ProblemCode::UnsupportedMedia),
    ] {
        let detail = upload_for(&cloud, &ingest, &repository.name, &commit(), &xml).await.refused(code);
        assert!(!detail.contains("passwd"), "{detail}");
    }
    let sql = "SELECT 1 AS one FROM test_runs UNION ALL SELECT 1 FROM patterns UNION ALL SELECT 1 FROM failure_signals";
    assert!(cloud.rows(sql, &[]).await.is_empty());
}

#[tokio::test]
async fn the_repository_and_the_commit_must_be_right() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let ingest = cloud.token(&[TokenScope::Ingest]).await;
    let xml = Report::new().passed("test_add").xml();
    for unknown in ["nowhere", "0193a000-0000-7000-8000-000000000000", "a/b"] {
        upload_for(&cloud, &ingest, unknown, &commit(), &xml).await.refused(ProblemCode::NotFound);
    }
    let (_, foreign) = cloud.token_of(&cloud.stranger, &[TokenScope::Ingest]).await;
    for known in [repository.name.clone(), repository.id.to_string()] {
        upload_for(&cloud, &foreign, &known, &commit(), &xml).await.refused(ProblemCode::NotFound);
    }
    let full = commit().0;
    for wrong in ["", "main", &full[..12], &full.to_uppercase(), &format!("{full}0")] {
        let wrong = CommitId(wrong.to_owned());
        upload_for(&cloud, &ingest, &repository.name, &wrong, &xml).await.refused(ProblemCode::Malformed);
    }
    let path = format!("/api/v1/repositories/{}/junit", repository.id);
    let without = ingest.sign(cloud.request(Method::POST, &path)).body(xml);
    Answer::to(without).await.refused(ProblemCode::Malformed);
    assert!(cloud.rows("SELECT 1 AS one FROM test_runs", &[]).await.is_empty());
}

#[tokio::test]
async fn a_name_with_a_slash_is_escaped() {
    let cloud = Cloud::start().await;
    let connect = serde_json::json!({ "name": "team/shop", "remote": cloud.git_repository() });
    let maintainer = cloud.person(Role::Maintainer).await;
    cloud.post(&maintainer, "/api/v1/repositories", &connect).await.expect(201);
    upload(&cloud, &maintainer, "team/shop", &Report::new().passed("test_add")).await.expect(201);
}

#[tokio::test]
async fn a_passing_report_is_recorded_and_wakes_whoever_waits_for_it() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let waiting = cloud.waiting(&repository).await;
    let ingest = cloud.token(&[TokenScope::Ingest]).await;
    let failing: TestRunReceipt =
        upload(&cloud, &ingest, &repository.name, &Report::new().failed("test_total", "3 != 2")).await.json(201);
    let passing: TestRunReceipt =
        upload(&cloud, &ingest, &repository.name, &Report::new().passed("test_total")).await.json(201);
    assert_eq!((passing.passed, passing.failed, passing.patterns.len()), (1, 0, 0));

    // One good run is no repair: the pattern stays as it is.
    let shown = detail(&cloud, failing.patterns[0]).await.pattern;
    assert_eq!((shown.occurrences, shown.state), (1, PatternState::Open));
    let viewer = cloud.person(Role::Viewer).await;
    let runs = format!("/api/v1/repositories/{}/test-runs", repository.id);
    let runs: Page<TestRun> = cloud.get(&viewer, &runs).await.json(200);
    assert_eq!(runs.items.iter().map(|run| run.id).collect::<Vec<_>>(), [passing.id, failing.id]);

    let jobs = cloud.rows("SELECT convert_from(job, 'UTF8')::jsonb AS job FROM apalis.jobs", &[]).await;
    let of = |kind: &str| jobs.iter().filter(|row| row["job"]["job"] == kind).collect::<Vec<_>>();
    let woken = of("advance_repair");
    assert_eq!(woken.len(), 2, "{jobs:?}");
    assert!(woken.iter().all(|row| row["job"]["repair"] == waiting.repair.to_string()), "{jobs:?}");
    let considered = of("consider_pattern");
    assert_eq!(considered.len(), 1, "{jobs:?}");
    assert_eq!(considered[0]["job"]["pattern"], failing.patterns[0].to_string());
}

#[tokio::test]
async fn secrets_in_a_report_are_not_stored() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let ingest = cloud.token(&[TokenScope::Ingest]).await;
    let message = "login failed, password: hunter2 for ann@example.com with Bearer abcdef0123456789abcdef";
    let answer = upload(&cloud, &ingest, &repository.name, &Report::new().failed("test_login", message)).await;
    let receipt: TestRunReceipt = answer.json(201);
    let stored = "SELECT to_jsonb(t) AS row FROM test_cases t UNION ALL SELECT to_jsonb(f) FROM test_failures f
        UNION ALL SELECT to_jsonb(p) FROM patterns p UNION ALL SELECT to_jsonb(s) FROM failure_signals s
        UNION ALL SELECT to_jsonb(m) FROM memory_items m";
    let rows = cloud.rows(stored, &[]).await;
    assert_eq!(rows.len(), 5);
    let text = Value::from(rows).to_string() + &format!("{:?}", detail(&cloud, receipt.patterns[0]).await);
    for secret in ["hunter2", "ann@example.com", "abcdef0123456789"] {
        assert!(!text.contains(secret), "{secret} is stored: {text}");
    }
    assert!(text.contains("login failed"), "{text}");
}
