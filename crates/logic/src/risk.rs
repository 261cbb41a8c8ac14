//! How risky a change is: a sum of named, explained factors, each of which only ever adds.

#[cfg(test)]
mod tests;

use devos_contracts::proposal::{RiskAssessment, RiskFactor, RiskLabel};

use crate::validate::weakening::Loss;
use crate::validate::{ChangeType, FileChange, is_test, path};

/// What a diff does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RiskFacts {
    /// Days since the commit that is undone.
    pub culprit_age_days: u32,
    /// Commits on the branch since then; each may build on it.
    pub commits_since: u32,
    /// Confidence in the culprit, 0 to 100.
    pub confidence: u8,
    /// The repository has a FULL gate, so more than the failing test was run.
    pub has_full_gate: bool,
}

/// A kind of place: the factor's name, how it is known, points of each file, points of all, and what they do.
type Place = (&'static str, fn(&str) -> bool, u64, u8, &'static str);

/// The risk of a change, 0 to 100: low below 20, medium below 30, high from 30.
pub fn score(changes: &[FileChange], facts: &RiskFacts) -> RiskAssessment {
    let mut factors = Vec::new();
    let mut add = |name: &str, points: u64, most: u8, explanation: String| {
        let points = u8::try_from(points).unwrap_or(u8::MAX).min(most);
        if points > 0 {
            factors.push(RiskFactor { name: name.to_owned(), points, explanation });
        }
    };
    let lines: u64 = changes.iter().map(|change| u64::from(change.added) + u64::from(change.removed)).sum();
    add("lines", lines.div_ceil(20), 25, format!("{lines} lines change"));
    let files = changes.len() as u64;
    add("files", files.saturating_sub(1) * 2, 20, format!("{files} files change"));
    let deleted = count(changes, |change| change.kind == ChangeType::Deleted && !is_test(&change.path));
    add("deleted_files", deleted * 4, 12, format!("{deleted} files go away"));

    let places: [Place; 4] = [
        ("migration", path::is_migration, 20, 40, "files change the shape of stored data"),
        ("dependencies", path::is_dependency, 15, 30, "files decide what is installed"),
        ("interface", path::is_interface, 12, 24, "files describe an interface that others use"),
        ("deployment", path::is_deployment, 10, 20, "files decide how the code runs"),
    ];
    for (name, is_there, each, most, what) in places {
        let there = count(changes, |change| change.paths().any(is_there));
        add(name, there * each, most, format!("{there} {what}"));
    }

    let lost = changes.iter().map(Loss::of).fold((0, 0), |sum, loss| (sum.0 + loss.tests, sum.1 + loss.assertions));
    let explanation = format!("{} tests and {} assertions go away with the code they came with", lost.0, lost.1);
    add("tests_removed", u64::from(lost.0) * 3 + u64::from(lost.1.div_ceil(2)), 15, explanation);

    let (age, since, doubt) = (facts.culprit_age_days, facts.commits_since, 100 - facts.confidence.min(100));
    add("culprit_age", u64::from(age / 3), 15, format!("the commit is {age} days old"));
    add("commits_since", u64::from(since / 5), 10, format!("{since} commits followed it"));
    add("confidence", u64::from(doubt), 30, format!("the culprit is certain to {} %", facts.confidence));
    add("no_full_gate", u64::from(!facts.has_full_gate) * 10, 10, "the repository has no FULL gate".to_owned());

    factors.sort_by(|a, b| b.points.cmp(&a.points).then_with(|| a.name.cmp(&b.name)));
    let sum: u32 = factors.iter().map(|factor| u32::from(factor.points)).sum();
    let score = u8::try_from(sum.min(100)).unwrap_or(100);
    RiskAssessment { score, label: label(score), factors }
}

/// The band of a score.
pub fn label(score: u8) -> RiskLabel {
    match score {
        0..20 => RiskLabel::Low,
        20..30 => RiskLabel::Medium,
        _ => RiskLabel::High,
    }
}

fn count(changes: &[FileChange], matches: impl Fn(&FileChange) -> bool) -> u64 {
    changes.iter().filter(|change| matches(change)).count() as u64
}
