//! Connected repositories and what admins grant them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::RepositoryId;

/// A connected repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Repository {
    /// Identity.
    pub id: RepositoryId,
    /// Unique in the tenant; how uploads and people name it.
    pub name: String,
    /// Which forge hosts it.
    pub forge: ForgeKind,
    /// Clone URL, or a path under `devos up`; never holds credentials.
    pub remote: String,
    /// The branch proposals are made against.
    pub default_branch: String,
    /// `service.name` values whose runtime errors belong to it.
    pub services: Vec<String>,
    /// What admins granted.
    pub settings: RepositorySettings,
    /// Version of the settings, for `If-Match`.
    pub settings_version: i64,
    /// When it was connected.
    pub created_at: DateTime<Utc>,
}

/// Where a repository lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ForgeKind {
    /// A plain git remote; pull requests live in the product.
    Local,
}

/// What an admin grants a repository; the repository's own file can only tighten it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RepositorySettings {
    /// Self-healing is opt-in.
    pub enabled: bool,
    /// 0 lightweight, 1 standard, 2 critical.
    pub tier: u8,
    /// 0 suggest-only to 3 auto-remediate.
    pub level: u8,
    /// Repairs per pattern and window before a human is asked.
    pub max_attempts_per_pattern: u32,
    /// The attempts window, hours.
    pub attempts_window_hours: u32,
    /// Open proposals at once.
    pub max_proposals: u32,
    /// How long a merged repair is watched, seconds.
    pub watch_window_seconds: u64,
    /// Observations that could have shown the failure, needed before silence counts.
    pub watch_min_observations: u32,
    /// Only commits at most this much older than the failing one may be reverted, days.
    pub max_culprit_age_days: u32,
    /// Paths no repair may touch, as globs, beside the ones that are always protected.
    pub protected_paths: Vec<String>,
    /// Largest change, files.
    pub max_files: u32,
    /// Largest change, added plus removed lines.
    pub max_lines: u32,
    /// How the repository proves itself.
    pub gates: GatePlan,
}

impl Default for RepositorySettings {
    /// The product's defaults: disabled, tier 1, level 0.
    fn default() -> Self {
        Self {
            enabled: false,
            tier: 1,
            level: 0,
            max_attempts_per_pattern: 3,
            attempts_window_hours: 24,
            max_proposals: 5,
            watch_window_seconds: 24 * 3600,
            watch_min_observations: 20,
            max_culprit_age_days: 90,
            protected_paths: vec!["**/auth/**".into(), "**/payments/**".into(), "**/security/**".into()],
            max_files: 20,
            max_lines: 500,
            gates: GatePlan::default(),
        }
    }
}

/// The commands that prove a repository, run by `sh -c` in the sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GatePlan {
    /// Fetches dependencies; the only phase with (proxied) network. Empty when there are none.
    pub setup: Vec<String>,
    /// Seconds, not minutes: syntax, lint, quick tests.
    pub fast: Vec<String>,
    /// Everything.
    pub full: Vec<String>,
    /// Where `full` leaves JUnit XML, relative to the root; found by itself for well-known runners.
    pub reports: Vec<String>,
    /// Wall-clock limit of one command, seconds.
    pub timeout_seconds: u64,
}
