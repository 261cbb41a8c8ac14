//! Uploaded test results.

use anyhow::Result;
use devos_contracts::TestRunId;
use devos_contracts::ci::TestOutcome;
use devos_contracts::journal::TestRecord;
use devos_ports::store::NewTestRun;

use super::{Bench, connect, tenant};
use crate::samples::{at, commit, id, redacted_report, report, test_run};

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
