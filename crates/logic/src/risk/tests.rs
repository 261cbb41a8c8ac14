use proptest::prelude::*;

use super::*;
use crate::validate::parse_diff;

const FACTS: RiskFacts = RiskFacts { culprit_age_days: 4, commits_since: 12, confidence: 99, has_full_gate: true };

fn change(path: &str, added: u32, removed: u32) -> FileChange {
    let diff = format!("diff --git a/{path} b/{path}\nold mode 100644\nnew mode 100644\n");
    let mut change = parse_diff(&diff).unwrap().remove(0);
    (change.added, change.removed) = (added, removed);
    change
}

#[test]
fn a_small_clean_revert_is_low() {
    let risk = score(&[change("shop/cart.py", 6, 14), change("tests/test_cart.py", 0, 9)], &FACTS);
    assert_eq!(risk.label, RiskLabel::Low);
    assert!(risk.score <= 10, "{risk:?}");
}

#[test]
fn the_score_is_the_sum_of_its_factors_largest_first() {
    let risk = score(
        &[change("shop/cart.py", 60, 90), change("migrations/1.sql", 5, 0), change("package.json", 1, 1)],
        &FACTS,
    );
    let points: Vec<_> = risk.factors.iter().map(|factor| factor.points).collect();
    assert_eq!(u32::from(risk.score), points.iter().map(|points| u32::from(*points)).sum::<u32>());
    assert!(points.is_sorted_by(|a, b| a >= b));
    assert_eq!((risk.factors[0].name.as_str(), risk.factors[1].name.as_str()), ("migration", "dependencies"));
    assert_eq!(risk.label, RiskLabel::High);
    assert!(risk.factors.iter().any(|factor| factor.explanation == "157 lines change"));
}

#[test]
fn bands_are_the_products() {
    assert_eq!(
        [19, 20, 29, 30, 100].map(label),
        [RiskLabel::Low, RiskLabel::Medium, RiskLabel::Medium, RiskLabel::High, RiskLabel::High]
    );
}

fn changes() -> impl Strategy<Value = Vec<FileChange>> {
    let path = prop_oneof![
        Just("src/a.py"),
        Just("tests/test_a.py"),
        Just("migrations/1.sql"),
        Just("Cargo.toml"),
        Just("api/openapi.json"),
        Just("Dockerfile"),
    ];
    proptest::collection::vec(
        (path, 0_u32..400, 0_u32..400).prop_map(|(path, added, removed)| change(path, added, removed)),
        0..8,
    )
}

fn facts() -> impl Strategy<Value = RiskFacts> {
    (0_u32..400, 0_u32..500, 0_u8..=100, any::<bool>()).prop_map(
        |(culprit_age_days, commits_since, confidence, has_full_gate)| RiskFacts {
            culprit_age_days,
            commits_since,
            confidence,
            has_full_gate,
        },
    )
}

proptest! {
    #[test]
    fn more_is_never_less_risky(changes in changes(), facts in facts(), at: usize, by in 1_u32..100) {
        let before = score(&changes, &facts).score;
        let mut more = changes.clone();
        if !more.is_empty() {
            let at = at % more.len();
            more[at].added += by;
            prop_assert!(score(&more, &facts).score >= before);
        }
        for path in ["src/b.py", "migrations/2.sql", "go.mod", "infra/x.yaml"] {
            let mut more = changes.clone();
            more.push(change(path, 0, 0));
            prop_assert!(score(&more, &facts).score >= before, "{path}");
        }
        let worse = [
            RiskFacts { culprit_age_days: facts.culprit_age_days + by, ..facts },
            RiskFacts { commits_since: facts.commits_since + by, ..facts },
            RiskFacts { confidence: facts.confidence.saturating_sub(7), ..facts },
            RiskFacts { has_full_gate: false, ..facts },
        ];
        for worse in worse {
            prop_assert!(score(&changes, &worse).score >= before, "{worse:?}");
        }
        prop_assert!(before <= 100);
    }
}
