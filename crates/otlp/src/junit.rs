//! JUnit XML, in the dialects that test runners really write.
//!
//! There is no standard: roots, attributes and retry elements differ by tool, and counts are often missing or wrong, so
//! only the test cases themselves are read. Accepted are `testsuites` and `testsuite` roots (several in a row too),
//! nested suites, and Surefire's and nextest's `rerun*` and `flaky*` elements. Document type declarations are refused,
//! so entities never expand.

mod case;
mod charset;
mod markup;
mod outcome;
mod report;

use devos_contracts::ci::TestReport;

use crate::error::DecodeError;
use markup::{Markup, Token};
use report::ReportBuilder;

/// How much of a report is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JunitLimits {
    /// Test cases in one report; more are [`DecodeError::Unsupported`].
    pub cases: usize,
    /// Open elements at any point; more are [`DecodeError::Unsupported`].
    pub depth: usize,
    /// Bytes of text, and of message, kept per failure; more are cut with a marker.
    pub text_bytes: usize,
}

impl Default for JunitLimits {
    fn default() -> Self {
        Self { cases: 100_000, depth: 64, text_bytes: 64 * 1024 }
    }
}

/// Decodes a JUnit XML report; a report without test cases is an empty one.
///
/// A test that the report shows more than once, or with retry elements, is `flaky` when both a failing and a passing
/// attempt are shown. Repeated test cases all stay, in document order, each with its own outcome and the same `flaky`.
pub fn decode_junit(body: &[u8], limits: JunitLimits) -> Result<TestReport, DecodeError> {
    let text = charset::decode(body)?;
    let mut markup = Markup::new(&text, limits.depth);
    let mut report = ReportBuilder::new(limits);
    loop {
        match markup.next()? {
            Token::Open(element) => report.open(&element)?,
            Token::Text(text) => report.text(&text),
            Token::Close => report.close(),
            Token::End => return report.finish(),
        }
    }
}
