//! What becomes of test results and lint findings.

use devos_contracts::ci::{LintCounts, LintReport, RunKind, RunSource};
use devos_contracts::scope::{Rights, TokenScope};
use devos_contracts::signal::SignalType;
use devos_contracts::{CommitId, PatternId, Scope};
use devos_ports::Store;
use devos_ports::store::PatternFilter;
use devos_services::ingest::Upload;
use devos_testkit::samples;

use crate::loop_world::{LoopWorld, TEST};

fn lint(report: LintReport, word: &str) -> Upload<LintReport> {
    Upload {
        repository: "shop".into(),
        commit: samples::commit("nine"),
        source: RunSource::Local,
        report,
        digest: samples::digest(word),
    }
}

async fn occurrences(world: &LoopWorld, pattern: PatternId) -> i64 {
    world.store.begin(&world.scope).await.unwrap().pattern(pattern).await.unwrap().unwrap().occurrences
}

#[tokio::test]
async fn a_test_that_passed_on_the_commit_accuses_nobody_when_it_fails() {
    let world = LoopWorld::new().await;
    let nine = samples::commit("nine");
    assert_eq!(world.upload(&nine, true).await.flaky, 0);
    world.clock.advance(chrono::TimeDelta::seconds(1));
    let receipt = world.upload(&nine, false).await;
    assert_eq!((receipt.failed, receipt.flaky, receipt.patterns.len()), (1, 1, 0), "counted and marked");
    assert!(world.store.waiting_jobs().is_empty(), "no repair is considered");
    let elsewhere = world.upload(&samples::commit("eight"), false).await;
    assert_eq!((elsewhere.flaky, elsewhere.patterns.len()), (0, 1), "another commit is another matter");
}

#[tokio::test]
async fn a_failure_that_turns_out_flaky_opens_no_repair() {
    let world = LoopWorld::new().await;
    let nine = samples::commit("nine");
    let failing = world.upload(&nine, false).await;
    assert_eq!((failing.flaky, failing.patterns.len()), (0, 1));
    world.clock.advance(chrono::TimeDelta::seconds(1));
    // Before the worker comes to it, the test passes on the same commit.
    world.upload(&nine, true).await;
    world.work(1).await;
    assert_eq!(world.newest().await, None);
}

#[tokio::test]
async fn what_ran_on_somebodys_machine_makes_no_test_flaky() {
    let world = LoopWorld::new().await;
    let upload = |source, passed, commit: CommitId, word| Upload {
        repository: "shop".into(),
        commit,
        source,
        report: samples::report(&[(TEST, passed)]),
        digest: samples::digest(word),
    };
    let nine = samples::commit("nine");
    let send = |upload| world.ingest.upload(&world.scope, upload);
    send(upload(RunSource::Local, true, nine.clone(), "local")).await.unwrap();
    let receipt = send(upload(RunSource::Ci, false, nine, "ci")).await.unwrap();
    assert_eq!((receipt.flaky, receipt.patterns.len()), (0, 1), "its working tree may have differed");
    world.work(1).await;
    assert!(world.newest().await.is_some());
}

#[tokio::test]
async fn a_failing_pipeline_belongs_to_the_repository_that_it_names() {
    let world = LoopWorld::new().await;
    let scope = Scope { rights: Rights::Token(vec![TokenScope::Ingest]), ..world.scope.clone() };
    for (digest, url) in [(1, "git@git.example.com:shop.git"), (2, "https://git.example.com/other")] {
        let mut batch = samples::telemetry("runner", 0, 1, samples::at(0));
        batch.spans[0].attributes = serde_json::from_value(serde_json::json!({
            "cicd.pipeline.name": "build", "cicd.pipeline.result": "failure", "cicd.pipeline.run.id": url,
            "vcs.repository.url.full": url, "vcs.ref.head.revision": samples::commit("nine").as_str(),
        }))
        .unwrap();
        let turn = world.ingest.admit(&scope).unwrap().turn().await.unwrap();
        world.ingest.accept(&scope, turn, batch, &[digest; 32]).await.unwrap();
    }
    let mut tx = world.store.begin(&world.scope).await.unwrap();
    let shop = tx.repository_by_name("shop").await.unwrap().unwrap().id;
    let filter = PatternFilter { limit: 10, ..PatternFilter::default() };
    let mut found = tx.patterns(&filter).await.unwrap();
    found.sort_by_key(|pattern| pattern.repository.is_none());
    let told: Vec<_> = found.iter().map(|pattern| (pattern.signal_type, pattern.repository)).collect();
    assert_eq!(told, [(SignalType::CiFailure, Some(shop)), (SignalType::CiFailure, None)]);
    assert_eq!((&found[0].title, &found[0].commit), (&"build: failure".to_owned(), &Some(samples::commit("nine"))));
}

#[tokio::test]
async fn lint_errors_become_violations_and_no_repair() {
    let world = LoopWorld::new().await;
    let receipt = world.ingest.upload_lint(&world.scope, lint(samples::lint_report(), "one")).await.unwrap();
    let counts = LintCounts { errors: 1, warnings: 1, notes: 2, suppressed: 1 };
    assert_eq!((receipt.passed, receipt.failed, receipt.lint), (0, 1, Some(counts)));
    let [pattern] = receipt.patterns[..] else { panic!("{receipt:?}") };

    let mut tx = world.store.begin(&world.scope).await.unwrap();
    let signal = tx.latest_signal(pattern).await.unwrap().unwrap();
    assert_eq!((signal.signal_type, signal.trigger_id), (SignalType::PolicyViolation, receipt.id.trigger()));
    assert_eq!((signal.title.as_str(), signal.files), ("F401 is broken", vec!["src/shop/cart.py".to_owned()]));
    let shop = signal.repository.unwrap();
    let runs = tx.test_runs(shop, 10).await.unwrap();
    assert_eq!((runs[0].kind, runs[0].source, runs[0].failed), (RunKind::Lint, RunSource::Local, 1));
    assert_eq!(tx.lint_findings(shop, receipt.id, 0, 10).await.unwrap().unwrap().len(), 5);
    drop(tx);

    let again = world.ingest.upload_lint(&world.scope, lint(samples::lint_report(), "one")).await.unwrap();
    assert_eq!((again.id, again.duplicate, &again.patterns), (receipt.id, true, &receipt.patterns));
    assert_eq!(occurrences(&world, pattern).await, 1);
    world.ingest.upload_lint(&world.scope, lint(samples::lint_report(), "two")).await.unwrap();
    assert_eq!(occurrences(&world, pattern).await, 2);
    assert!(world.store.waiting_jobs().is_empty());
}

#[tokio::test]
async fn source_text_is_stored_of_code_only() {
    let world = LoopWorld::new().await;
    let mut report = samples::lint_report();
    report.findings[1].file = Some("src/.env".to_owned());
    report.findings[2].file = Some("setup.py".to_owned());
    report.findings[3].message = "password=hunter22".to_owned();
    let receipt = world.ingest.upload_lint(&world.scope, lint(report, "one")).await.unwrap();
    let mut tx = world.store.begin(&world.scope).await.unwrap();
    let shop = tx.repository_by_name("shop").await.unwrap().unwrap().id;
    let stored = tx.lint_findings(shop, receipt.id, 0, 10).await.unwrap().unwrap();
    let snippets: Vec<_> = stored.iter().map(|finding| finding.snippet.is_some()).collect();
    assert_eq!(snippets, [true, false, false, true, true]);
    assert_eq!(stored[3].message, "password=[REDACTED]");
}
