//! Risk as a waterfall: each factor starts where the one before it ended.

use devos_contracts::proposal::RiskFactor;

/// Below this a change is of low risk.
pub const MEDIUM_FROM: u8 = 20;
/// From this on a change is of high risk.
pub const HIGH_FROM: u8 = 30;

/// One step of the waterfall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The factor's name for people.
    pub label: String,
    /// Why, with the figures.
    pub explanation: String,
    /// Points added.
    pub points: u8,
    /// Where its bar begins, 0 to 100.
    pub from: u8,
    /// Where it ends, 0 to 100.
    pub to: u8,
}

/// The steps of an assessment's factors, in their own order, and what the scale's right end stands for.
pub fn waterfall(factors: Vec<RiskFactor>) -> (Vec<Step>, u8) {
    let mut sum: u8 = 0;
    let steps = factors.into_iter().map(|factor| {
        let from = sum;
        sum = sum.saturating_add(factor.points).min(100);
        Step { label: humanise(&factor.name), explanation: factor.explanation, points: factor.points, from, to: sum }
    });
    let steps: Vec<_> = steps.collect();
    // Small risks deserve a scale in which their parts can be told apart, with both thresholds in sight.
    (steps, if sum <= 40 { 40 } else { 100 })
}

/// `protected_path` as `Protected path`.
pub fn humanise(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(points: &[u8]) -> Vec<RiskFactor> {
        let factor = |&points: &u8| RiskFactor { name: "changed_lines".into(), points, explanation: String::new() };
        points.iter().map(factor).collect()
    }

    #[test]
    fn each_step_begins_where_the_last_ended() {
        let (steps, scale) = waterfall(factors(&[8, 4, 0]));
        assert_eq!(steps.iter().map(|step| (step.from, step.to)).collect::<Vec<_>>(), [(0, 8), (8, 12), (12, 12)]);
        assert_eq!((scale, steps[0].label.as_str()), (40, "Changed lines"));
    }

    #[test]
    fn the_sum_stops_at_a_hundred() {
        let (steps, scale) = waterfall(factors(&[90, 60]));
        assert_eq!((steps[1].to, scale), (100, 100));
    }
}
