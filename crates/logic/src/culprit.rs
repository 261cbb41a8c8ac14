//! Finds the commit that broke a test, although the test may also fail by chance.
//!
//! A Bayesian search over first-parent commits. A guilty commit makes every later commit fail, but for a small chance
//! of passing; commits before it fail only by chance. Both chances are unknown and learnt from the runs. Against the
//! suspects stand two rivals: the failure is older than the suspects, and the test fails everywhere by chance. Nobody is
//! accused unless the posterior is high **and** the culprit was seen failing and its predecessor passing.

mod posterior;
#[cfg(test)]
mod tests;

use devos_contracts::journal::ProbeOutcome;

use posterior::{Posterior, Tally};

/// What one run of the failing test showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Position in the suspects, oldest first; -1 is the commit before them.
    pub index: i32,
    /// What it showed.
    pub outcome: ProbeOutcome,
}

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Runs after which the search gives up.
    pub max_runs: u32,
    /// Posterior that an accusation needs, 0 to 1.
    pub confidence: f64,
    /// Runs of the failing commit before a failure that never shows, or shows once, is given up.
    pub endpoint_runs: u32,
    /// Prior probability that the test fails by chance and no suspect is to blame.
    pub flake_prior: f64,
    /// Prior probability that the failure is older than the suspects.
    pub before_prior: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self { max_runs: 60, confidence: 0.99, endpoint_runs: 5, flake_prior: 0.4, before_prior: 0.05 }
    }
}

/// The next step of the search.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Run the failing test at a commit.
    Probe {
        /// Position in the suspects; -1 is the commit before them.
        index: i32,
        /// Why there.
        why: &'static str,
    },
    /// The culprit is proven.
    Found {
        /// Position in the suspects.
        index: usize,
        /// The posterior, 0 to 1.
        confidence: f64,
    },
    /// The test fails by chance; nobody is accused.
    Flaky {
        /// Failing runs at all commits.
        failures: u32,
        /// Passing runs at all commits.
        passes: u32,
    },
    /// The failure does not show at the failing commit.
    NotReproduced {
        /// Passing runs of the failing commit.
        passes: u32,
    },
    /// Nobody can be accused; the reason says why.
    Unproven {
        /// For a person; positions count from 1, oldest first.
        reason: String,
    },
}

/// Probability at which a rival hypothesis ends the search.
const RIVAL: f64 = 0.95;
/// Share of the allowed doubt that remains once runs have contradicted each other.
const NOISY_DOUBT: f64 = 0.2;
/// Passing runs that the commit before the suspects must show.
const GOOD_PASSES: u32 = 2;

/// Decides the next step from all runs so far; the same runs always give the same step.
///
/// `priors` has one weight per suspect, oldest first, at least one; the last suspect is the failing commit.
/// `has_before` says that a commit before the oldest suspect exists and may be probed as -1.
pub fn next(priors: &[f64], has_before: bool, runs: &[Run], params: &Params) -> Step {
    if priors.is_empty() {
        return Step::Unproven { reason: "there are no suspects".to_owned() };
    }
    let search = Search { tally: Tally::new(priors.len(), has_before, runs), priors, params, runs: count(runs) };
    search.next()
}

struct Search<'a> {
    tally: Tally,
    priors: &'a [f64],
    params: &'a Params,
    runs: u32,
}

