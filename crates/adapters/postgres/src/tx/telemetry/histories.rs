//! Tests with their results.

use chrono::{DateTime, Utc};
use devos_contracts::query::{TestHistory, TestResult};
use devos_contracts::{CommitId, TestRunId};
use devos_ports::store::telemetry::HISTORY_RESULTS;
use devos_ports::store::{StoreResult, TestSearch};
use serde::Deserialize;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::super::PgTx;
use super::search_failed;
use crate::statements::{APP, sql};
use crate::text::clean;

sql! { APP;
    // Flaky as `devos_logic::signal::flaky_tests` decides; runs on a person's machine prove nothing about a commit.
    HISTORIES = "WITH results AS MATERIALIZED (
            SELECT c.test, c.test_key, c.run_id, c.commit_id, c.outcome, c.flaky, c.duration_ms
            FROM test_cases c JOIN test_runs r ON r.tenant_id = c.tenant_id AND r.id = c.run_id
            WHERE c.repository_id = $1 AND c.uploaded_at >= $2 AND c.uploaded_at < $3 AND r.source = 'ci'
                AND ($5::text IS NULL OR position(lower($5) IN lower(c.test)) > 0)
                AND ($6::text IS NULL OR c.test COLLATE \"C\" > $6)
        ), runs AS (
            SELECT test, commit_id, bool_or(outcome = 'failed') AS failed, bool_or(outcome = 'passed') AS passed
            FROM results GROUP BY test, commit_id, run_id
        ), commits AS (
            SELECT test, commit_id, bool_or(failed) AND bool_or(passed AND NOT failed) AS differs FROM runs GROUP BY 1, 2
        ), tests AS (
            SELECT test, min(test_key) AS test_key, count(*) FILTER (WHERE outcome = 'passed') AS passed,
                count(*) FILTER (WHERE outcome = 'failed') AS failed,
                count(*) FILTER (WHERE outcome = 'skipped') AS skipped,
                count(*) FILTER (WHERE flaky) AS reported_flaky,
                coalesce(floor(avg(duration_ms) FILTER (WHERE outcome <> 'skipped')), 0)::bigint AS mean_duration_ms
            FROM results GROUP BY 1
        ), judged AS (
            SELECT t.*, (SELECT count(*) FROM commits c WHERE c.test = t.test AND c.differs) AS flaky_commits
            FROM tests t
        )
        SELECT j.test, j.passed, j.failed, j.skipped, j.reported_flaky, j.mean_duration_ms, j.flaky_commits, (
            SELECT jsonb_agg(newest ORDER BY newest.at DESC, newest.run DESC, newest.ordinal DESC) FROM (
                SELECT c.run_id AS run, c.commit_id AS commit, c.uploaded_at AS at, c.outcome, c.duration_ms, c.ordinal
                FROM test_cases c JOIN test_runs r ON r.tenant_id = c.tenant_id AND r.id = c.run_id
                WHERE r.source = 'ci' AND c.repository_id = $1 AND c.test_key = j.test_key AND c.test = j.test
                    AND c.uploaded_at >= $2 AND c.uploaded_at < $3
                ORDER BY c.uploaded_at DESC, c.run_id DESC, c.ordinal DESC LIMIT $8
            ) newest
        ) AS results
        FROM judged j
        WHERE $4::boolean IS NULL OR (j.flaky_commits > 0 OR j.reported_flaky > 0) = $4
        ORDER BY j.test COLLATE \"C\" LIMIT $7";
}

#[derive(FromRow)]
struct HistoryRow {
    test: String,
    passed: i64,
    failed: i64,
    skipped: i64,
    reported_flaky: i64,
    mean_duration_ms: i64,
    flaky_commits: i64,
    results: Json<Vec<ResultRow>>,
}

#[derive(Deserialize)]
struct ResultRow {
    run: Uuid,
    commit: String,
    at: DateTime<Utc>,
    outcome: String,
    duration_ms: i64,
}

impl From<HistoryRow> for TestHistory {
    fn from(row: HistoryRow) -> Self {
        let result = |row: ResultRow| TestResult {
            run: TestRunId(row.run),
            commit: CommitId(row.commit),
            at: row.at,
            outcome: row.outcome,
            duration_ms: row.duration_ms,
        };
        Self {
            test: row.test,
            passed: row.passed,
            failed: row.failed,
            skipped: row.skipped,
            flaky: row.flaky_commits > 0 || row.reported_flaky > 0,
            flaky_commits: row.flaky_commits,
            reported_flaky: row.reported_flaky,
            mean_duration_ms: row.mean_duration_ms,
            results: row.results.0.into_iter().map(result).collect(),
        }
    }
}

impl PgTx {
    pub(super) async fn read_test_histories(&mut self, search: &TestSearch) -> StoreResult<Vec<TestHistory>> {
        self.limit_search().await?;
        let rows: Vec<HistoryRow> = sqlx::query_as(HISTORIES)
            .bind(search.repository.0)
            .bind(search.range.from)
            .bind(search.range.to)
            .bind(search.flaky)
            .bind(search.text.as_deref().map(clean))
            .bind(search.after.as_deref().map(clean))
            .bind(search.limit)
            .bind(i64::try_from(HISTORY_RESULTS).unwrap_or(i64::MAX))
            .fetch_all(&mut *self.db)
            .await
            .map_err(search_failed)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
