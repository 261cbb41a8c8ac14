use proptest::prelude::*;

use super::*;

fn settings(enabled: bool, tier: u8, level: u8) -> RepositorySettings {
    RepositorySettings { enabled, tier, level, ..RepositorySettings::default() }
}

const PERFECT: MergeFacts<'static> = MergeFacts {
    base_branch: "main",
    default_branch: "main",
    risk: 0,
    confidence: 100,
    gates_green: true,
    tests_included: true,
    new_dependency: false,
    public_api_changed: false,
    telemetry_healthy: true,
};

#[test]
fn tiers_cap_levels() {
    for (tier, granted, allowed, level) in [
        (0, 0, false, 0),
        (0, 3, false, 0),
        (1, 0, true, 0),
        (1, 1, true, 1),
        (1, 3, true, 1),
        (2, 2, true, 2),
        (2, 3, true, 2),
        (9, 1, false, 0),
    ] {
        let effective = effective(&settings(true, tier, granted));
        assert_eq!((effective.allowed, effective.level), (allowed, level), "tier {tier}, level {granted}");
        assert_eq!(effective.limited_by.is_empty(), allowed && granted == level, "{effective:?}");
    }
}

#[test]
fn a_disabled_repository_allows_nothing() {
    let effective = effective(&settings(false, 2, 2));
    assert!(!effective.allowed && effective.level == 0 && !effective.limited_by.is_empty());
}

#[test]
fn level_0_never_merges() {
    let denied = may_merge_alone(&effective(&settings(true, 2, 0)), &PERFECT).unwrap_err();
    assert_eq!(denied.reasons, ["at level 0 a person merges"]);
}

#[test]
fn level_1_merges_into_staging_branches_only() {
    let level_1 = effective(&settings(true, 1, 1));
    let beta = MergeFacts { base_branch: "beta", risk: 29, confidence: 50, ..PERFECT };
    assert_eq!(may_merge_alone(&level_1, &beta), Ok(()));
    for facts in [
        PERFECT,
        MergeFacts { base_branch: "dev", default_branch: "dev", ..PERFECT },
        MergeFacts { risk: 30, ..beta },
        MergeFacts { gates_green: false, ..beta },
        MergeFacts { new_dependency: true, ..beta },
    ] {
        assert!(may_merge_alone(&level_1, &facts).is_err(), "{facts:?}");
    }
}

#[test]
fn level_2_merges_what_is_safe_in_every_respect() {
    let level_2 = effective(&settings(true, 2, 2));
    let edge = MergeFacts { risk: 19, confidence: 91, ..PERFECT };
    assert_eq!(may_merge_alone(&level_2, &edge), Ok(()));
    for facts in [
        MergeFacts { risk: 20, ..edge },
        MergeFacts { confidence: 90, ..edge },
        MergeFacts { gates_green: false, ..edge },
        MergeFacts { tests_included: false, ..edge },
        MergeFacts { new_dependency: true, ..edge },
        MergeFacts { public_api_changed: true, ..edge },
        MergeFacts { telemetry_healthy: false, ..edge },
        MergeFacts { base_branch: "release", ..edge },
    ] {
        assert_eq!(may_merge_alone(&level_2, &facts).unwrap_err().reasons.len(), 1, "{facts:?}");
    }
}

proptest! {
    #[test]
    fn a_grant_is_never_exceeded(enabled: bool, tier: u8, level: u8) {
        let effective = effective(&settings(enabled, tier, level));
        prop_assert!(effective.level <= level && effective.level <= 2);
        prop_assert!(effective.allowed || effective.level == 0);
        prop_assert!(effective.level == level && effective.allowed || !effective.limited_by.is_empty() );
    }
}
