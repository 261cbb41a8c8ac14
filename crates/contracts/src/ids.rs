//! Newtype ids, so that a repair id can never be passed where a proposal id is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

uuid_id! {
    /// A person who signs in.
    UserId,
    /// A signed-in browser.
    SessionId,
    /// A machine's bearer token.
    TokenId,
    /// A connected repository; also the `project_id` of its telemetry.
    RepositoryId,
    /// One upload of test results.
    TestRunId,
    /// One observed failure.
    SignalId,
    /// A group of equal failures (equal [`GroupKey`]).
    PatternId,
    /// One run of the repair loop on one pattern.
    RepairId,
    /// A change offered by a repair; names its branch `selfheal/{id}`.
    ProposalId,
    /// An item of the tenant's memory.
    MemoryId,
}

impl TestRunId {
    /// The trigger of the failures that a run showed.
    pub fn trigger(&self) -> String {
        format!("run:{self}")
    }
}

/// A tenant; every stored row and every request belongs to exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct TenantId(pub i64);

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The first twelve characters, for people.
            pub fn short(&self) -> &str {
                self.0.get(..12).unwrap_or(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

text_id! {
    /// The specification's bit-exact `pattern_id`: lower-case hex SHA-256 of `{error}::{stack}::{files}`.
    Fingerprint,
    /// The versioned key of normalised text that groups signals into a pattern, `v1:` + hex SHA-256.
    GroupKey,
    /// A git commit id, lower-case hex, 40 (SHA-1) or 64 (SHA-256) characters.
    CommitId,
}

impl CommitId {
    /// Reads a full commit id; abbreviations are refused because they can become ambiguous.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        (hex && matches!(text.len(), 40 | 64)).then(|| Self(text.to_owned()))
    }
}

impl ProposalId {
    /// The branch that carries this proposal: `selfheal/{id}`.
    pub fn branch(&self) -> String {
        format!("selfheal/{self}")
    }
}
