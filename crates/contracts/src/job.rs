//! Payloads of the worker's jobs; the queue is the outbox.

use serde::{Deserialize, Serialize};

use crate::{PatternId, RepairId, TenantId};

/// A job, tagged so that one queue carries all kinds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// A pattern was seen; open a repair if the rules allow.
    ConsiderPattern {
        /// Whose.
        tenant: TenantId,
        /// Which.
        pattern: PatternId,
    },
    /// Execute the repair's next command.
    AdvanceRepair {
        /// Whose.
        tenant: TenantId,
        /// Which.
        repair: RepairId,
    },
}

impl Job {
    /// Equal keys are one job while it waits; `step` makes each advance of a repair distinct.
    pub fn idempotency_key(&self, step: i64) -> String {
        match self {
            Self::ConsiderPattern { pattern, .. } => format!("consider:{pattern}:{step}"),
            Self::AdvanceRepair { repair, .. } => format!("advance:{repair}:{step}"),
        }
    }
}
