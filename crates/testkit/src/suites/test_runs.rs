//! Uploaded test results.

use anyhow::Result;
use devos_contracts::ci::{LintFinding, LintReport, RunKind, RunSource, TestOutcome};
use devos_contracts::journal::TestRecord;
use devos_contracts::{RepositoryId, TestRunId};
use devos_logic::redact;
use devos_ports::store::NewTestRun;

use super::{Bench, connect, tenant};
use crate::samples::{at, commit, id, lint_report, redacted_report, report, test_run};

/// The same report on the same commit is one run; on another commit it is another.
pub async fn a_report_is_stored_once(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?;
    let results = redacted_report(report(&[("a", true), ("b", false), ("c", true)]));
    let run = test_run(1, shop.id, &commit("head"));
    let mut tx = bench.store().begin(&scope).await?;
    assert_eq!(tx.add_test_run(&run, &results).await?, Ok(()));
    tx.commit().await?;

    let mut tx = bench.store().begin(&scope).await?;
    let again = NewTestRun { id: TestRunId(id(2)), at: at(60), ..run.clone() };
    assert_eq!(tx.add_test_run(&again, &results).await?, Err(run.id));
    let elsewhere = NewTestRun { commit: commit("next"), ..again };
    assert_eq!(tx.add_test_run(&elsewhere, &results).await?, Ok(()));
    let runs = tx.test_runs(shop.id, 10).await?;
    assert_eq!(runs.iter().map(|run| run.id).collect::<Vec<_>>(), [elsewhere.id, run.id]);
    assert_eq!((runs[1].passed, runs[1].failed, runs[1].skipped), (2, 1, 0));
    assert_eq!((&runs[1].commit, runs[1].at), (&run.commit, run.at));
    assert_eq!(tx.test_runs(shop.id, 1).await?.len(), 1);
    Ok(())
}

/// When a test passed last, and what it did since.
pub async fn history_tells_of_a_test(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?;
    let mut tx = bench.store().begin(&scope).await?;
    for (number, word, passed) in [(1, "one", true), (2, "two", true), (3, "three", false), (4, "four", false)] {
        let run = NewTestRun { at: at(number * 60), ..test_run(number.unsigned_abs().into(), shop.id, &commit(word)) };
        let results = redacted_report(report(&[("other", true), ("total", passed)]));
        assert_eq!(tx.add_test_run(&run, &results).await?, Ok(()));
    }
    tx.commit().await?;

    let mut tx = bench.store().begin(&scope).await?;
    let sound = |word, passes| Some((commit(word), TestRecord { passes, failures: 0 }));
    assert_eq!(tx.last_passed(shop.id, "unit::total", at(1000)).await?, sound("two", 2), "up to it, not after it");
    assert_eq!(tx.last_passed(shop.id, "unit::total", at(180)).await?, sound("two", 2));
    assert_eq!(tx.last_passed(shop.id, "unit::total", at(120)).await?, sound("one", 1), "before, not at");
    assert_eq!(tx.last_passed(shop.id, "unit::total", at(60)).await?, None);
    assert_eq!(tx.last_passed(shop.id, "total", at(180)).await?, None, "ids are whole");
    let since = tx.test_results(shop.id, "unit::total", at(120)).await?;
    assert_eq!(since, [(commit("two"), true), (commit("three"), false), (commit("four"), false)]);
    Ok(())
}

/// Lint runs stand beside test runs, with their findings.
pub async fn lint_findings_are_stored(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?;
    let run = NewTestRun { source: RunSource::Local, ..test_run(1, shop.id, &commit("head")) };
    let mut tx = bench.store().begin(&scope).await?;
    let stored = redact::lint_report(lint_report());
    assert_eq!(tx.add_lint_run(&run, &stored).await?, Ok(()));
    tx.commit().await?;

    let mut tx = bench.store().begin(&scope).await?;
    let again = NewTestRun { id: TestRunId(id(2)), at: at(60), ..run.clone() };
    assert_eq!(tx.add_lint_run(&again, &stored).await?, Err(run.id));
    let tests = NewTestRun { at: at(60), ..test_run(3, shop.id, &commit("head")) };
    assert_eq!(tx.add_test_run(&tests, &redacted_report(report(&[("a", true)]))).await?, Ok(()));
    let runs = tx.test_runs(shop.id, 10).await?;
    let told: Vec<_> = runs.iter().map(|run| (run.id, run.kind, run.source, run.passed, run.failed)).collect();
    let expected = [(tests.id, RunKind::Test, RunSource::Ci, 1, 0), (run.id, RunKind::Lint, RunSource::Local, 0, 1)];
    assert_eq!(told, expected);
    let findings = &stored.get().findings;
    assert_eq!(tx.lint_findings(shop.id, run.id, 0, 10).await?.as_ref(), Some(findings));
    assert_eq!(tx.lint_findings(shop.id, run.id, 1, 2).await?, Some(findings[1..3].to_vec()));
    assert_eq!(tx.lint_findings(shop.id, run.id, 5, 2).await?, Some(Vec::new()));
    assert_eq!(tx.lint_findings(shop.id, tests.id, 0, 10).await?, None, "of tests");
    assert_eq!(tx.lint_findings(RepositoryId(id(99)), run.id, 0, 10).await?, None, "another repository's");

    let mut odd = LintReport { findings: vec![LintFinding::default(); 4500] };
    odd.findings[1].message.push_str("a\0b");
    odd.findings[1].fingerprints = [("\0".to_owned(), "\0".to_owned())].into();
    odd.findings[1].line = Some(u32::MAX);
    let large = test_run(4, shop.id, &commit("next"));
    assert_eq!(tx.add_lint_run(&large, &redact::lint_report(odd)).await?, Ok(()));
    let read = tx.lint_findings(shop.id, large.id, 0, 10_000).await?.unwrap_or_default();
    assert_eq!((read.len(), read[1].line, &read[2]), (4500, Some(u32::MAX), &LintFinding::default()));
    Ok(())
}

