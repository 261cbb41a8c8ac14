//! People, tokens and the audit log of one tenant.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::identity::ApiToken;
use devos_contracts::{TokenId, UserId};
use serde_json::Value;

use super::{NewToken, StoreResult};

/// People, tokens and the audit log of one tenant.
#[async_trait]
pub trait IdentityTx {
    /// Stores a person's password hash.
    async fn set_password(&mut self, user: UserId, hash: &str) -> StoreResult<()>;

    /// Stores a token.
    async fn add_token(&mut self, token: &NewToken) -> StoreResult<ApiToken>;

    /// Every token, newest first, revoked ones included.
    async fn tokens(&mut self) -> StoreResult<Vec<ApiToken>>;

    /// Revokes a token; false when there is none.
    async fn revoke_token(&mut self, id: TokenId, at: DateTime<Utc>) -> StoreResult<bool>;

    /// Appends to the audit log; `detail` holds no secrets.
    async fn audit(&mut self, entry: &AuditEntry) -> StoreResult<()>;
}

/// Who did what to what.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Who: an address, a token's name, or `devos`.
    pub actor: String,
    /// A stable word, e.g. `token.create`.
    pub action: String,
    /// What it was done to, e.g. `token:{id}`.
    pub subject: String,
    /// Particulars, before and after.
    pub detail: Value,
    /// When.
    pub at: DateTime<Utc>,
}
