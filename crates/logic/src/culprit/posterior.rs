//! The probabilities behind the search.

use devos_contracts::journal::{ProbeOutcome, TestRecord};

use super::{Params, Run, Suspects};

/// Chances of failing before the culprit, and of passing from it on, with their prior weights.
const CHANCES: [(f64, f64); 4] = [(0.005, 0.55), (0.05, 0.15), (0.15, 0.15), (0.3, 0.15)];
/// Chances of failing everywhere, for a test that fails by chance; equally likely.
const FLAKES: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// The least prior of a suspect, as a share of the average.
const LEAST_PRIOR: f64 = 0.05;

/// Most runs of the past that count; they happened elsewhere, and a test may have changed since.
const MOST_RECORDED: u32 = 20;
/// Untestable runs in a row of commits after which those between them are taken for untestable too.
const UNTESTABLE_ROW: usize = 4;

/// Runs counted by commit.
pub(super) struct Tally {
    pub has_before: bool,
    /// One row per commit, the one before the suspects first: failures, passes, runs that could not say.
    rows: Vec<[u32; 3]>,
}

impl Tally {
    pub fn new(suspects: usize, has_before: bool, runs: &[Run]) -> Self {
        let mut tally = Self { has_before, rows: vec![[0; 3]; suspects + 1] };
        for run in runs {
            let column = match run.outcome {
                ProbeOutcome::Failed => 0,
                ProbeOutcome::Passed => 1,
                ProbeOutcome::Untestable => 2,
            };
            if let Some(row) = usize::try_from(run.index + 1).ok().and_then(|slot| tally.rows.get_mut(slot)) {
                row[column] += 1;
            }
        }
        tally
    }

    /// The commits that may be probed.
    pub fn indices(&self) -> impl DoubleEndedIterator<Item = i32> + use<> {
        self.oldest()..=self.last()
    }

    /// The one before the suspects, or the first suspect.
    pub fn oldest(&self) -> i32 {
        if self.has_before { -1 } else { 0 }
    }

    /// The failing commit.
    pub fn last(&self) -> i32 {
        i32::try_from(self.rows.len()).unwrap_or(i32::MAX) - 2
    }

    /// Runs of one kind at all commits.
    pub fn total(&self, count: fn(&Self, i32) -> u32) -> u32 {
        self.indices().map(|index| count(self, index)).sum()
    }

    pub fn failures(&self, index: i32) -> u32 {
        self.row(index)[0]
    }

    pub fn passes(&self, index: i32) -> u32 {
        self.row(index)[1]
    }

    /// True when the test never says anything there: it was tried, or it was tried often enough on both sides.
    pub fn is_untestable(&self, index: i32) -> bool {
        match self.verdict(index) {
            Some(testable) => !testable,
            None => self.untestable_row(index) >= UNTESTABLE_ROW,
        }
    }

    /// The chance that the test says something there. Commits on which it does not run come in rows, and the end of a
    /// row is equally likely to be anywhere between its last known commit and the next one that is known to run.
    pub fn chance_of_running(&self, index: i32) -> f64 {
        if let Some(testable) = self.verdict(index) {
            return f64::from(u8::from(testable));
        }
        let (below, above) = (self.known_below(index), self.known_above(index));
        match (below, above) {
            (Some((_, true)) | None, Some((_, true)) | None) => 1.0,
            (Some((_, false)), Some((_, false))) => 0.5_f64.powi(as_i32(self.untestable_row(index))),
            (Some((row, false)), end) => share(index - row, end.map_or(self.last() + 1, |end| end.0) - index),
            (end, Some((row, false))) => share(row - index, index - end.map_or(self.oldest() - 1, |end| end.0)),
        }
    }

    /// Untestable runs around a commit that was not tried, without one between them that could say something; none
    /// unless there are such on both sides.
    fn untestable_row(&self, index: i32) -> usize {
        let untestable = |known: &Option<bool>| *known == Some(false);
        let below = (self.oldest()..index).rev().filter_map(|at| self.verdict(at)).map(Some);
        let above = (index + 1..=self.last()).filter_map(|at| self.verdict(at)).map(Some);
        let (below, above) = (below.take_while(untestable).count(), above.take_while(untestable).count());
        if below == 0 || above == 0 { 0 } else { below + above }
    }

