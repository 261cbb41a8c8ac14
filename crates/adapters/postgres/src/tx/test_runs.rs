//! Uploaded test results.

use chrono::{DateTime, Utc};
use devos_contracts::api::TestRun;
use devos_contracts::ci::{TestCase, TestOutcome, TestReport};
use devos_contracts::journal::TestRecord;
use devos_contracts::{CommitId, PatternId, RepositoryId, TestRunId};
use devos_ports::store::patterns::RECORDED_RESULTS;
use devos_ports::store::{NewTestRun, StoreResult};
use sqlx::FromRow;
use uuid::Uuid;

use super::PgTx;
use crate::error::failed;
use crate::statements::{APP, sql};
use crate::text::clean;

/// Cases per statement; a statement of any size would have to fit into memory twice.
const CHUNK: usize = 2000;

sql! { APP;
    ADD_RUN = "INSERT INTO test_runs
            (tenant_id, id, repository_id, commit_id, digest, passed, failed, skipped, uploaded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
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
    RUNS = "SELECT id, commit_id, passed, failed, skipped, uploaded_at FROM test_runs
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
}

#[derive(FromRow)]
struct RunRow {
    id: Uuid,
    commit_id: String,
    passed: i32,
    failed: i32,
    skipped: i32,
    uploaded_at: DateTime<Utc>,
}

impl From<RunRow> for TestRun {
    fn from(row: RunRow) -> Self {
        Self {
            id: TestRunId(row.id),
            commit: CommitId(row.commit_id),
            passed: row.passed.unsigned_abs(),
            failed: row.failed.unsigned_abs(),
            skipped: row.skipped.unsigned_abs(),
            at: row.uploaded_at,
        }
    }
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
        let added = sqlx::query(ADD_RUN)
            .bind(self.tenant.0)
            .bind(run.id.0)
            .bind(run.repository.0)
            .bind(run.commit.as_str())
            .bind(run.digest.as_slice())
            .bind(count("passed"))
            .bind(count("failed"))
            .bind(count("skipped"))
            .bind(run.at)
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
            return Ok(Err(TestRunId(earlier)));
        }
        for (index, cases) in report.cases.chunks(CHUNK).enumerate() {
            self.add_cases(run, index * CHUNK, cases).await?;
        }
        Ok(Ok(()))
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
        Ok(rows.into_iter().map(Into::into).collect())
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
}

fn outcome(case: &TestCase) -> &'static str {
    match case.outcome {
        TestOutcome::Passed => "passed",
        TestOutcome::Skipped => "skipped",
        TestOutcome::Failed(_) => "failed",
    }
}
