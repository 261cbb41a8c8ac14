//! Uploaded test results.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use devos_contracts::api::TestRun;
use devos_contracts::ci::{RunKind, TestCase, TestOutcome, TestReport};
use devos_contracts::journal::TestRecord;
use devos_contracts::{CommitId, PatternId, RepositoryId, TestRunId};
use devos_ports::store::patterns::RECORDED_RESULTS;
use devos_ports::store::{NewTestRun, StoreResult};
use sqlx::FromRow;
use uuid::Uuid;

use super::PgTx;
use crate::error::failed;
use crate::statements::{APP, sql};
use crate::text::{clean, from_word, to_word};

/// Cases per statement; a statement of any size would have to fit into memory twice.
const CHUNK: usize = 2000;

sql! { APP;
    ADD_RUN = "INSERT INTO test_runs
            (tenant_id, id, repository_id, commit_id, digest, passed, failed, skipped, uploaded_at, source, kind)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (tenant_id, repository_id, commit_id, digest) DO NOTHING";
    EARLIER_RUN = "SELECT id FROM test_runs WHERE repository_id = $1 AND commit_id = $2 AND digest = $3";
    ADD_CASES = "INSERT INTO test_cases (tenant_id, run_id, repository_id, commit_id, uploaded_at, ordinal, test, suite,
            class_name, name, file, line, duration_ms, outcome, flaky)
        SELECT $1, $2, $3, $4, $5, c.* FROM unnest($6::integer[], $7::text[], $8::text[], $9::text[], $10::text[],
            $11::text[], $12::bigint[], $13::bigint[], $14::text[], $15::boolean[]) AS c";
    ADD_FAILURES = "INSERT INTO test_failures (tenant_id, run_id, ordinal, kind, message, content)
        SELECT $1, $2, f.* FROM unnest($3::integer[], $4::text[], $5::text[], $6::text[]) AS f";
    PATTERNS = "SELECT pattern_id FROM failure_signals WHERE trigger_id = $1
        GROUP BY pattern_id ORDER BY min(id::text)";
    RUNS = "SELECT id, commit_id, kind, source, passed, failed, skipped, uploaded_at FROM test_runs
        WHERE repository_id = $1 ORDER BY uploaded_at DESC, id DESC LIMIT $2";
    NEWEST_PASS = "WITH newest AS (
            SELECT commit_id, uploaded_at, run_id FROM test_cases
            WHERE repository_id = $1 AND test_key = md5($2) AND test = $2 AND uploaded_at < $3 AND outcome = 'passed'
            ORDER BY uploaded_at DESC, run_id DESC LIMIT 1
        ), results AS (
            SELECT c.outcome FROM test_cases c, newest
            WHERE c.repository_id = $1 AND c.test_key = md5($2) AND c.test = $2 AND c.outcome <> 'skipped'
                AND c.uploaded_at <= newest.uploaded_at AND (c.uploaded_at, c.run_id) <= (newest.uploaded_at, newest.run_id)
            ORDER BY c.uploaded_at DESC, c.run_id DESC LIMIT $4
        )
        SELECT newest.commit_id,
            (SELECT count(*) FROM results WHERE outcome = 'passed'), (SELECT count(*) FROM results WHERE outcome = 'failed')
        FROM newest";
    RESULTS = "SELECT commit_id, outcome = 'passed' FROM test_cases
        WHERE repository_id = $1 AND test_key = md5($2) AND test = $2 AND uploaded_at >= $3 AND outcome <> 'skipped'
        ORDER BY uploaded_at, run_id, ordinal";
    // As `devos_logic::signal::flaky_tests` decides.
    FLAKY = "WITH runs AS (
            SELECT c.test, c.run_id, bool_or(c.outcome = 'failed') AS failed, bool_or(c.outcome = 'passed') AS passed,
                bool_or(c.flaky) AS flaky
            FROM test_cases c JOIN test_runs r ON r.tenant_id = c.tenant_id AND r.id = c.run_id
            WHERE c.repository_id = $1 AND c.commit_id = $2 AND r.source = 'ci' AND c.test = ANY ($3)
                AND c.test_key IN (SELECT md5(t) FROM unnest($3::text[]) AS t)
            GROUP BY 1, 2
        )
        SELECT test FROM runs GROUP BY test
        HAVING bool_or(flaky) OR (bool_or(failed) AND bool_or(passed AND NOT failed))";
}

