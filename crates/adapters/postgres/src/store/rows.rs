//! Rows of the look-ups that come before a tenant is known.

use chrono::{DateTime, Utc};
use devos_contracts::identity::{Credentials, Session, TokenGrant};
use devos_contracts::{SessionId, TenantId, TokenId, UserId};
use devos_ports::StoreError;
use devos_ports::store::{Bootstrap, StoreResult};
use sqlx::FromRow;
use uuid::Uuid;

use crate::text::from_word;

#[derive(FromRow)]
pub(super) struct BootstrapRow {
    tenant: i64,
    owner: Uuid,
    has_password: bool,
}

impl From<BootstrapRow> for Bootstrap {
    fn from(row: BootstrapRow) -> Self {
        Self { tenant: TenantId(row.tenant), owner: UserId(row.owner), owner_has_password: row.has_password }
    }
}

#[derive(FromRow)]
pub(super) struct CredentialsRow {
    user_id: Uuid,
    password_hash: Option<String>,
    tenant_id: i64,
}

impl From<CredentialsRow> for Credentials {
    fn from(row: CredentialsRow) -> Self {
        Self { user: UserId(row.user_id), password_hash: row.password_hash, tenant: TenantId(row.tenant_id) }
    }
}

#[derive(FromRow)]
pub(super) struct SessionRow {
    id: Uuid,
    user_id: Uuid,
    email: String,
    tenant_id: i64,
    tenant_name: String,
    role: String,
    expires_at: DateTime<Utc>,
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> StoreResult<Self> {
        Ok(Self {
            id: SessionId(row.id),
            user: UserId(row.user_id),
            email: row.email,
            tenant: TenantId(row.tenant_id),
            tenant_name: row.tenant_name,
            role: from_word(row.role)?,
            expires_at: row.expires_at,
        })
    }
}

#[derive(FromRow)]
pub(super) struct GrantRow {
    id: Uuid,
    name: String,
    tenant_id: i64,
    scopes: Vec<String>,
}

impl TryFrom<GrantRow> for TokenGrant {
    type Error = StoreError;

    fn try_from(row: GrantRow) -> StoreResult<Self> {
        let scopes = row.scopes.into_iter().map(from_word).collect::<StoreResult<_>>()?;
        Ok(Self { id: TokenId(row.id), name: row.name, tenant: TenantId(row.tenant_id), scopes })
    }
}
