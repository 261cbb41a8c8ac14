use proptest::prelude::*;

use super::*;
use ProbeOutcome::{Failed, Passed, Untestable};

/// A seeded generator (Knuth's constants), so that every trial can be repeated.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 33).unwrap()) / f64::from(1_u32 << 31)
    }
}

/// Runs a whole search against an oracle, of a test without a past.
fn search(suspects: usize, has_before: bool, oracle: impl FnMut(i32) -> ProbeOutcome) -> (Step, usize) {
    search_with(TestRecord::default(), suspects, has_before, oracle)
}

fn search_with(
    record: TestRecord,
    suspects: usize,
    has_before: bool,
    mut oracle: impl FnMut(i32) -> ProbeOutcome,
) -> (Step, usize) {
    let priors = vec![1.0; suspects];
    let mut runs = Vec::new();
    loop {
        match step_of(&priors, has_before, record, &runs) {
            Step::Probe { index, .. } => runs.push(Run { index, outcome: oracle(index) }),
            step => return (step, runs.len()),
        }
    }
}

fn step_of(priors: &[f64], has_before: bool, record: TestRecord, runs: &[Run]) -> Step {
    next(&Suspects { priors, has_before, record }, runs, &Params::default())
}

fn without_past(priors: &[f64], has_before: bool, runs: &[Run]) -> Step {
    step_of(priors, has_before, TestRecord::default(), runs)
}

fn outcome(fails: bool) -> ProbeOutcome {
    if fails { Failed } else { Passed }
}

/// The classic search, which believes every run.
fn bisect(suspects: i32, mut oracle: impl FnMut(i32) -> ProbeOutcome) -> (i32, usize) {
    let (mut good, mut bad, mut runs) = (-1, suspects - 1, 0);
    while bad - good > 1 {
        let middle = i32::midpoint(good, bad);
        runs += 1;
        if oracle(middle) == Failed { bad = middle } else { good = middle }
    }
    (bad, runs)
}

const SUSPECTS: i32 = 64;
const TRIALS: u32 = 400;

struct Score {
    right: u32,
    wrong: u32,
    runs: usize,
    bisect_right: u32,
}

/// Trials with one guilty commit; `misses` is the chance that a bad commit passes, `past` the number of results known.
fn trials(noise: f64, misses: f64, past: u32) -> Score {
    let mut chance = Chance(0x5eed + (noise * 1000.0).to_bits() + misses.to_bits());
    let mut score = Score { right: 0, wrong: 0, runs: 0, bisect_right: 0 };
    for trial in 0..TRIALS {
        let guilty = i32::try_from(trial).unwrap() % SUSPECTS;
        let mut oracle =
            |index: i32| outcome(if index >= guilty { chance.next() >= misses } else { chance.next() < noise });
        let failures = (0..past).map(|_| u32::from(oracle(-1) == Failed)).sum();
        let record = TestRecord { passes: past - failures, failures };
        let (step, runs) = search_with(record, 64, true, &mut oracle);
        score.runs += runs;
        match step {
            Step::Found { index, .. } if i32::try_from(index).unwrap() == guilty => score.right += 1,
            Step::Found { .. } => score.wrong += 1,
            _ => {}
        }
        score.bisect_right += u32::from(bisect(SUSPECTS, &mut oracle).0 == guilty);
    }
    score
}

fn assert_traced(noise: f64, misses: f64, past: u32, least_right: f64, most_runs: f64) {
    let score = trials(noise, misses, past);
    let share = |count: u32| f64::from(count) / f64::from(TRIALS);
    #[expect(clippy::cast_precision_loss, reason = "thousands of runs")]
    let mean_runs = score.runs as f64 / f64::from(TRIALS);
    println!(
        "noise {noise}, misses {misses}, {past} past results: right {:.3}, wrong {:.3}, abstained {:.3}, {mean_runs:.1} runs; plain bisect right {:.3}",
        share(score.right),
        share(score.wrong),
        1.0 - share(score.right + score.wrong),
        share(score.bisect_right),
    );
    assert!(share(score.right) >= least_right);
    assert!(share(score.wrong) <= 0.0125, "a wrong accusation costs more than an abstention");
    assert!(score.right >= score.bisect_right);
    assert!(mean_runs <= most_runs);
}

#[test]
fn traces_a_sound_test_among_64_suspects() {
    assert_traced(0.0, 0.0, 0, 1.0, 16.0);
}

#[test]
fn traces_a_test_that_fails_by_chance_now_and_then() {
    assert_traced(0.05, 0.0, 0, 0.98, 20.0);
}

