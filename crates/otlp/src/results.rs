//! Test results as plain JSON, for runners without JUnit XML.
//!
//! One object with the list `tests` ([`PlainResults`]). Of a test only `name` and `outcome` are needed, and fields that
//! are not known are errors, so that a misspelt one is noticed.

use devos_contracts::ci::{PlainOutcome, PlainResults, PlainTest, TestCase, TestFailure, TestOutcome, TestReport};

use crate::document::{self, Bounds};
use crate::error::DecodeError;
use crate::junit::JunitLimits;
use crate::retries;
use crate::text::{cut, name};

/// Root, list and test.
const DEPTH: usize = 3;

/// Decodes plain JSON test results under the limits of JUnit reports.
///
/// A test that is listed more than once is `flaky` when it both failed and passed.
pub fn decode_results(body: &[u8], limits: JunitLimits) -> Result<TestReport, DecodeError> {
    let bounds = Bounds { depth: limits.depth.min(DEPTH), objects: limits.cases.saturating_add(1) };
    let results: PlainResults = document::read(body, "a list of test results", &bounds)?;
    let mut cases: Vec<_> = results.tests.into_iter().map(|test| case(test, limits.text_bytes)).collect();
    retries::mark(&mut cases);
    Ok(TestReport { cases })
}

fn case(test: PlainTest, text_bytes: usize) -> TestCase {
    let named = |text: Option<String>| text.as_deref().map(name).unwrap_or_default();
    let kept = |text: Option<String>| text.as_deref().map(|text| cut(text, text_bytes)).unwrap_or_default();
    let outcome = match test.outcome {
        PlainOutcome::Passed => TestOutcome::Passed,
        PlainOutcome::Skipped => TestOutcome::Skipped,
        PlainOutcome::Failed => TestOutcome::Failed(TestFailure {
            kind: kept(test.kind),
            message: kept(test.message),
            text: kept(test.text),
        }),
    };
    TestCase {
        suite: named(test.suite),
        class_name: named(test.class),
        name: name(&test.name),
        file: test.file.as_deref().map(name).filter(|file| !file.is_empty()),
        line: test.line,
        duration_ms: test.duration_ms.map_or(0, milliseconds),
        outcome,
        flaky: false,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "such casts saturate, and NaN is no JSON")]
fn milliseconds(reported: f64) -> u64 {
    reported.round() as u64
}
