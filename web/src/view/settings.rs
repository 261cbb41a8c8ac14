//! What an admin changes about a repository, before it is saved.

use devos_contracts::repository::RepositorySettings;

use super::quantity::span;

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Its name for people.
    pub field: &'static str,
    /// Its value before.
    pub before: String,
    /// Its value after.
    pub after: String,
}

/// The fields that differ between two versions of the settings.
pub fn changes(before: &RepositorySettings, after: &RepositorySettings) -> Vec<FieldChange> {
    let rows = rows(before).into_iter().zip(rows(after));
    rows.filter(|((_, old), (_, new))| old != new)
        .map(|((field, before), (_, after))| FieldChange { field, before, after })
        .collect()
}

fn rows(settings: &RepositorySettings) -> [(&'static str, String); 17] {
    let list = |items: &[String]| {
        if items.is_empty() { "none".into() } else { items.join(", ") }
    };
    [
        ("Self-healing", if settings.enabled { "on" } else { "off" }.into()),
        ("Tier", settings.tier.to_string()),
        ("Level", settings.level.to_string()),
        ("Attempts per pattern", settings.max_attempts_per_pattern.to_string()),
        ("Attempts window", span(u64::from(settings.attempts_window_hours) * 3600)),
        ("Open proposals", settings.max_proposals.to_string()),
        ("Watch window", span(settings.watch_window_seconds)),
        ("Watch observations", settings.watch_min_observations.to_string()),
        ("Culprit age", span(u64::from(settings.max_culprit_age_days) * 86_400)),
        ("Protected paths", list(&settings.protected_paths)),
        ("Files per change", settings.max_files.to_string()),
        ("Lines per change", settings.max_lines.to_string()),
        ("Setup commands", list(&settings.gates.setup)),
        ("FAST gate", list(&settings.gates.fast)),
        ("FULL gate", list(&settings.gates.full)),
        ("Reports", list(&settings.gates.reports)),
        ("Command timeout", span(settings.gates.timeout_seconds)),
    ]
}

/// True when saving would let the platform do more by itself, which asks for the repository's name.
pub fn raises_autonomy(before: &RepositorySettings, after: &RepositorySettings) -> bool {
    // Level 0 only suggests; a repository that is switched off stands below it.
    let reach = |settings: &RepositorySettings| if settings.enabled { settings.level } else { 0 };
    reach(after) > reach(before)
}

/// My edits on top of their version: fields that I changed win, the rest is theirs.
pub fn rebase(base: &RepositorySettings, mine: &RepositorySettings, theirs: &RepositorySettings) -> RepositorySettings {
    macro_rules! pick {
        ($($field:ident).+) => {
            if mine.$($field).+ == base.$($field).+ { theirs.$($field).+.clone() } else { mine.$($field).+.clone() }
        };
    }
    RepositorySettings {
        enabled: pick!(enabled),
        tier: pick!(tier),
        level: pick!(level),
        max_attempts_per_pattern: pick!(max_attempts_per_pattern),
        attempts_window_hours: pick!(attempts_window_hours),
        max_proposals: pick!(max_proposals),
        watch_window_seconds: pick!(watch_window_seconds),
        watch_min_observations: pick!(watch_min_observations),
        max_culprit_age_days: pick!(max_culprit_age_days),
        protected_paths: pick!(protected_paths),
        max_files: pick!(max_files),
        max_lines: pick!(max_lines),
        gates: devos_contracts::repository::GatePlan {
            setup: pick!(gates.setup),
            fast: pick!(gates.fast),
            full: pick!(gates.full),
            reports: pick!(gates.reports),
            timeout_seconds: pick!(gates.timeout_seconds),
        },
    }
}

/// Lines of a text field as a list: trimmed, without empty ones.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(enabled: bool, level: u8) -> RepositorySettings {
        RepositorySettings { enabled, level, ..RepositorySettings::default() }
    }

    #[test]
    fn only_what_differs_is_listed() {
        let after = RepositorySettings { max_files: 7, watch_window_seconds: 900, ..settings(true, 0) };
        let changes = changes(&settings(false, 0), &after);
        let fields: Vec<_> =
            changes.iter().map(|change| (change.field, change.before.as_str(), change.after.as_str())).collect();
        assert_eq!(
            fields,
            [
                ("Self-healing", "off", "on"),
                ("Watch window", "24 hours", "15 minutes"),
                ("Files per change", "20", "7")
            ]
        );
    }

    #[test]
    fn raising_is_more_freedom_not_less() {
        assert!(raises_autonomy(&settings(true, 0), &settings(true, 1)));
        assert!(raises_autonomy(&settings(false, 1), &settings(true, 1)), "switching on a level that merges by itself");
        assert!(!raises_autonomy(&settings(false, 0), &settings(true, 0)), "level 0 only suggests");
        assert!(!raises_autonomy(&settings(true, 2), &settings(true, 1)));
        assert!(!raises_autonomy(&settings(true, 1), &settings(false, 1)));
    }

    #[test]
    fn rebasing_keeps_my_edits_and_their_others() {
        let base = settings(true, 0);
        let mine = RepositorySettings { max_files: 7, ..base.clone() };
        let theirs = RepositorySettings { max_lines: 99, max_files: 50, ..base.clone() };
        let merged = rebase(&base, &mine, &theirs);
        assert_eq!((merged.max_files, merged.max_lines), (7, 99));
    }

    #[test]
    fn lists_are_read_line_by_line() {
        assert_eq!(lines(" a \n\n b\n"), ["a", "b"]);
    }
}
