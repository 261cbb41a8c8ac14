//! The crate's public surface, tested from outside.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read their corpus from files and fail by panicking"
)]

mod compression;
mod json;
mod junit;
mod junit_limits;
mod limits;
mod logs;
mod metric_properties;
mod metrics;
mod properties;
mod published;
mod results;
mod sarif;
mod shared_junit;
mod traces;
mod values;

use std::fmt::Write;

use devos_contracts::ci::{TestOutcome, TestReport};
use devos_otlp::DecodeError;

/// `5B8EFFF798038103D269B633813FC60C`, the trace id of the corpus.
const TRACE_ID: [u8; 16] =
    [0x5b, 0x8e, 0xff, 0xf7, 0x98, 0x03, 0x81, 0x03, 0xd2, 0x69, 0xb6, 0x33, 0x81, 0x3f, 0xc6, 0x0c];
/// `EEE19B7EC3C1B174`, the span id of the corpus.
const SPAN_ID: [u8; 8] = [0xee, 0xe1, 0x9b, 0x7e, 0xc3, 0xc1, 0xb1, 0x74];

/// A file of this crate's corpus.
fn corpus(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One line per file: the counts, or the error.
fn summarise(name: &str, decoded: &Result<TestReport, DecodeError>) -> String {
    let report = match decoded {
        Ok(report) => report,
        Err(error) => return format!("{name}: {error}\n"),
    };
    let count = |wanted: fn(&TestOutcome) -> bool| report.cases.iter().filter(|case| wanted(&case.outcome)).count();
    let mut line = String::new();
    writeln!(
        line,
        "{name}: passed {} failed {} skipped {} flaky {}",
        count(|outcome| matches!(outcome, TestOutcome::Passed)),
        count(|outcome| matches!(outcome, TestOutcome::Failed(_))),
        count(|outcome| matches!(outcome, TestOutcome::Skipped)),
        report.cases.iter().filter(|case| case.flaky).count(),
    )
    .unwrap();
    line
}
