//! Patterns and their signals.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::api::{Change, TestRun};
use devos_contracts::ci::{LintFinding, LintReport, TestReport};
use devos_contracts::journal::TestRecord;
use devos_contracts::pattern::{OccurrenceBucket, Pattern, PatternState, Pause};
use devos_contracts::signal::FailureSignal;
use devos_contracts::{CommitId, PatternId, Redacted, RepositoryId, TestRunId};
use devos_ports::store::patterns::{MemoryItem, NewMemory};
use devos_ports::store::{NewTestRun, PatternFilter, PatternTx, SeenPattern, StoreResult};
use uuid::Uuid;

use self::rows::{PatternRow, SignalRow};
use super::PgTx;
use crate::error::failed;
use crate::signals;
use crate::statements::{APP, sql};
use crate::text::{clean, to_word};

mod rows;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.group_key, p.pattern_ids, p.signal_type, p.title, p.repository_id,
                r.name AS repository_name, p.service, p.test, p.commit_id, p.occurrences, p.first_seen, p.last_seen,
                p.state, held.reason AS pause_reason, held.paused_by, held.since AS paused_since,
                held.until AS paused_until,
                (SELECT count(*) FROM repairs a WHERE a.pattern_id = p.id AND a.created_at > now() - make_interval(
                    hours => least(coalesce((s.settings ->> 'attempts_window_hours')::bigint, 24), 100000)::integer
                )) AS attempts,
                (SELECT a.id FROM repairs a WHERE a.pattern_id = p.id
                    ORDER BY a.created_at DESC, a.id DESC LIMIT 1) AS repair
            FROM patterns p
            LEFT JOIN repositories r ON r.tenant_id = p.tenant_id AND r.id = p.repository_id
            LEFT JOIN repository_settings s
                ON s.tenant_id = r.tenant_id AND s.repository_id = r.id AND s.version = r.settings_version
            LEFT JOIN paused_patterns held ON held.tenant_id = p.tenant_id AND held.pattern_id = p.id ",
            $rest
        )
    };
}

sql! { APP;
    LIST = select!(
        "WHERE ($1::text IS NULL OR p.state = $1)
            AND ($2::uuid IS NULL OR p.repository_id = $2)
            AND ($3::text IS NULL OR position(lower($3) IN lower(concat_ws(' ', p.title, p.test, p.service))) > 0)
            AND ($4::timestamptz IS NULL OR (p.last_seen, p.id) < ($4, $5))
        ORDER BY p.last_seen DESC, p.id DESC LIMIT $6"
    );
    ONE = select!("WHERE p.id = $1");
    LATEST_SIGNAL = "SELECT id, signal_type, trigger_id, fingerprint, group_key, repository_id, title, message,
            normalized, stack, files, test, service, commit_id, occurred_at, occurrences
        FROM failure_signals WHERE pattern_id = $1 ORDER BY occurred_at DESC, id DESC LIMIT 1";
    HISTOGRAM = "SELECT date_bin('1 hour', occurred_at, 'epoch') AS at, sum(occurrences)::bigint AS count
        FROM failure_signals WHERE pattern_id = $1 AND occurred_at >= $2 GROUP BY 1 ORDER BY 1";
    OCCURRENCES = "SELECT coalesce(sum(occurrences), 0)::bigint FROM failure_signals WHERE pattern_id = $1 AND occurred_at > $2";
    SET_STATE = "UPDATE patterns SET state = $2 WHERE id = $1";
    PAUSE = "INSERT INTO paused_patterns (tenant_id, pattern_id, reason, paused_by, since, until)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (tenant_id, pattern_id) DO UPDATE SET
            reason = excluded.reason, paused_by = excluded.paused_by, since = excluded.since, until = excluded.until";
    LIFT_PAUSE = "DELETE FROM paused_patterns WHERE pattern_id = $1";
    SHOW_PAUSED = "UPDATE patterns SET state = 'paused' WHERE id = $1";
    SHOW_LIFTED = "UPDATE patterns SET state = 'open' WHERE id = $1 AND state = 'paused'";
}

#[async_trait]
impl PatternTx for PgTx {
    async fn add_test_run(
        &mut self,
        run: &NewTestRun,
        report: &Redacted<TestReport>,
    ) -> StoreResult<Result<(), TestRunId>> {
        self.store_test_run(run, report.get()).await
    }

    async fn add_lint_run(
        &mut self,
        run: &NewTestRun,
        report: &Redacted<LintReport>,
    ) -> StoreResult<Result<(), TestRunId>> {
        self.store_lint_run(run, report.get()).await
    }

    async fn lint_findings(
        &mut self,
        repository: RepositoryId,
        run: TestRunId,
        skip: i64,
        limit: i64,
    ) -> StoreResult<Option<Vec<LintFinding>>> {
        self.list_lint_findings(repository, run, skip, limit).await
    }

