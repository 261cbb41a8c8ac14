//! How much a repository lets the platform do by itself.

#[cfg(test)]
mod tests;

use devos_contracts::repository::RepositorySettings;

pub use crate::error::NeedsPerson;

/// Branches that level 1 may merge into.
const STAGING: [&str; 2] = ["dev", "beta"];
/// Level 1 merges below this risk.
const LEVEL_1_RISK: u8 = 30;
/// Level 2 merges below this risk.
const LEVEL_2_RISK: u8 = 20;
/// Level 2 merges above this confidence, percent.
const LEVEL_2_CONFIDENCE: u8 = 90;

/// What is in force after every cap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// False when no repair may start at all.
    pub allowed: bool,
    /// The autonomy level in force, at most the granted one.
    pub level: u8,
    /// What keeps it below what was granted; empty when nothing does.
    pub limited_by: Vec<String>,
}

/// The level in force: tier 0 refuses self-healing, tier 1 allows levels 0 and 1, tier 2 levels 0 to 2.
///
/// Level 3 needs an owner's opt-in, which the settings can not express, so nothing grants it.
pub fn effective(settings: &RepositorySettings) -> Effective {
    let mut limited_by = Vec::new();
    if !settings.enabled {
        limited_by.push("self-healing is disabled for this repository".to_owned());
    }
    let cap = match settings.tier {
        1 => Some(1),
        2 => Some(2),
        // Tier 0, and a tier that nobody knows is trusted no more.
        _ => None,
    };
    let Some(cap) = cap else {
        limited_by.push(format!("tier {} refuses self-healing", settings.tier));
        return Effective { allowed: false, level: 0, limited_by };
    };
    if settings.level > cap {
        limited_by.push(format!("level {} was granted, tier {} allows at most {cap}", settings.level, settings.tier));
    }
    let level = if settings.enabled { settings.level.min(cap) } else { 0 };
    Effective { allowed: settings.enabled, level, limited_by }
}

/// What decides whether a person must merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each a condition of its own")]
pub struct MergeFacts<'a> {
    /// The branch to merge into.
    pub base_branch: &'a str,
    /// The repository's default branch.
    pub default_branch: &'a str,
    /// The risk score, 0 to 100.
    pub risk: u8,
    /// Confidence in the change, 0 to 100.
    pub confidence: u8,
    /// Every gate passed on this very commit.
    pub gates_green: bool,
    /// A test fails without the change and passes with it.
    pub tests_included: bool,
    /// The change adds a dependency.
    pub new_dependency: bool,
    /// The change alters a public interface.
    pub public_api_changed: bool,
    /// Telemetry and canary say that the base branch is healthy.
    pub telemetry_healthy: bool,
}

/// Whether the platform may merge without a person; at level 0 never.
pub fn may_merge_alone(effective: &Effective, facts: &MergeFacts<'_>) -> Result<(), NeedsPerson> {
    let mut reasons = effective.limited_by.clone();
    if effective.allowed && effective.level > 0 {
        reasons.clear();
    }
    if effective.level == 0 || !effective.allowed {
        reasons.push("at level 0 a person merges".to_owned());
        return Err(NeedsPerson { reasons });
    }
    let mut require = |holds: bool, reason: String| {
        if !holds {
            reasons.push(reason);
        }
    };
    require(facts.gates_green, "not every gate passed".to_owned());
    require(!facts.new_dependency, "it adds a dependency".to_owned());
    let is_default = facts.base_branch == facts.default_branch;
    if effective.level == 1 || !is_default {
        let staging = STAGING.contains(&facts.base_branch) && !is_default;
        require(
            staging,
            format!("level {} merges into dev or beta, never into {}", effective.level, facts.base_branch),
        );
        require(facts.risk < LEVEL_1_RISK, format!("risk {} is not below {LEVEL_1_RISK}", facts.risk));
    } else {
        let (risk, confidence) = (facts.risk, facts.confidence);
        require(risk < LEVEL_2_RISK, format!("risk {risk} is not below {LEVEL_2_RISK}"));
        require(confidence > LEVEL_2_CONFIDENCE, format!("confidence {confidence} is not above {LEVEL_2_CONFIDENCE}"));
        require(facts.tests_included, "no test proves it".to_owned());
        require(!facts.public_api_changed, "it changes a public interface".to_owned());
        require(facts.telemetry_healthy, "telemetry is not healthy".to_owned());
    }
    if reasons.is_empty() { Ok(()) } else { Err(NeedsPerson { reasons }) }
}
