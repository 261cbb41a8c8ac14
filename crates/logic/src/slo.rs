//! May a repair start? The limits that protect people from a machine that tries too often.

use devos_contracts::journal::Guards;

use crate::autonomy;
pub use crate::error::{Limit, LimitCode};

/// Checks every limit of a repair; the first one that holds is the answer.
///
/// The order is from what a person decided to what only counts: a paused pattern is paused, not exhausted.
pub fn attempts(guards: &Guards) -> Result<(), Limit> {
    may_write(guards)?;
    let settings = &guards.settings;
    if guards.attempts > settings.max_attempts_per_pattern {
        let (attempts, most, hours) =
            (guards.attempts, settings.max_attempts_per_pattern, settings.attempts_window_hours);
        let reason = format!("this would be attempt {attempts} within {hours} hours; {most} are allowed");
        return Err(Limit::new(LimitCode::Attempts, reason));
    }
    if guards.open_proposals >= settings.max_proposals {
        let (open, most) = (guards.open_proposals, settings.max_proposals);
        let reason = format!("{open} proposals are open; {most} are allowed");
        return Err(Limit::new(LimitCode::OpenProposals, reason));
    }
    if let Some(pattern) = guards.covered_by {
        let reason = format!("a repair of pattern {pattern} already answers this failure");
        return Err(Limit::new(LimitCode::Covered, reason));
    }
    Ok(())
}

/// Whether the platform may write to the outside at all; asked again right before every write.
pub fn may_write(guards: &Guards) -> Result<(), Limit> {
    let effective = autonomy::effective(&guards.settings);
    if !effective.allowed {
        return Err(Limit::new(LimitCode::NotAllowed, effective.limited_by.join("; ")));
    }
    match &guards.paused {
        Some(reason) => Err(Limit::new(LimitCode::Paused, format!("the pattern is paused: {reason}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use devos_contracts::PatternId;
    use devos_contracts::repository::RepositorySettings;

    use super::*;

    fn guards() -> Guards {
        Guards {
            attempts: 1,
            open_proposals: 0,
            paused: None,
            settings: RepositorySettings { enabled: true, ..RepositorySettings::default() },
            covered_by: None,
            at: DateTime::UNIX_EPOCH,
        }
    }

    #[track_caller]
    fn assert_limit(guards: &Guards, code: LimitCode, says: &str) {
        let limit = attempts(guards).unwrap_err();
        assert_eq!(limit.code, code);
        assert!(limit.reason.contains(says), "{limit}");
        let forbids_writing = matches!(code, LimitCode::NotAllowed | LimitCode::Paused);
        assert_eq!(may_write(guards).is_err(), forbids_writing, "a proposal under way is not undone by a count");
    }

    fn with(change: fn(&mut Guards)) -> Guards {
        let mut guards = guards();
        change(&mut guards);
        guards
    }

    #[test]
    fn an_enabled_quiet_repository_may_repair() {
        assert_eq!(attempts(&guards()), Ok(()));
        assert_eq!(attempts(&Guards { attempts: 3, open_proposals: 4, ..guards() }), Ok(()));
    }

    #[test]
    fn every_limit_holds_and_says_why() {
        assert_limit(&with(|guards| guards.settings.enabled = false), LimitCode::NotAllowed, "disabled");
        assert_limit(&with(|guards| guards.settings.tier = 0), LimitCode::NotAllowed, "tier 0");
        assert_limit(&with(|guards| guards.paused = Some("flaky network".into())), LimitCode::Paused, "flaky network");
        assert_limit(&with(|guards| guards.attempts = 4), LimitCode::Attempts, "attempt 4 within 24 hours; 3 are");
        assert_limit(&with(|guards| guards.open_proposals = 5), LimitCode::OpenProposals, "5 proposals");
        let covered = with(|guards| guards.covered_by = Some(PatternId(uuid::Uuid::nil())));
        assert_limit(&covered, LimitCode::Covered, "already answers");
    }

    #[test]
    fn a_pause_outranks_a_count() {
        let guards = Guards { attempts: 9, paused: Some("later".into()), ..guards() };
        assert_limit(&guards, LimitCode::Paused, "later");
    }
}
