//! Who acts, for which tenant, with which rights.

use serde::{Deserialize, Serialize};

use crate::{TenantId, TokenId, UserId};

/// The first argument of every service method: no work is done without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The only tenant that this request can see.
    pub tenant: TenantId,
    /// Who asks; written to the audit log.
    pub actor: Actor,
    /// What the actor may do, checked by `devos_logic::access`.
    pub rights: Rights,
}

impl Scope {
    /// The platform itself, working for a tenant (worker jobs and schedules).
    pub fn system(tenant: TenantId) -> Self {
        Self { tenant, actor: Actor::System, rights: Rights::System }
    }
}

/// The originator of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A signed-in person.
    User {
        /// The person.
        id: UserId,
        /// Shown beside what they did.
        email: String,
    },
    /// A machine with an API token.
    Token {
        /// The token.
        id: TokenId,
        /// The name given at its creation.
        name: String,
    },
    /// The platform's own worker.
    System,
}

impl Actor {
    /// One readable word for journals and the audit log.
    pub fn label(&self) -> &str {
        match self {
            Self::User { email, .. } => email,
            Self::Token { name, .. } => name,
            Self::System => "devos",
        }
    }
}

/// What an actor holds; `devos_logic::access` turns it and an action into allowed or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// A member's role in the tenant.
    Role(Role),
    /// A token's scopes.
    Token(Vec<TokenScope>),
    /// The platform itself: everything inside one tenant.
    System,
}

/// A member's role, weakest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, deletion of the tenant included.
    Owner,
    /// Settings, members and tokens.
    Admin,
    /// Connects repositories, starts and cancels repairs.
    Maintainer,
    /// Approves and rejects proposals.
    Reviewer,
    /// Reads.
    Viewer,
}

/// What an API token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Send telemetry and CI results.
    Ingest,
    /// Read everything of the tenant.
    Read,
    /// Change repositories, repairs and proposals.
    Write,
    /// Change settings and tokens.
    Admin,
}