/// The rate at which plain bisection is right every other time.
#[test]
fn traces_a_test_that_fails_by_chance_every_fifth_time() {
    assert_traced(0.2, 0.0, 0, 0.98, 28.0);
}

#[test]
fn traces_a_test_that_errs_both_ways() {
    assert_traced(0.05, 0.05, 0, 0.98, 24.0);
}

/// Here every run tells little; abstaining is the honest answer.
#[test]
fn abstains_rather_than_accuse_wrongly_when_runs_tell_little() {
    assert_traced(0.2, 0.2, 0, 0.45, 55.0);
}

/// What uploads of the same test showed before tells chance from guilt sooner.
#[test]
fn a_known_past_saves_runs() {
    assert_traced(0.0, 0.0, 20, 1.0, 13.0);
    assert_traced(0.05, 0.0, 20, 0.98, 16.5);
    assert_traced(0.2, 0.0, 20, 0.98, 25.0);
}

#[test]
fn accuses_nobody_of_a_pure_flake() {
    for rate in [0.05, 0.2, 0.5, 0.8, 0.95] {
        let mut chance = Chance(77);
        let mut verdicts = [0_u32; 4];
        for _ in 0..TRIALS {
            let (step, _) = search(64, true, |_| outcome(chance.next() < rate));
            match step {
                Step::Found { .. } => verdicts[0] += 1,
                Step::Flaky { .. } => verdicts[1] += 1,
                Step::NotReproduced { .. } => verdicts[2] += 1,
                _ => verdicts[3] += 1,
            }
        }
        println!("flake rate {rate}: accused, flaky, not reproduced, unproven = {verdicts:?} of {TRIALS}");
        assert!(f64::from(verdicts[0]) <= 0.01 * f64::from(TRIALS), "false accusations at {rate}: {verdicts:?}");
    }
}

#[test]
fn endpoints_come_first() {
    let first = without_past(&[1.0; 5], true, &[]);
    assert!(matches!(first, Step::Probe { index: 4, .. }), "{first:?}");
    let failed = [Run { index: 4, outcome: Failed }; 2];
    let second = without_past(&[1.0; 5], true, &failed);
    assert!(matches!(second, Step::Probe { index: -1, .. }), "{second:?}");
}

#[test]
fn a_failure_that_never_shows_is_not_reproduced() {
    assert_eq!(search(8, true, |_| Passed), (Step::NotReproduced { passes: 5 }, 5));
}

#[test]
fn a_failing_commit_that_does_not_run_ends_the_search() {
    assert_eq!(search(8, true, |_| Untestable), (Step::Untestable, 1));
}

#[test]
fn a_failure_older_than_the_suspects_accuses_nobody() {
    let (step, _) = search(8, true, |_| Failed);
    assert!(matches!(&step, Step::Unproven { reason } if reason.contains("already fails")), "{step:?}");
}

#[test]
fn the_first_commit_of_all_is_not_accused() {
    let (step, _) = search(8, false, |_| Failed);
    assert!(matches!(&step, Step::Unproven { reason } if reason.contains("first commit")), "{step:?}");
    // The second one can be: its predecessor passes.
    let (step, _) = search(8, false, |index| outcome(index >= 1));
    assert!(matches!(step, Step::Found { index: 1, .. }), "{step:?}");
}

#[test]
fn untestable_neighbours_are_named_not_accused() {
    let oracle = |index: i32| {
        if (3..=5).contains(&index) { Untestable } else { outcome(index >= 5) }
    };
    let (step, _) = search(12, true, oracle);
    assert!(matches!(&step, Step::Unproven { reason } if reason.contains("suspects 4 to 7 of 12")), "{step:?}");
    // Untestable commits elsewhere do not matter.
    let (step, _) = search(12, true, |index| if (3..=5).contains(&index) { Untestable } else { outcome(index >= 8) });
    assert!(matches!(step, Step::Found { index: 8, .. }), "{step:?}");
}

/// Where a row of commits ends on which the test does not run is found by halving, not by walking.
#[test]
fn rows_of_untestable_commits_are_not_walked() {
    let rows = [(40, 90), (5, 60), (70, 118)];
    for (first, last) in rows {
        for guilty in [first - 3, first + 20, last + 5] {
            let oracle = |index| if (first..=last).contains(&index) { Untestable } else { outcome(index >= guilty) };
            let (step, runs) = search(128, true, oracle);
            let told = match &step {
                Step::Found { index, .. } => {
                    i32::try_from(*index).unwrap() == guilty && !(first..=last + 1).contains(&guilty)
                }
                Step::Unproven { reason } => {
                    guilty >= first && reason.contains(&format!("suspects {} to {} of 128", first + 1, last + 2))
                }
                _ => false,
            };
            assert!(told, "{step:?} for {guilty} around {first}..={last}");
            assert!(runs <= 30, "{runs} runs for {guilty} around {first}..={last}");
        }
    }
}

