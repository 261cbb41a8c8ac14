//! Tenants, members and machine tokens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::scope::{Role, TokenScope};
use crate::{SessionId, TenantId, TokenId, UserId};

/// What a session token resolves to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Who.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// The tenant the session works in.
    pub tenant: TenantId,
    /// The tenant's name.
    pub tenant_name: String,
    /// The role there.
    pub role: Role,
    /// When it ends whatever happens.
    pub expires_at: DateTime<Utc>,
}

/// What signing in needs to know about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Who.
    pub user: UserId,
    /// Argon2id, PHC string; none until a password was set.
    pub password_hash: Option<String>,
    /// The tenant to start in.
    pub tenant: TenantId,
}

/// An API token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiToken {
    /// Identity.
    pub id: TokenId,
    /// Given at its creation.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<TokenScope>,
    /// The first characters, to recognise it.
    pub prefix: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What a bearer token resolves to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenGrant {
    /// The token.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// Whose.
    pub tenant: TenantId,
    /// What it may be used for.
    pub scopes: Vec<TokenScope>,
}
