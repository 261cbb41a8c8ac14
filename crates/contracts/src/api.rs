//! Requests and responses of the REST API that are not domain nouns themselves.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ci::{LintCounts, RunKind, RunSource};
use crate::identity::ApiToken;
use crate::journal::JournalEntry;
use crate::pattern::{OccurrenceBucket, Pattern, SimilarItem};
use crate::proposal::Proposal;
use crate::repair::{Repair, RepairState};
use crate::repository::RepositorySettings;
use crate::scope::{Role, TokenScope};
use crate::signal::FailureSignal;
use crate::{PatternId, ProposalId, RepairId, TenantId, TestRunId, UserId};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// Pass as `cursor` to get the next page; absent on the last one.
    pub next_cursor: Option<String>,
}

/// Sign in with an address and a password.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Sign in with a one-time link; sets the password when one is given.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RedeemLink {
    /// The link's token.
    pub token: String,
    /// A new password of at least 10 characters; may come later.
    pub password: Option<String>,
}

/// Set the signed-in person's password.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// At least 10 characters.
    pub password: String,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// The person; none for a token.
    pub user: Option<UserId>,
    /// The address, or the token's name.
    pub name: String,
    /// The tenant.
    pub tenant: TenantId,
    /// The tenant's name.
    pub tenant_name: String,
    /// The role; none for a token.
    pub role: Option<Role>,
    /// False until a person has set a password.
    pub has_password: bool,
}

/// Ask for an API token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// What it is for.
    pub name: String,
    /// What it may be used for; at least one.
    pub scopes: Vec<TokenScope>,
}

/// A fresh API token; the only time its secret is shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedToken {
    /// `dvs_...`: send as `Authorization: Bearer dvs_...`.
    pub secret: String,
    /// The token without its secret.
    pub token: ApiToken,
}

/// Connect a repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConnectRepository {
    /// Unique in the tenant: letters, digits, `.`, `_`, `-` and `/`, at most 100.
    pub name: String,
    /// Clone URL (https or ssh), or a path under `devos up`.
    pub remote: String,
    /// The branch to repair; the remote's own default when absent.
    #[serde(default)]
    pub default_branch: Option<String>,
    /// `service.name` values whose runtime errors belong to it; the name itself when empty.
    #[serde(default)]
    pub services: Vec<String>,
    /// What is granted; the product's defaults (disabled) when absent.
    #[serde(default)]
    pub settings: Option<RepositorySettings>,
}

/// The answer to uploaded test results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "id": "01930000-0000-7000-8000-000000000001", "passed": 41, "failed": 2, "skipped": 1, "flaky": 1,
    "patterns": ["01930000-0000-7000-8000-000000000002"], "duplicate": false
})))]
pub struct TestRunReceipt {
    /// The stored run.
    pub id: TestRunId,
    /// Cases that passed.
    pub passed: u32,
    /// Cases that failed.
    pub failed: u32,
    /// Cases that did not run.
    pub skipped: u32,
    /// The patterns its failures belong to.
    pub patterns: Vec<PatternId>,
    /// True when the same report was stored before; nothing was stored twice.
    pub duplicate: bool,
    /// Failing tests that passed on the same commit too; they are stored, but accuse nobody and open no repair.
    #[serde(default)]
    pub flaky: u32,
    /// The findings of a lint report, of which `failed` counts the errors; absent for test results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lint: Option<LintCounts>,
}

/// One uploaded test run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestRun {
    /// Identity.
    pub id: TestRunId,
    /// The commit it ran on.
    pub commit: crate::CommitId,
    /// What it reports; a lint run counts its errors as failed.
    #[serde(default)]
    pub kind: RunKind,
    /// Where it ran.
    #[serde(default)]
    pub source: RunSource,
    /// Cases that passed.
    pub passed: u32,
    /// Cases that failed.
    pub failed: u32,
    /// Cases that did not run.
    pub skipped: u32,
    /// When it was uploaded.
    pub at: DateTime<Utc>,
}

/// A pattern with everything its page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PatternDetail {
    /// The pattern.
    pub pattern: Pattern,
    /// Its newest signal, with the stack.
    pub latest: FailureSignal,
    /// Signals per hour, oldest first, at most seven days.
    pub histogram: Vec<OccurrenceBucket>,
    /// Similar failures and fixes.
    pub similar: Vec<SimilarItem>,
    /// Repairs, newest first.
    pub repairs: Vec<Repair>,
}

/// Leave a pattern alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PausePattern {
    /// Why.
    pub reason: String,
    /// Until when; forever when absent.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
}

/// A reason for what is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Why; may be empty where the operation says so.
    pub reason: String,
}

/// A repair with its journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RepairDetail {
    /// The repair.
    pub repair: Repair,
    /// Its journal, oldest first.
    pub journal: Vec<JournalEntry>,
    /// Its proposal.
    pub proposal: Option<Proposal>,
}

/// What changed, for whoever looks at it (server-sent events).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "topic", rename_all = "snake_case")]
pub enum Change {
    /// A pattern was seen, paused, resumed or fixed.
    Pattern {
        /// Which.
        id: PatternId,
    },
    /// A repair took a step.
    Repair {
        /// Which.
        id: RepairId,
        /// Where it stands now.
        state: RepairState,
    },
    /// A proposal was opened, decided or merged.
    Proposal {
        /// Which.
        id: ProposalId,
    },
}