#[derive(FromRow)]
struct RunRow {
    id: Uuid,
    commit_id: String,
    kind: String,
    source: String,
    passed: i32,
    failed: i32,
    skipped: i32,
    uploaded_at: DateTime<Utc>,
}

impl RunRow {
    fn read(self) -> StoreResult<TestRun> {
        Ok(TestRun {
            id: TestRunId(self.id),
            commit: CommitId(self.commit_id),
            kind: from_word(self.kind)?,
            source: from_word(self.source)?,
            passed: self.passed.unsigned_abs(),
            failed: self.failed.unsigned_abs(),
            skipped: self.skipped.unsigned_abs(),
            at: self.uploaded_at,
        })
    }
}

/// What a run's row counts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RunCounts {
    pub(super) passed: i32,
    pub(super) failed: i32,
    pub(super) skipped: i32,
}

impl PgTx {
    pub(super) async fn store_test_run(
        &mut self,
        run: &NewTestRun,
        report: &TestReport,
    ) -> StoreResult<Result<(), TestRunId>> {
        let count = |word: &str| {
            let cases = report.cases.iter().filter(|case| outcome(case) == word).count();
            i32::try_from(cases).unwrap_or(i32::MAX)
        };
        let counts = RunCounts { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
        if let Some(earlier) = self.store_run(run, RunKind::Test, counts).await? {
            return Ok(Err(earlier));
        }
        for (index, cases) in report.cases.chunks(CHUNK).enumerate() {
            self.add_cases(run, index * CHUNK, cases).await?;
        }
        Ok(Ok(()))
    }

    /// Stores a run's row; answers the earlier run that holds the same report, if there is one.
    pub(super) async fn store_run(
        &mut self,
        run: &NewTestRun,
        kind: RunKind,
        counts: RunCounts,
    ) -> StoreResult<Option<TestRunId>> {
        let added = sqlx::query(ADD_RUN)
            .bind(self.tenant.0)
            .bind(run.id.0)
            .bind(run.repository.0)
            .bind(run.commit.as_str())
            .bind(run.digest.as_slice())
            .bind(counts.passed)
            .bind(counts.failed)
            .bind(counts.skipped)
            .bind(run.at)
            .bind(to_word(&run.source)?)
            .bind(to_word(&kind)?)
            .execute(&mut *self.db)
            .await
            .map_err(failed)?;
        if added.rows_affected() == 0 {
            let earlier: Uuid = sqlx::query_scalar(EARLIER_RUN)
                .bind(run.repository.0)
                .bind(run.commit.as_str())
                .bind(run.digest.as_slice())
                .fetch_one(&mut *self.db)
                .await
                .map_err(failed)?;
            return Ok(Some(TestRunId(earlier)));
        }
        Ok(None)
    }

    async fn add_cases(&mut self, run: &NewTestRun, first: usize, cases: &[TestCase]) -> StoreResult<()> {
        let ordinals: Vec<i32> =
            (first..first + cases.len()).map(|ordinal| i32::try_from(ordinal).unwrap_or(i32::MAX)).collect();
        let text = |of: fn(&TestCase) -> &str| cases.iter().map(|case| clean(of(case))).collect::<Vec<_>>();
        sqlx::query(ADD_CASES)
            .bind(self.tenant.0)
            .bind(run.id.0)
            .bind(run.repository.0)
            .bind(run.commit.as_str())
            .bind(run.at)
            .bind(&ordinals)
            .bind(cases.iter().map(|case| clean(&case.id()).into_owned()).collect::<Vec<_>>())
            .bind(text(|case| &case.suite))
            .bind(text(|case| &case.class_name))
            .bind(text(|case| &case.name))
            .bind(cases.iter().map(|case| case.file.as_deref().map(clean)).collect::<Vec<_>>())
            .bind(cases.iter().map(|case| case.line.map(i64::from)).collect::<Vec<_>>())
            .bind(cases.iter().map(|case| i64::try_from(case.duration_ms).unwrap_or(i64::MAX)).collect::<Vec<_>>())
            .bind(cases.iter().map(outcome).collect::<Vec<_>>())
            .bind(cases.iter().map(|case| case.flaky).collect::<Vec<_>>())
            .execute(&mut *self.db)
            .await
            .map_err(failed)?;

        let failures: Vec<_> = cases
            .iter()
            .zip(ordinals)
            .filter_map(|(case, ordinal)| match &case.outcome {
                TestOutcome::Failed(failure) => Some((ordinal, failure)),
                TestOutcome::Passed | TestOutcome::Skipped => None,
            })
            .collect();
        sqlx::query(ADD_FAILURES)
            .bind(self.tenant.0)
            .bind(run.id.0)
            .bind(failures.iter().map(|(ordinal, _)| *ordinal).collect::<Vec<_>>())
            .bind(failures.iter().map(|(_, failure)| clean(&failure.kind)).collect::<Vec<_>>())
            .bind(failures.iter().map(|(_, failure)| clean(&failure.message)).collect::<Vec<_>>())
            .bind(failures.iter().map(|(_, failure)| clean(&failure.text)).collect::<Vec<_>>())
            .execute(&mut *self.db)
            .await
            .map_err(failed)?;
        Ok(())
    }

    pub(super) async fn list_test_runs(&mut self, repository: RepositoryId, limit: i64) -> StoreResult<Vec<TestRun>> {
        let query = sqlx::query_as(RUNS).bind(repository.0).bind(limit);
        let rows: Vec<RunRow> = query.fetch_all(&mut *self.db).await.map_err(failed)?;
        rows.into_iter().map(RunRow::read).collect()
    }

    pub(super) async fn list_patterns_of_run(&mut self, run: TestRunId) -> StoreResult<Vec<PatternId>> {
        let query = sqlx::query_scalar(PATTERNS).bind(run.trigger());
        let patterns: Vec<Uuid> = query.fetch_all(&mut *self.db).await.map_err(failed)?;
        Ok(patterns.into_iter().map(PatternId).collect())
    }

    pub(super) async fn newest_pass(
        &mut self,
        repository: RepositoryId,
        test: &str,
        before: DateTime<Utc>,
    ) -> StoreResult<Option<(CommitId, TestRecord)>> {
        let query = sqlx::query_as(NEWEST_PASS)
            .bind(repository.0)
            .bind(clean(test))
            .bind(before)
            .bind(i64::from(RECORDED_RESULTS));
        let row: Option<(String, i64, i64)> = query.fetch_optional(&mut *self.db).await.map_err(failed)?;
        let count = |results: i64| u32::try_from(results).unwrap_or_default();
        Ok(row.map(|(commit, passes, failures)| {
            (CommitId(commit), TestRecord { passes: count(passes), failures: count(failures) })
        }))
    }

    pub(super) async fn list_test_results(
        &mut self,
        repository: RepositoryId,
        test: &str,
        since: DateTime<Utc>,
    ) -> StoreResult<Vec<(CommitId, bool)>> {
        let query = sqlx::query_as(RESULTS).bind(repository.0).bind(clean(test)).bind(since);
        let rows: Vec<(String, bool)> = query.fetch_all(&mut *self.db).await.map_err(failed)?;
        Ok(rows.into_iter().map(|(commit, passed)| (CommitId(commit), passed)).collect())
    }

    pub(super) async fn tests_that_differ(
        &mut self,
        repository: RepositoryId,
        commit: &CommitId,
        tests: &[String],
    ) -> StoreResult<BTreeSet<String>> {
        let tests: Vec<_> = tests.iter().map(|test| clean(test)).collect();
        let query = sqlx::query_scalar(FLAKY).bind(repository.0).bind(commit.as_str()).bind(tests);
        let flaky: Vec<String> = query.fetch_all(&mut *self.db).await.map_err(failed)?;
        Ok(flaky.into_iter().collect())
    }
}

fn outcome(case: &TestCase) -> &'static str {
    match case.outcome {
        TestOutcome::Passed => "passed",
        TestOutcome::Skipped => "skipped",
        TestOutcome::Failed(_) => "failed",
    }
}