    async fn flaky_tests(
        &mut self,
        repository: RepositoryId,
        commit: &CommitId,
        tests: &[String],
    ) -> StoreResult<BTreeSet<String>> {
        self.tests_that_differ(repository, commit, tests).await
    }

    async fn patterns_of_run(&mut self, run: TestRunId) -> StoreResult<Vec<PatternId>> {
        self.list_patterns_of_run(run).await
    }

    async fn test_runs(&mut self, repository: RepositoryId, limit: i64) -> StoreResult<Vec<TestRun>> {
        self.list_test_runs(repository, limit).await
    }

    async fn last_passed(
        &mut self,
        repository: RepositoryId,
        test: &str,
        before: DateTime<Utc>,
    ) -> StoreResult<Option<(CommitId, TestRecord)>> {
        self.newest_pass(repository, test, before).await
    }

    async fn test_results(
        &mut self,
        repository: RepositoryId,
        test: &str,
        since: DateTime<Utc>,
    ) -> StoreResult<Vec<(CommitId, bool)>> {
        self.list_test_results(repository, test, since).await
    }

    async fn record_signal(&mut self, signal: &FailureSignal) -> StoreResult<SeenPattern> {
        signals::record(&mut self.db, self.tenant, signal).await
    }

    async fn patterns(&mut self, filter: &PatternFilter) -> StoreResult<Vec<Pattern>> {
        let rows: Vec<PatternRow> = sqlx::query_as(LIST)
            .bind(filter.state.as_ref().map(to_word).transpose()?)
            .bind(filter.repository.map(|id| id.0))
            .bind(filter.text.as_deref().map(clean))
            .bind(filter.after.map(|(at, _)| at))
            .bind(filter.after.map(|(_, id)| id.0))
            .bind(filter.limit)
            .fetch_all(&mut *self.db)
            .await
            .map_err(failed)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn pattern(&mut self, id: PatternId) -> StoreResult<Option<Pattern>> {
        let query = sqlx::query_as(ONE).bind(id.0);
        let row: Option<PatternRow> = query.fetch_optional(&mut *self.db).await.map_err(failed)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn latest_signal(&mut self, pattern: PatternId) -> StoreResult<Option<FailureSignal>> {
        let query = sqlx::query_as(LATEST_SIGNAL).bind(pattern.0);
        let row: Option<SignalRow> = query.fetch_optional(&mut *self.db).await.map_err(failed)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn histogram(&mut self, pattern: PatternId, since: DateTime<Utc>) -> StoreResult<Vec<OccurrenceBucket>> {
        let query = sqlx::query_as(HISTOGRAM).bind(pattern.0).bind(since);
        let rows: Vec<(DateTime<Utc>, i64)> = query.fetch_all(&mut *self.db).await.map_err(failed)?;
        Ok(rows.into_iter().map(|(at, count)| OccurrenceBucket { at, count }).collect())
    }

    async fn occurrences_since(&mut self, pattern: PatternId, since: DateTime<Utc>) -> StoreResult<u32> {
        let query = sqlx::query_scalar(OCCURRENCES).bind(pattern.0).bind(since);
        let count: i64 = query.fetch_one(&mut *self.db).await.map_err(failed)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn set_pattern_state(&mut self, pattern: PatternId, state: PatternState) -> StoreResult<()> {
        let query = sqlx::query(SET_STATE).bind(pattern.0).bind(to_word(&state)?);
        query.execute(&mut *self.db).await.map_err(failed)?;
        self.announce(Change::Pattern { id: pattern }).await
    }

    async fn set_pause(&mut self, pattern: PatternId, pause: Option<&Pause>) -> StoreResult<()> {
        match pause {
            Some(pause) => self.pause(pattern.0, pause).await?,
            None => self.lift_pause(pattern.0).await?,
        }
        self.announce(Change::Pattern { id: pattern }).await
    }

    async fn remember(&mut self, item: &NewMemory) -> StoreResult<()> {
        self.store_memory(item).await
    }

    async fn recall(&mut self, query: &str, limit: i64) -> StoreResult<Vec<MemoryItem>> {
        self.search_memory(query, limit).await
    }
}

impl PgTx {
    async fn pause(&mut self, pattern: Uuid, pause: &Pause) -> StoreResult<()> {
        sqlx::query(PAUSE)
            .bind(self.tenant.0)
            .bind(pattern)
            .bind(clean(&pause.reason))
            .bind(clean(&pause.by))
            .bind(pause.since)
            .bind(pause.until)
            .execute(&mut *self.db)
            .await
            .map_err(failed)?;
        sqlx::query(SHOW_PAUSED).bind(pattern).execute(&mut *self.db).await.map_err(failed)?;
        Ok(())
    }

    async fn lift_pause(&mut self, pattern: Uuid) -> StoreResult<()> {
        sqlx::query(LIFT_PAUSE).bind(pattern).execute(&mut *self.db).await.map_err(failed)?;
        sqlx::query(SHOW_LIFTED).bind(pattern).execute(&mut *self.db).await.map_err(failed)?;
        Ok(())
    }
}
