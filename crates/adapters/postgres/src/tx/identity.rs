//! People, tokens and the audit log.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::identity::ApiToken;
use devos_contracts::{TokenId, UserId};
use devos_ports::StoreError;
use devos_ports::store::identity::AuditEntry;
use devos_ports::store::{IdentityTx, NewToken, StoreResult};
use sqlx::FromRow;
use uuid::Uuid;

use super::PgTx;
use crate::error::failed;
use crate::statements::{APP, sql};
use crate::text::{clean, from_word, to_jsonb, to_word};

sql! { APP;
    SET_PASSWORD = "UPDATE users SET password_hash = $2 WHERE id = $1";
    ADD_TOKEN = "INSERT INTO api_tokens (tenant_id, id, name, scopes, prefix, hash, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        RETURNING id, name, scopes, prefix, created_at, last_used_at, revoked_at";
    TOKENS = "SELECT id, name, scopes, prefix, created_at, last_used_at, revoked_at
        FROM api_tokens ORDER BY created_at DESC, id DESC";
    REVOKE_TOKEN = "UPDATE api_tokens SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1";
    AUDIT = "INSERT INTO audit_log (tenant_id, at, actor, action, subject, detail)
        VALUES ($1, $2, $3, $4, $5, $6::jsonb)";
}

#[derive(FromRow)]
struct TokenRow {
    id: Uuid,
    name: String,
    scopes: Vec<String>,
    prefix: String,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<TokenRow> for ApiToken {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> StoreResult<Self> {
        Ok(Self {
            id: TokenId(row.id),
            name: row.name,
            scopes: row.scopes.into_iter().map(from_word).collect::<StoreResult<_>>()?,
            prefix: row.prefix,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })
    }
}

#[async_trait]
impl IdentityTx for PgTx {
    async fn set_password(&mut self, user: UserId, hash: &str) -> StoreResult<()> {
        let query = sqlx::query(SET_PASSWORD).bind(user.0).bind(hash);
        match query.execute(&mut *self.db).await.map_err(failed)?.rows_affected() {
            0 => Err(StoreError::Other(format!("the tenant has no member {user}"))),
            _ => Ok(()),
        }
    }

    async fn add_token(&mut self, token: &NewToken) -> StoreResult<ApiToken> {
        let scopes = token.scopes.iter().map(to_word).collect::<StoreResult<Vec<_>>>()?;
        let row: TokenRow = sqlx::query_as(ADD_TOKEN)
            .bind(self.tenant.0)
            .bind(token.id.0)
            .bind(clean(&token.name))
            .bind(scopes)
            .bind(&token.prefix)
            .bind(token.hash.as_slice())
            .bind(token.at)
            .fetch_one(&mut *self.db)
            .await
            .map_err(failed)?;
        row.try_into()
    }

    async fn tokens(&mut self) -> StoreResult<Vec<ApiToken>> {
        let rows: Vec<TokenRow> = sqlx::query_as(TOKENS).fetch_all(&mut *self.db).await.map_err(failed)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn revoke_token(&mut self, id: TokenId, at: DateTime<Utc>) -> StoreResult<bool> {
        let query = sqlx::query(REVOKE_TOKEN).bind(id.0).bind(at);
        Ok(query.execute(&mut *self.db).await.map_err(failed)?.rows_affected() > 0)
    }

    async fn audit(&mut self, entry: &AuditEntry) -> StoreResult<()> {
        sqlx::query(AUDIT)
            .bind(self.tenant.0)
            .bind(entry.at)
            .bind(clean(&entry.actor))
            .bind(clean(&entry.action))
            .bind(clean(&entry.subject))
            .bind(to_jsonb(&entry.detail)?)
            .execute(&mut *self.db)
            .await
            .map_err(failed)?;
        Ok(())
    }
}
