//! What the tenant remembers.

use chrono::{DateTime, Utc};
use devos_contracts::{MemoryId, PatternId};
use devos_ports::StoreError;
use devos_ports::store::StoreResult;
use devos_ports::store::patterns::{MemoryItem, NewMemory};
use sqlx::FromRow;
use uuid::Uuid;

use super::PgTx;
use crate::error::failed;
use crate::statements::{APP, sql};
use crate::text::{clean, from_word, to_word, words};

sql! { APP;
    REMEMBER = "INSERT INTO memory_items (tenant_id, id, kind, pattern_id, title, content, words, remembered_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (tenant_id, kind, pattern_id, md5(title)) DO NOTHING";
    // Any shared word will do: the query is the disjunction of its words.
    RECALL = "WITH sought AS (
            SELECT string_agg(quote_literal(word), ' | ')::tsquery AS query
            FROM unnest(tsvector_to_array(to_tsvector('simple', $1))) AS word
        )
        SELECT m.id, m.kind, m.pattern_id, m.title, m.content, m.remembered_at
        FROM memory_items m, sought
        WHERE m.recall @@ sought.query
        ORDER BY ts_rank(m.recall, sought.query, 1) DESC, m.remembered_at DESC, m.id DESC LIMIT $2";
}

#[derive(FromRow)]
struct MemoryRow {
    id: Uuid,
    kind: String,
    pattern_id: Uuid,
    title: String,
    content: String,
    remembered_at: DateTime<Utc>,
}

impl TryFrom<MemoryRow> for MemoryItem {
    type Error = StoreError;

    fn try_from(row: MemoryRow) -> StoreResult<Self> {
        Ok(Self {
            id: MemoryId(row.id),
            kind: from_word(row.kind)?,
            pattern: PatternId(row.pattern_id),
            title: row.title,
            text: row.content,
            at: row.remembered_at,
        })
    }
}

impl PgTx {
    pub(super) async fn store_memory(&mut self, item: &NewMemory) -> StoreResult<()> {
        sqlx::query(REMEMBER)
            .bind(self.tenant.0)
            .bind(item.id.0)
            .bind(to_word(&item.kind)?)
            .bind(item.pattern.0)
            .bind(clean(&item.title))
            .bind(clean(&item.text))
            .bind(words(&format!("{} {}", item.title, item.text)))
            .bind(item.at)
            .execute(&mut *self.db)
            .await
            .map_err(failed)?;
        Ok(())
    }

    pub(super) async fn search_memory(&mut self, query: &str, limit: i64) -> StoreResult<Vec<MemoryItem>> {
        let query = sqlx::query_as(RECALL).bind(words(query)).bind(limit);
        let rows: Vec<MemoryRow> = query.fetch_all(&mut *self.db).await.map_err(failed)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
