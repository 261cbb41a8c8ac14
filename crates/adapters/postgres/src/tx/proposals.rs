//! Proposals.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::api::Change;
use devos_contracts::proposal::{Decision, MergeResult, Proposal, ProposalState};
use devos_contracts::{CommitId, PatternId, ProposalId, RepairId, RepositoryId};
use devos_ports::StoreError;
use devos_ports::store::{ProposalTx, StoreResult};
use sqlx::FromRow;
use uuid::Uuid;

use super::PgTx;
use crate::error::{damaged, failed};
use crate::statements::{APP, sql};
use crate::text::{clean, from_json, from_word, to_json, to_word};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT o.id, o.repair_id, o.pattern_id, o.repository_id, r.name AS repository_name, o.title, o.body,
                o.branch, o.base_branch, o.base_commit, o.head_commit, o.culprit::text AS culprit, o.diff,
                o.risk::text AS risk, o.confidence, o.evidence::text AS evidence, o.state,
                o.decision::text AS decision, o.merge::text AS merge, o.created_at
            FROM proposals o
            JOIN repositories r ON r.tenant_id = o.tenant_id AND r.id = o.repository_id ",
            $rest
        )
    };
}

sql! { APP;
    ADD = "INSERT INTO proposals (tenant_id, id, repair_id, pattern_id, repository_id, title, body, branch, base_branch,
            base_commit, head_commit, culprit, diff, risk, confidence, evidence, state, decision, merge, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::json, $13, $14::json, $15, $16::json, $17,
            $18::json, $19::json, $20)
        ON CONFLICT (tenant_id, id) DO NOTHING";
    ONE = select!("WHERE o.id = $1");
    LIST = select!(
        "WHERE ($1::text IS NULL OR o.state = $1)
            AND ($2::timestamptz IS NULL OR (o.created_at, o.id) < ($2, $3))
        ORDER BY o.created_at DESC, o.id DESC LIMIT $4"
    );
    OPEN = "SELECT id FROM proposals WHERE repository_id = $1 AND state IN ('open', 'approved') ORDER BY created_at, id";
    DECIDE = "UPDATE proposals SET state = $2, decision = $3::json WHERE id = $1 AND state = 'open'";
    SETTLE = "UPDATE proposals SET state = $2, merge = coalesce($3::json, merge) WHERE id = $1";
}

#[derive(FromRow)]
struct ProposalRow {
    id: Uuid,
    repair_id: Uuid,
    pattern_id: Uuid,
    repository_id: Uuid,
    repository_name: String,
    title: String,
    body: String,
    branch: String,
    base_branch: String,
    base_commit: String,
    head_commit: String,
    culprit: String,
    diff: String,
    risk: String,
    confidence: i16,
    evidence: String,
    state: String,
    decision: Option<String>,
    merge: Option<String>,
    created_at: DateTime<Utc>,
}

impl TryFrom<ProposalRow> for Proposal {
    type Error = StoreError;

    fn try_from(row: ProposalRow) -> StoreResult<Self> {
        Ok(Self {
            id: ProposalId(row.id),
            repair: RepairId(row.repair_id),
            pattern: PatternId(row.pattern_id),
            repository: RepositoryId(row.repository_id),
            repository_name: row.repository_name,
            title: row.title,
            body: row.body,
            branch: row.branch,
            base_branch: row.base_branch,
            base_commit: CommitId(row.base_commit),
            head_commit: CommitId(row.head_commit),
            culprit: from_json(&row.culprit)?,
            diff: row.diff,
            risk: from_json(&row.risk)?,
            confidence: u8::try_from(row.confidence).map_err(|error| damaged("confidence", error))?,
            evidence: from_json(&row.evidence)?,
            state: from_word(row.state)?,
            decision: row.decision.as_deref().map(from_json).transpose()?,
            merge: row.merge.as_deref().map(from_json).transpose()?,
            created_at: row.created_at,
        })
    }
}

#[async_trait]
impl ProposalTx for PgTx {
    async fn add_proposal(&mut self, proposal: &Proposal) -> StoreResult<()> {
        let added = sqlx::query(ADD)
            .bind(self.tenant.0)
            .bind(proposal.id.0)
            .bind(proposal.repair.0)
            .bind(proposal.pattern.0)
            .bind(proposal.repository.0)
            .bind(clean(&proposal.title))
            .bind(clean(&proposal.body))
            .bind(clean(&proposal.branch))
            .bind(clean(&proposal.base_branch))
            .bind(proposal.base_commit.as_str())
            .bind(proposal.head_commit.as_str())
            .bind(to_json(&proposal.culprit)?)
            .bind(clean(&proposal.diff))
            .bind(to_json(&proposal.risk)?)
            .bind(i16::from(proposal.confidence))
            .bind(to_json(&proposal.evidence)?)
            .bind(to_word(&proposal.state)?)
            .bind(proposal.decision.as_ref().map(to_json).transpose()?)
            .bind(proposal.merge.as_ref().map(to_json).transpose()?)
            .bind(proposal.created_at)
            .execute(&mut *self.db)
            .await
            .map_err(failed)?;
        if added.rows_affected() > 0 {
            self.announce(Change::Proposal { id: proposal.id }).await?;
        }
        Ok(())
    }

    async fn proposal(&mut self, id: ProposalId) -> StoreResult<Option<Proposal>> {
        let query = sqlx::query_as(ONE).bind(id.0);
        let row: Option<ProposalRow> = query.fetch_optional(&mut *self.db).await.map_err(failed)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn proposals(
        &mut self,
        state: Option<ProposalState>,
        before: Option<(DateTime<Utc>, ProposalId)>,
        limit: i64,
    ) -> StoreResult<Vec<Proposal>> {
        let rows: Vec<ProposalRow> = sqlx::query_as(LIST)
            .bind(state.as_ref().map(to_word).transpose()?)
            .bind(before.map(|(at, _)| at))
            .bind(before.map(|(_, id)| id.0))
            .bind(limit)
            .fetch_all(&mut *self.db)
            .await
            .map_err(failed)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn open_proposals(&mut self, repository: RepositoryId) -> StoreResult<Vec<ProposalId>> {
        let query = sqlx::query_scalar(OPEN).bind(repository.0);
        let ids: Vec<Uuid> = query.fetch_all(&mut *self.db).await.map_err(failed)?;
        Ok(ids.into_iter().map(ProposalId).collect())
    }

    async fn decide(&mut self, id: ProposalId, decision: &Decision) -> StoreResult<bool> {
        let state = if decision.approved { ProposalState::Approved } else { ProposalState::Rejected };
        let query = sqlx::query(DECIDE).bind(id.0).bind(to_word(&state)?).bind(to_json(decision)?);
        if query.execute(&mut *self.db).await.map_err(failed)?.rows_affected() == 0 {
            return Ok(false);
        }
        self.announce(Change::Proposal { id }).await?;
        Ok(true)
    }

    async fn settle(&mut self, id: ProposalId, state: ProposalState, merge: Option<&MergeResult>) -> StoreResult<()> {
        let query = sqlx::query(SETTLE).bind(id.0).bind(to_word(&state)?).bind(merge.map(to_json).transpose()?);
        query.execute(&mut *self.db).await.map_err(failed)?;
        self.announce(Change::Proposal { id }).await
    }
}
