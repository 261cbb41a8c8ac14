//! Finds the commit that broke a test, although the test may also fail by chance.
//!
//! A Bayesian search over first-parent commits. A guilty commit makes every later commit fail, but for a small chance
//! of passing; commits before it fail only by chance. Both chances are unknown and learnt from the runs. Against the
//! suspects stand two rivals: the failure is older than the suspects, and the test fails everywhere by chance. Nobody is
//! accused unless the posterior is high **and** the culprit was seen failing and its predecessor passing.

mod posterior;
#[cfg(test)]
mod tests;

use devos_contracts::journal::{ProbeOutcome, TestRecord};

use posterior::{Posterior, Tally};

/// What one run of the failing test showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Position in the suspects, oldest first; -1 is the commit before them.
    pub index: i32,
    /// What it showed.
    pub outcome: ProbeOutcome,
}

/// Among whom to search.
#[derive(Debug, Clone, Copy)]
pub struct Suspects<'a> {
    /// One weight per suspect, oldest first, at least one; the last suspect is the failing commit.
    pub priors: &'a [f64],
    /// A commit before the oldest suspect exists and may be probed as -1.
    pub has_before: bool,
    /// What the test showed on commits before the suspects.
    pub record: TestRecord,
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
    /// The test does not run at the failing commit.
    Untestable,
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
/// Failing runs there that say that the failure is older.
const OLD_FAILURES: u32 = 3;

/// Decides the next step from all runs so far; the same runs always give the same step.
pub fn next(suspects: &Suspects<'_>, runs: &[Run], params: &Params) -> Step {
    if suspects.priors.is_empty() {
        return Step::Unproven { reason: "there are no suspects".to_owned() };
    }
    let tally = Tally::new(suspects.priors.len(), suspects.has_before, runs);
    Search { tally, suspects, params, runs: count(runs) }.next()
}

struct Search<'a> {
    tally: Tally,
    suspects: &'a Suspects<'a>,
    params: &'a Params,
    runs: u32,
}

impl Search<'_> {
    fn next(&self) -> Step {
        if let Some(step) = self.failing_endpoint() {
            return step;
        }
        let posterior = Posterior::new(&self.tally, self.suspects, self.params);
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
            return Some(Step::Untestable);
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
        let before_fails = self.tally.has_before && self.tally.failures(-1) >= OLD_FAILURES;
        (posterior.before >= RIVAL && before_fails).then(|| self.older())
    }

    /// The oldest commit must pass: the one before the suspects, or else the first of all.
    fn passing_endpoint(&self) -> Option<Step> {
        let oldest = self.tally.oldest();
        let (failures, passes) = (self.tally.failures(oldest), self.tally.passes(oldest));
        // The newest recorded pass happened on this very commit.
        let needed = GOOD_PASSES - self.suspects.record.passes.min(1);
        if self.tally.is_untestable(oldest) || passes >= needed {
            return None;
        }
        // Every run failed, here and at the failing commit: chance or not, no suspect changed anything.
        if failures >= OLD_FAILURES && self.tally.total(Tally::passes) == 0 {
            return Some(self.older());
        }
        if failures + passes < self.params.endpoint_runs {
            return Some(self.probe(oldest, "see it pass before the suspects"));
        }
        // The first commit of all may itself be the one that fails, and is then told apart by its successors.
        self.tally.has_before.then(|| self.flaky())
    }

    fn older(&self) -> Step {
        let since = if self.tally.has_before {
            "the test already fails at the commit before the oldest suspect"
        } else {
            "the test fails since the first commit"
        };
        Step::Unproven { reason: since.to_owned() }
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
                    self.suspects.priors.len()
                ),
            },
        })
    }

    fn no_predecessor(&self, above: i32) -> Step {
        if above == 0 && !self.tally.has_before {
            return self.older();
        }
        let reason =
            format!("the test runs on no commit before suspect {} of {}", above + 1, self.suspects.priors.len());
        Step::Unproven { reason }
    }

    /// Probes where the answer teaches most, if the test runs there.
    fn narrow(&self, posterior: &Posterior) -> Step {
        let oldest = self.tally.oldest();
        let known = posterior.information().filter(|(index, _)| *index >= oldest);
        let informative = known.map(|(index, gain)| (index, gain * self.tally.chance_of_running(index)));
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
        let posterior = Posterior::new(&self.tally, self.suspects, self.params);
        if posterior.flake > 0.5 {
            return self.flaky();
        }
        let best = posterior.best();
        let reason = format!(
            "after {} runs the likeliest suspect, {} of {}, has a probability of only {:.0} %",
            self.runs,
            best + 1,
            self.suspects.priors.len(),
            100.0 * posterior.between(best, best)
        );
        Step::Unproven { reason }
    }

    fn flaky(&self) -> Step {
        Step::Flaky { failures: self.tally.total(Tally::failures), passes: self.tally.total(Tally::passes) }
    }
}

fn count(runs: &[Run]) -> u32 {
    u32::try_from(runs.len()).unwrap_or(u32::MAX)
}