    fn known_below(&self, index: i32) -> Option<(i32, bool)> {
        (self.oldest()..index).rev().find_map(|at| self.verdict(at).map(|testable| (at, testable)))
    }

    fn known_above(&self, index: i32) -> Option<(i32, bool)> {
        (index + 1..=self.last()).find_map(|at| self.verdict(at).map(|testable| (at, testable)))
    }

    /// Whether the test says something at a commit, if it was tried there.
    fn verdict(&self, index: i32) -> Option<bool> {
        match self.row(index) {
            [0, 0, 0] => None,
            [0, 0, _] => Some(false),
            _ => Some(true),
        }
    }

    /// The nearest testable commits: the last one below a suspect, and the first one from it on.
    pub fn testable_neighbours(&self, suspect: i32) -> (Option<i32>, i32) {
        let testable = |index: &i32| !self.is_untestable(*index);
        let below = self.indices().rev().filter(|index| *index < suspect).find(testable);
        let above = self.indices().filter(|index| *index >= suspect).find(testable);
        (below, above.unwrap_or_else(|| self.last()))
    }

    /// True when every run agrees that a suspect is the culprit.
    pub fn agrees(&self, culprit: i32) -> bool {
        self.indices().all(|index| if index < culprit { self.failures(index) == 0 } else { self.passes(index) == 0 })
    }

    /// Of each commit's runs, if it fails at a rate; the one before the suspects first.
    fn log_likelihoods(&self, rate: f64) -> Vec<f64> {
        let (fails, passes) = (rate.ln(), (1.0 - rate).ln());
        self.rows
            .iter()
            .map(|[failures, passed, _]| f64::from(*failures) * fails + f64::from(*passed) * passes)
            .collect()
    }

    fn row(&self, index: i32) -> [u32; 3] {
        usize::try_from(index + 1).ok().and_then(|slot| self.rows.get(slot)).copied().unwrap_or_default()
    }
}

/// What the runs say about each hypothesis; everything adds up to 1.
pub(super) struct Posterior {
    /// The failure is older than the suspects.
    pub before: f64,
    /// The test fails everywhere by chance.
    pub flake: f64,
    suspects: Vec<f64>,
    /// Expected chance of failing before the culprit.
    noise: f64,
    /// Expected chance of failing from the culprit on.
    signal: f64,
    /// Expected chance of failing everywhere, if by chance.
    flake_rate: f64,
}

impl Posterior {
    pub fn new(tally: &Tally, suspects: &Suspects<'_>, params: &Params) -> Self {
        let Suspects { priors, record, .. } = *suspects;
        let (fell, passed) = recorded(record);
        let remembered = |rate: f64| fell * rate.ln() + passed * (1.0 - rate).ln();
        let before_prior = if tally.has_before { params.before_prior } else { 0.0 };
        let guilty_prior = (1.0 - params.flake_prior - before_prior).max(0.0);
        // No suspect is impossible: a commit that touches none of the files can still break the test.
        let known = |prior: &f64| if prior.is_finite() { prior.max(0.0) } else { 0.0 };
        let sum: f64 = priors.iter().map(known).sum();
        let least = if sum > 0.0 { LEAST_PRIOR * sum / as_f64(priors.len()) } else { 1.0 };
        let priors: Vec<f64> = priors.iter().map(|prior| known(prior).max(least)).collect();
        let total: f64 = priors.iter().sum();

        let mut hypotheses = Vec::with_capacity(CHANCES.len() * CHANCES.len() * tally.rows.len() + FLAKES.len());
        for (noise, noise_weight) in CHANCES {
            let good = tally.log_likelihoods(noise);
            for (miss, miss_weight) in CHANCES {
                let chances = Chances { noise, signal: 1.0 - miss };
                let weight = noise_weight * miss_weight;
                let bad = tally.log_likelihoods(chances.signal);
                let mut likelihood: f64 = bad.iter().sum::<f64>() + remembered(noise);
                if before_prior > 0.0 {
                    hypotheses.push((Blame::Before, chances, likelihood, before_prior * weight));
                }
                // Moving the culprit up by one turns one commit from bad to good.
                likelihood += good[0] - bad[0];
                for (suspect, prior) in priors.iter().enumerate() {
                    hypotheses.push((
                        Blame::Suspect(suspect),
                        chances,
                        likelihood,
                        guilty_prior * prior / total * weight,
                    ));
                    likelihood += good[suspect + 1] - bad[suspect + 1];
                }
            }
        }
        for rate in FLAKES {
            let chances = Chances { noise: rate, signal: rate };
            let likelihood = tally.log_likelihoods(rate).iter().sum::<f64>() + remembered(rate);
            hypotheses.push((Blame::Chance, chances, likelihood, params.flake_prior / as_f64(FLAKES.len())));
        }
        Self::sum(priors.len(), &hypotheses)
    }

