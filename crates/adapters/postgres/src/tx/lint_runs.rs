//! Uploaded lint findings.

use std::collections::BTreeMap;

use devos_contracts::ci::{LintFinding, LintReport, RunKind};
use devos_contracts::{RepositoryId, TestRunId};
use devos_ports::store::{NewTestRun, StoreResult};
use sqlx::FromRow;
use sqlx::types::Json;

use super::PgTx;
use super::test_runs::RunCounts;
use crate::error::failed;
use crate::statements::{APP, sql};
use crate::text::{clean, from_word, to_jsonb, to_word};

/// Findings per statement; a statement of any size would have to fit into memory twice.
const CHUNK: usize = 2000;

sql! { APP;
    ADD_FINDINGS = "INSERT INTO lint_failures (tenant_id, run_id, ordinal, tool, rule, level, message, file, line,
            column_number, end_line, end_column, fingerprints, snippet, suppressed)
        SELECT $1, $2, f.* FROM unnest($3::integer[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::jsonb[], $14::text[], $15::boolean[]) AS f";
    FINDINGS = "SELECT tool, rule, level, message, file, line, column_number, end_line, end_column, fingerprints,
            snippet, suppressed
        FROM lint_failures WHERE run_id = $1 AND ordinal >= $2 ORDER BY ordinal LIMIT $3";
    IS_LINT_RUN = "SELECT EXISTS (SELECT 1 FROM test_runs WHERE id = $1 AND repository_id = $2 AND kind = 'lint')";
}

#[derive(FromRow)]
struct FindingRow {
    tool: String,
    rule: String,
    level: String,
    message: String,
    file: Option<String>,
    line: Option<i64>,
    column_number: Option<i64>,
    end_line: Option<i64>,
    end_column: Option<i64>,
    fingerprints: Json<BTreeMap<String, String>>,
    snippet: Option<String>,
    suppressed: bool,
}

impl FindingRow {
    fn read(self) -> StoreResult<LintFinding> {
        let number = |stored: Option<i64>| stored.and_then(|number| u32::try_from(number).ok());
        Ok(LintFinding {
            tool: self.tool,
            rule: self.rule,
            level: from_word(self.level)?,
            message: self.message,
            file: self.file,
            line: number(self.line),
            column: number(self.column_number),
            end_line: number(self.end_line),
            end_column: number(self.end_column),
            fingerprints: self.fingerprints.0,
            snippet: self.snippet,
            suppressed: self.suppressed,
        })
    }
}

impl PgTx {
    pub(super) async fn store_lint_run(
        &mut self,
        run: &NewTestRun,
        report: &LintReport,
    ) -> StoreResult<Result<(), TestRunId>> {
        let errors = i32::try_from(report.counts().errors).unwrap_or(i32::MAX);
        let counts = RunCounts { failed: errors, ..RunCounts::default() };
        if let Some(earlier) = self.store_run(run, RunKind::Lint, counts).await? {
            return Ok(Err(earlier));
        }
        for (index, findings) in report.findings.chunks(CHUNK).enumerate() {
            self.add_findings(run.id, index * CHUNK, findings).await?;
        }
        Ok(Ok(()))
    }

    async fn add_findings(&mut self, run: TestRunId, first: usize, findings: &[LintFinding]) -> StoreResult<()> {
        let ordinals: Vec<i32> =
            (first..first + findings.len()).map(|ordinal| i32::try_from(ordinal).unwrap_or(i32::MAX)).collect();
        let text = |of: fn(&LintFinding) -> &str| findings.iter().map(|finding| clean(of(finding))).collect::<Vec<_>>();
        let optional = |of: fn(&LintFinding) -> Option<&str>| {
            findings.iter().map(|finding| of(finding).map(clean)).collect::<Vec<_>>()
        };
        let number = |of: fn(&LintFinding) -> Option<u32>| {
            findings.iter().map(|finding| of(finding).map(i64::from)).collect::<Vec<_>>()
        };
        let levels: Vec<String> = findings.iter().map(|finding| to_word(&finding.level)).collect::<StoreResult<_>>()?;
        let prints: Vec<String> =
            findings.iter().map(|finding| to_jsonb(&finding.fingerprints)).collect::<StoreResult<_>>()?;
        sqlx::query(ADD_FINDINGS)
            .bind(self.tenant.0)
            .bind(run.0)
            .bind(ordinals)
            .bind(text(|finding| &finding.tool))
            .bind(text(|finding| &finding.rule))
            .bind(levels)
            .bind(text(|finding| &finding.message))
            .bind(optional(|finding| finding.file.as_deref()))
            .bind(number(|finding| finding.line))
            .bind(number(|finding| finding.column))
            .bind(number(|finding| finding.end_line))
            .bind(number(|finding| finding.end_column))
            .bind(prints)
            .bind(optional(|finding| finding.snippet.as_deref()))
            .bind(findings.iter().map(|finding| finding.suppressed).collect::<Vec<_>>())
            .execute(&mut *self.db)
            .await
            .map_err(failed)?;
        Ok(())
    }

    pub(super) async fn list_lint_findings(
        &mut self,
        repository: RepositoryId,
        run: TestRunId,
        skip: i64,
        limit: i64,
    ) -> StoreResult<Option<Vec<LintFinding>>> {
        let query = sqlx::query_scalar(IS_LINT_RUN).bind(run.0).bind(repository.0);
        let known: bool = query.fetch_one(&mut *self.db).await.map_err(failed)?;
        if !known {
            return Ok(None);
        }
        let query = sqlx::query_as(FINDINGS).bind(run.0).bind(skip).bind(limit);
        let rows: Vec<FindingRow> = query.fetch_all(&mut *self.db).await.map_err(failed)?;
        rows.into_iter().map(FindingRow::read).collect::<StoreResult<_>>().map(Some)
    }
}
