//! Retries written as repeated test cases.

use std::collections::BTreeMap;

use devos_contracts::ci::{TestCase, TestOutcome};

#[derive(Default)]
struct Attempts {
    failed: bool,
    passed: bool,
}

/// Marks every attempt of a test that both failed and passed within the report. Cases without a name cannot be told to
/// be the same test.
pub(crate) fn mark(cases: &mut [TestCase]) {
    let mut attempts: BTreeMap<_, Attempts> = BTreeMap::new();
    for case in cases.iter().filter(|case| !case.name.is_empty()) {
        let seen = attempts.entry(identity(case)).or_default();
        seen.failed |= matches!(case.outcome, TestOutcome::Failed(_));
        seen.passed |= matches!(case.outcome, TestOutcome::Passed);
    }
    let both = |case: &TestCase| attempts.get(&identity(case)).is_some_and(|seen| seen.failed && seen.passed);
    let flaky: Vec<bool> = cases.iter().map(both).collect();
    for (case, flaky) in cases.iter_mut().zip(flaky) {
        case.flaky |= flaky;
    }
}

fn identity(case: &TestCase) -> (&str, &str, &str, Option<&str>) {
    (&case.suite, &case.class_name, &case.name, case.file.as_deref())
}