    fn sum(suspects: usize, hypotheses: &[(Blame, Chances, f64, f64)]) -> Self {
        // Relative to the likeliest, or forty runs would underflow.
        let peak = hypotheses.iter().map(|(_, _, likelihood, _)| *likelihood).fold(f64::NEG_INFINITY, f64::max);
        let mut posterior =
            Self { before: 0.0, flake: 0.0, suspects: vec![0.0; suspects], noise: 0.0, signal: 0.0, flake_rate: 0.0 };
        let (mut total, mut guilty) = (0.0, 0.0);
        for (blame, chances, likelihood, prior) in hypotheses {
            let mass = (likelihood - peak).exp() * prior;
            total += mass;
            match blame {
                Blame::Before => posterior.before += mass,
                Blame::Chance => {
                    posterior.flake += mass;
                    posterior.flake_rate += mass * chances.signal;
                }
                Blame::Suspect(suspect) => {
                    posterior.suspects[*suspect] += mass;
                    guilty += mass;
                    posterior.noise += mass * chances.noise;
                    posterior.signal += mass * chances.signal;
                }
            }
        }
        let of = |mass: f64, of: f64, otherwise: f64| if of > 0.0 { mass / of } else { otherwise };
        posterior.flake_rate = of(posterior.flake_rate, posterior.flake, 0.5);
        posterior.noise = of(posterior.noise, guilty, 0.05);
        posterior.signal = of(posterior.signal, guilty, 0.95);
        posterior.before /= total;
        posterior.flake /= total;
        for mass in &mut posterior.suspects {
            *mass /= total;
        }
        posterior
    }

    /// The likeliest suspect; the oldest of equals.
    pub fn best(&self) -> i32 {
        let best = (0..)
            .zip(&self.suspects)
            .fold((0, -1.0), |best, (index, &mass)| if mass > best.1 { (index, mass) } else { best });
        best.0
    }

    /// The probability that the culprit is one of `first..=last`.
    pub fn between(&self, first: i32, last: i32) -> f64 {
        (0..)
            .zip(&self.suspects)
            .filter(|(index, _)| (first..=last).contains(index))
            .map(|(_, mass)| mass)
            .sum::<f64>()
            .min(1.0)
    }

    /// Expected bits that a run tells about who is to blame, for each commit from the one before the suspects on.
    pub fn information(&self) -> impl Iterator<Item = (i32, f64)> {
        let mut bad = self.before;
        let flake_entropy = self.flake * entropy(self.flake_rate);
        let (signal_entropy, noise_entropy) = (entropy(self.signal), entropy(self.noise));
        (-1..).zip(std::iter::once(&0.0).chain(&self.suspects)).map(move |(index, mass)| {
            bad += mass;
            let good = (1.0 - bad - self.flake).max(0.0);
            let fails = bad * self.signal + good * self.noise + self.flake * self.flake_rate;
            (index, entropy(fails) - bad * signal_entropy - good * noise_entropy - flake_entropy)
        })
    }
}

/// Failures and passes of the past, at most so many that they weigh like the runs of one search.
fn recorded(record: TestRecord) -> (f64, f64) {
    let (failures, passes) = (f64::from(record.failures), f64::from(record.passes));
    let weight = (f64::from(MOST_RECORDED) / (failures + passes).max(1.0)).min(1.0);
    (failures * weight, passes * weight)
}

/// The share of a distance that lies on the near side.
fn share(near: i32, far: i32) -> f64 {
    f64::from(near) / f64::from(near + far)
}

enum Blame {
    Before,
    Suspect(usize),
    Chance,
}

/// Chances of failing on commits before the culprit and from it on.
#[derive(Clone, Copy)]
struct Chances {
    noise: f64,
    signal: f64,
}

fn entropy(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 { 0.0 } else { -p * p.log2() - (1.0 - p) * (1.0 - p).log2() }
}

#[expect(clippy::cast_precision_loss, reason = "a handful")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

fn as_i32(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