impl Search<'_> {
    fn next(&self) -> Step {
        if let Some(step) = self.failing_endpoint() {
            return step;
        }
        let posterior = Posterior::new(&self.tally, self.priors, self.params);
        self.rivals(&posterior)
            .or_else(|| self.passing_endpoint())
            .or_else(|| self.accuse(&posterior))
            .unwrap_or_else(|| self.narrow(&posterior))
    }

    /// The failing commit must fail, twice in a row or often enough to tell it from chance.
    fn failing_endpoint(&self) -> Option<Step> {
        let head = self.tally.last();
        let (failures, passes) = (self.tally.failures(head), self.tally.passes(head));
        if self.tally.is_untestable(head) {
            let reason = "the failing commit can not be tested: the test does not run there".to_owned();
            return Some(Step::Unproven { reason });
        }
        let established = failures >= 2 && passes == 0;
        if !established && failures + passes < self.params.endpoint_runs {
            let why = if failures == 0 { "reproduce the failure" } else { "see whether it fails every time" };
            return Some(self.probe(head, why));
        }
        match failures {
            0 => Some(Step::NotReproduced { passes }),
            1 if passes > 0 => Some(self.flaky()),
            _ => None,
        }
    }

    fn rivals(&self, posterior: &Posterior) -> Option<Step> {
        if posterior.flake >= RIVAL {
            return Some(self.flaky());
        }
        let before_fails = self.tally.has_before && self.tally.failures(-1) >= 2;
        (posterior.before >= RIVAL && before_fails).then(older)
    }

    /// The commit before the suspects must pass.
    fn passing_endpoint(&self) -> Option<Step> {
        if !self.tally.has_before || self.tally.is_untestable(-1) || self.tally.passes(-1) >= GOOD_PASSES {
            return None;
        }
        if self.tally.failures(-1) + self.tally.passes(-1) < self.params.endpoint_runs {
            return Some(self.probe(-1, "see it pass before the oldest suspect"));
        }
        let passes: u32 = self.tally.indices().map(|index| self.tally.passes(index)).sum();
        Some(if passes == 0 { older() } else { self.flaky() })
    }

    /// Accuses the suspect, or names the suspects that can not be told apart; asks for the missing evidence first.
    fn accuse(&self, posterior: &Posterior) -> Option<Step> {
        let best = posterior.best();
        let (below, above) = self.tally.testable_neighbours(best);
        let first = below.map_or(0, |below| below + 1);
        let confidence = posterior.between(first, above);
        // Where chance has shown itself, one run proves nothing, and the figure depends on rates that are only guessed.
        let (needed, doubt) = if self.tally.agrees(above) { (1, 1.0) } else { (3, NOISY_DOUBT) };
        if 1.0 - confidence > (1.0 - self.params.confidence) * doubt {
            return None;
        }
        if self.tally.failures(above) < needed {
            return Some(self.probe(above, "see the suspect fail"));
        }
        let Some(below) = below else {
            return Some(self.no_predecessor(above));
        };
        if self.tally.passes(below) < needed {
            return Some(self.probe(below, "see the suspect's predecessor pass"));
        }
        Some(match usize::try_from(above) {
            Ok(index) if first == above => Step::Found { index, confidence },
            _ => Step::Unproven {
                reason: format!(
                    "suspects {} to {} of {} can not be told apart: the test does not run on those between",
                    first + 1,
                    above + 1,
                    self.priors.len()
                ),
            },
        })
    }

    fn no_predecessor(&self, above: i32) -> Step {
        let reason = if above == 0 && !self.tally.has_before {
            "the test fails since the first commit".to_owned()
        } else {
            format!("the test runs on no commit before suspect {} of {}", above + 1, self.priors.len())
        };
        Step::Unproven { reason }
    }

    /// Probes where the answer teaches most.
    fn narrow(&self, posterior: &Posterior) -> Step {
        let first = if self.tally.has_before { -1 } else { 0 };
        let testable = |index: &i32| *index >= first && !self.tally.is_untestable(*index);
        let informative = posterior.information().filter(|(index, _)| testable(index));
        // The first of equals, so that equal runs give equal steps.
        let best = informative.fold(None, |best: Option<(i32, f64)>, (index, gain)| match best {
            Some((_, most)) if most >= gain => best,
            _ => Some((index, gain)),
        });
        match best {
            Some((index, gain)) if gain > 1e-9 => {
                let again = self.tally.failures(index) + self.tally.passes(index) > 0;
                self.probe(index, if again { "make sure that it is not chance" } else { "halve the suspects" })
            }
            _ => Step::Unproven { reason: "no further run can tell the suspects apart".to_owned() },
        }
    }

    fn probe(&self, index: i32, why: &'static str) -> Step {
        if self.runs < self.params.max_runs {
            return Step::Probe { index, why };
        }
        let posterior = Posterior::new(&self.tally, self.priors, self.params);
        if posterior.flake > 0.5 {
            return self.flaky();
        }
        let best = posterior.best();
        let reason = format!(
            "after {} runs the likeliest suspect, {} of {}, has a probability of only {:.0} %",
            self.runs,
            best + 1,
            self.priors.len(),
            100.0 * posterior.between(best, best)
        );
        Step::Unproven { reason }
    }

    fn flaky(&self) -> Step {
        let sum = |count: fn(&Tally, i32) -> u32| self.tally.indices().map(|index| count(&self.tally, index)).sum();
        Step::Flaky { failures: sum(Tally::failures), passes: sum(Tally::passes) }
    }
}

fn older() -> Step {
    Step::Unproven { reason: "the test already fails at the commit before the oldest suspect".to_owned() }
}

fn count(runs: &[Run]) -> u32 {
    u32::try_from(runs.len()).unwrap_or(u32::MAX)
}
