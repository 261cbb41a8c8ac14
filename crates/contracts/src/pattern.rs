//! Patterns: failures that are the same.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::signal::SignalType;
use crate::{CommitId, Fingerprint, GroupKey, PatternId, RepairId, RepositoryId};

/// Where a pattern stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PatternState {
    /// Failing, and nobody works on it.
    Open,
    /// A repair is under way or waits for a person.
    Repairing,
    /// A person paused it: it is recorded, but never repaired.
    Paused,
    /// A merged repair silenced it.
    Fixed,
}

/// A group of signals with equal [`GroupKey`] in one repository or service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pattern {
    /// Identity.
    pub id: PatternId,
    /// The key its signals share.
    pub group_key: GroupKey,
    /// The bit-exact keys seen, newest first, at most 20.
    pub pattern_ids: Vec<Fingerprint>,
    /// What kind of failure.
    pub signal_type: SignalType,
    /// One line for people.
    pub title: String,
    /// The repository, when known.
    pub repository: Option<RepositoryId>,
    /// Its name.
    pub repository_name: Option<String>,
    /// The service, for runtime errors.
    pub service: Option<String>,
    /// The failing test.
    pub test: Option<String>,
    /// The newest failing commit.
    pub commit: Option<CommitId>,
    /// How often it was seen.
    pub occurrences: i64,
    /// First seen.
    pub first_seen: DateTime<Utc>,
    /// Last seen.
    pub last_seen: DateTime<Utc>,
    /// Where it stands.
    pub state: PatternState,
    /// The pause, when paused.
    pub pause: Option<Pause>,
    /// Repairs started in the present attempts window.
    pub attempts: u32,
    /// The newest repair.
    pub repair: Option<RepairId>,
}

/// A human's order to leave a pattern alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pause {
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until when; forever when absent.
    pub until: Option<DateTime<Utc>>,
}

impl Pause {
    /// True while the pause is in force.
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| until > at)
    }
}

/// How many signals a pattern had in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OccurrenceBucket {
    /// The start of the hour.
    pub at: DateTime<Utc>,
    /// Signals in it.
    pub count: i64,
}

/// An earlier item that reads like the present failure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SimilarItem {
    /// Which memory item.
    pub memory: crate::MemoryId,
    /// What it remembers.
    pub kind: MemoryKind,
    /// One line for people.
    pub title: String,
    /// Self-normalised text similarity, 0 to 1.
    pub score: f64,
    /// The pattern it came from.
    pub pattern: PatternId,
    /// When it was remembered.
    pub at: DateTime<Utc>,
}

/// What a memory item remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MemoryKind {
    /// A failure.
    Incident,
    /// A change that fixed one.
    Fix,
    /// A change that a person refused, or that failed its gates: a counter-example.
    RejectedFix,
}