#[test]
fn a_failure_as_old_as_the_history_is_seen_at_once() {
    for (suspects, has_before) in [(4, false), (8, false), (64, false), (64, true)] {
        let (step, runs) = search(suspects, has_before, |_| Failed);
        assert!(matches!(step, Step::Unproven { .. }), "{step:?}");
        assert!(runs <= 5, "{runs} runs among {suspects}");
    }
}

#[test]
fn a_lone_suspect_is_accused_with_both_endpoints() {
    let (step, runs) = search(1, true, |index| outcome(index >= 0));
    assert!(matches!(step, Step::Found { index: 0, .. }), "{step:?}");
    assert!(runs <= 6);
}

#[test]
fn a_suspect_that_touches_the_files_is_probed_sooner() {
    let mut priors = vec![0.1; 200];
    priors[150] = 30.0;
    let run = |index, outcome| Run { index, outcome };
    let mut runs = vec![run(199, Failed), run(199, Failed), run(-1, Passed), run(-1, Passed)];
    let mut probes = 0;
    let step = loop {
        match without_past(&priors, true, &runs) {
            Step::Probe { index, .. } => runs.push(run(index, outcome(index >= 150))),
            step => break step,
        }
        probes += 1;
    };
    assert!(matches!(step, Step::Found { index: 150, .. }), "{step:?}");
    assert!(probes <= 5, "{probes} probes");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn sound_tests_are_always_traced(suspects in 1_i32..90, at in 0.0_f64..1.0) {
        #[expect(clippy::cast_possible_truncation, reason = "below 90")]
        let guilty = (f64::from(suspects) * at) as i32;
        let (step, runs) = search(usize::try_from(suspects).unwrap(), true, |index| outcome(index >= guilty));
        let found = matches!(step, Step::Found { index, confidence } if i32::try_from(index).unwrap() == guilty && confidence >= 0.99);
        prop_assert!(found, "{step:?} for {guilty} of {suspects}");
        prop_assert!(runs <= 16, "{runs} runs");
    }

    #[test]
    fn any_history_ends_soundly(seed: u64, suspects in 1_usize..30, has_before: bool) {
        let mut chance = Chance(seed);
        let priors: Vec<f64> = (0..suspects).map(|_| chance.next()).collect();
        let params = Params::default();
        let mut runs: Vec<Run> = Vec::new();
        let step = loop {
            let step = without_past(&priors, has_before, &runs);
            prop_assert_eq!(&step, &without_past(&priors, has_before, &runs));
            let Step::Probe { index, .. } = step else { break step };
            let least = if has_before { -1 } else { 0 };
            prop_assert!(index >= least && index < i32::try_from(suspects).unwrap());
            let outcome = match chance.next() { x if x < 0.15 => Untestable, x if x < 0.6 => Failed, _ => Passed };
            runs.push(Run { index, outcome });
            prop_assert!(runs.len() <= params.max_runs as usize);
        };
        if let Step::Found { index, confidence } = step {
            let culprit = i32::try_from(index).unwrap();
            prop_assert!(confidence >= params.confidence);
            let seen = |index, outcome| runs.contains(&Run { index, outcome });
            prop_assert!(seen(culprit, Failed));
            prop_assert!(seen(culprit - 1, Passed));
        }
    }

    #[test]
    fn more_of_the_same_evidence_never_lowers_confidence(suspects in 2_usize..40, at in 0.0_f64..1.0, more in 1_usize..4) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "below 40")]
        let guilty = (suspects as f64 * at) as usize;
        let culprit = i32::try_from(guilty).unwrap();
        let priors = vec![1.0; suspects];
        let mut runs = Vec::new();
        let before = loop {
            match without_past(&priors, true, &runs) {
                Step::Probe { index, .. } => runs.push(Run { index, outcome: outcome(index >= culprit) }),
                Step::Found { confidence, .. } => break confidence,
                step => panic!("{step:?}"),
            }
        };
        for _ in 0..more {
            runs.push(Run { index: culprit, outcome: Failed });
            runs.push(Run { index: culprit - 1, outcome: Passed });
        }
        let after = without_past(&priors, true, &runs);
        let kept = matches!(after, Step::Found { index, confidence } if index == guilty && confidence >= before - 1e-9);
        prop_assert!(kept, "{after:?}");
    }
}