/// A test that one run of CI passed and another failed on one commit is flaky there.
pub async fn flaky_tests_are_told_by_commit(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let (shop, other) = (connect(bench, &scope, 10, "shop").await?, connect(bench, &scope, 11, "other").await?);
    let mut tx = bench.store().begin(&scope).await?;
    let mut number = 0;
    for (repository, word, source, results) in [
        (shop.id, "head", RunSource::Ci, &[("flips", true), ("breaks", false), ("mixed", true), ("mixed", false)][..]),
        (
            shop.id,
            "head",
            RunSource::Ci,
            &[("flips", false), ("breaks", false), ("mixed", false), ("local", false)][..],
        ),
        (shop.id, "head", RunSource::Local, &[("local", true)][..]),
        (shop.id, "next", RunSource::Ci, &[("breaks", true), ("local", true)][..]),
        (other.id, "head", RunSource::Ci, &[("breaks", true)][..]),
    ] {
        number += 1;
        let run = NewTestRun { source, ..test_run(number, repository, &commit(word)) };
        assert_eq!(tx.add_test_run(&run, &redacted_report(report(results))).await?, Ok(()));
    }
    let mut says_so = report(&[("said", false), ("unasked", false)]);
    says_so.cases.iter_mut().for_each(|case| case.flaky = true);
    assert_eq!(tx.add_test_run(&test_run(9, shop.id, &commit("head")), &redacted_report(says_so)).await?, Ok(()));
    let asked = ["flips", "breaks", "mixed", "local", "said", "unknown"].map(|name| format!("unit::{name}"));
    let flaky = tx.flaky_tests(shop.id, &commit("head"), &asked).await?;
    assert_eq!(flaky.into_iter().collect::<Vec<_>>(), ["unit::flips", "unit::said"]);
    assert!(tx.flaky_tests(shop.id, &commit("next"), &asked).await?.is_empty());
    assert!(tx.flaky_tests(shop.id, &commit("head"), &[]).await?.is_empty());
    Ok(())
}

/// Thousands of cases, names longer than an index entry, and characters that databases dislike.
pub async fn large_and_odd_reports_are_stored(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?;
    let long = "parametrized".repeat(1000);
    let mut results = report(&vec![("a", true); 4500]);
    results.cases[1].name.clone_from(&long);
    results.cases[2].name.replace_range(.., "nul");
    results.cases[2].outcome = TestOutcome::Failed(devos_contracts::ci::TestFailure {
        kind: "E".to_owned(),
        message: "a\0b".to_owned(),
        text: "\0".to_owned(),
    });
    results.cases[3].outcome = TestOutcome::Skipped;
    results.cases[3].line = Some(u32::MAX);
    results.cases[3].duration_ms = u64::MAX;
    let mut tx = bench.store().begin(&scope).await?;
    let run = test_run(1, shop.id, &commit("head"));
    assert_eq!(tx.add_test_run(&run, &redacted_report(results)).await?, Ok(()));
    let passed = tx.last_passed(shop.id, &format!("unit::{long}"), at(1)).await?;
    assert_eq!(passed, Some((commit("head"), TestRecord { passes: 1, failures: 0 })));
    assert_eq!(tx.test_results(shop.id, "unit::nul", at(0)).await?, [(commit("head"), false)]);
    assert_eq!(tx.test_results(shop.id, "unit::a", at(0)).await?.len(), 4497);
    let counted = &tx.test_runs(shop.id, 1).await?[0];
    assert_eq!((counted.passed, counted.failed, counted.skipped), (4498, 1, 1));
    Ok(())
}
