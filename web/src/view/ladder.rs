//! The ladder of autonomy: what each level may do, on which conditions, and what keeps a repository from it.

use chrono::{DateTime, Utc};
use devos_contracts::repository::RepositorySettings;

/// A level of the ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// 0 to 3.
    pub level: u8,
    /// Its name.
    pub name: &'static str,
    /// What the platform may do on it.
    pub may: &'static str,
    /// What it takes.
    pub conditions: Vec<Condition>,
    /// Why it can not be granted now.
    pub blocked: Option<String>,
}

/// One condition of a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What must hold.
    pub text: String,
    /// Whether it does; none where it is decided for each change.
    pub met: Option<bool>,
}

/// The names of the tiers.
pub const TIERS: [(&str, &str); 3] = [
    ("Lightweight", "Scripts, prototypes and spikes. Self-healing is refused."),
    ("Standard", "Business services. Levels 0 and 1."),
    ("Critical", "Core systems. Levels 0 to 2, and 3 when an owner opts in."),
];

/// The highest level that a tier allows; none for tier 0.
pub fn highest_level(tier: u8) -> Option<u8> {
    match tier {
        0 => None,
        1 => Some(1),
        _ => Some(3),
    }
}

/// The four levels for a repository with these settings, connected since `since`.
pub fn ladder(settings: &RepositorySettings, since: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Rung> {
    let days = now.signed_duration_since(since).num_days();
    let fast = !settings.gates.fast.is_empty();
    let full = !settings.gates.full.is_empty();
    let per_change = |text: &str| Condition { text: text.to_owned(), met: None };
    let known = |text: String, met: bool| Condition { text, met: Some(met) };
    let tier =
        |needed: u8| known(format!("Tier {needed} or higher, now tier {}", settings.tier), settings.tier >= needed);
    let connected = |needed: i64| {
        known(format!("{needed} days of evidence, {} connected so far", counted_days(days)), days >= needed)
    };

    let rungs = [
        (
            "Suggest only",
            "Opens pull requests. A person merges every one.",
            vec![tier(1), known("A FULL gate to prove changes with".into(), full)],
        ),
        (
            "Auto-fix dev and beta",
            "Merges its own branch into dev or beta, never into the default branch.",
            vec![
                tier(1),
                connected(14),
                known("FAST and FULL gates".into(), fast && full),
                per_change("Risk below 30, every gate green"),
                per_change("No new dependency, scope limited to logic and tests"),
            ],
        ),
        (
            "Auto-merge low risk",
            "Merges to the default branch when the change is small and proven.",
            vec![
                tier(2),
                connected(28),
                known("FAST and FULL gates".into(), fast && full),
                per_change("Confidence above 90 and risk below 20"),
                per_change("Tests included, no public API change, no new dependency"),
                per_change("Telemetry healthy"),
            ],
        ),
        (
            "Auto-remediate",
            "Rolls back and runs approved playbooks in production.",
            vec![
                tier(2),
                per_change("An owner opts in"),
                per_change("The playbook was approved once"),
                per_change("Never security, auth or payment code"),
            ],
        ),
    ];
    rungs
        .into_iter()
        .zip(0..)
        .map(|((name, may, conditions), level)| Rung {
            level,
            name,
            may,
            conditions,
            blocked: blocked(settings.tier, level),
        })
        .collect()
}

fn blocked(tier: u8, level: u8) -> Option<String> {
    match highest_level(tier) {
        None => Some("Tier 0 refuses self-healing altogether.".into()),
        Some(highest) if level > highest => Some(format!("Tier {tier} allows levels up to {highest}.")),
        Some(_) => None,
    }
}

fn counted_days(days: i64) -> String {
    if days == 1 { "1 day".into() } else { format!("{days} days") }
}

/// What keeps the repository below the granted level, or from working at all.
pub fn limits(settings: &RepositorySettings) -> Vec<String> {
    let mut limits = Vec::new();
    if !settings.enabled {
        limits.push("Self-healing is switched off.".into());
    }
    match highest_level(settings.tier) {
        None => limits.push("Tier 0 refuses self-healing.".into()),
        Some(highest) if settings.level > highest => {
            limits.push(format!("Tier {} caps the level at {highest}.", settings.tier));
        }
        Some(_) => {}
    }
    if settings.gates.full.is_empty() {
        limits.push("No FULL gate: nothing can be proven, so nothing is proposed.".into());
    }
    if limits.is_empty() {
        limits.push("Nothing but the granted level.".into());
    }
    limits
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;

    fn settings(tier: u8, level: u8) -> RepositorySettings {
        RepositorySettings { tier, level, ..RepositorySettings::default() }
    }

    fn blocked_levels(tier: u8) -> Vec<u8> {
        let now = DateTime::UNIX_EPOCH + Duration::days(100);
        ladder(&settings(tier, 0), DateTime::UNIX_EPOCH, now)
            .iter()
            .filter(|rung| rung.blocked.is_some())
            .map(|rung| rung.level)
            .collect()
    }

    #[test]
    fn tiers_cap_the_ladder() {
        assert_eq!(blocked_levels(0), [0, 1, 2, 3]);
        assert_eq!(blocked_levels(1), [2, 3]);
        assert_eq!(blocked_levels(2), Vec::<u8>::new());
    }

    #[test]
    fn evidence_takes_time() {
        let met = |days| {
            ladder(&settings(1, 0), DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + Duration::days(days))[1].conditions[1]
                .met
        };
        assert_eq!((met(13), met(14)), (Some(false), Some(true)));
    }

    #[test]
    fn a_switched_off_repository_says_so_first() {
        assert_eq!(limits(&settings(1, 0))[0], "Self-healing is switched off.");
        assert!(limits(&settings(1, 2)).iter().any(|limit| limit == "Tier 1 caps the level at 1."));
    }
}
