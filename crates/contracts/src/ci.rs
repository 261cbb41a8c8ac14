//! CI results as decoded from reports.

use serde::{Deserialize, Serialize};

/// A decoded test report, whatever its dialect.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TestReport {
    /// Every test case in document order.
    pub cases: Vec<TestCase>,
}

/// The result of one test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestCase {
    /// Nested suite names joined with ` > `, possibly empty.
    pub suite: String,
    /// The dialect's `classname`, possibly empty.
    pub class_name: String,
    /// The test's name.
    pub name: String,
    /// The source file, when the report names one.
    pub file: Option<String>,
    /// The source line, when the report names one.
    pub line: Option<u32>,
    /// Seconds as reported, in milliseconds; zero when absent.
    pub duration_ms: u64,
    /// What happened.
    pub outcome: TestOutcome,
    /// True when the report itself shows both a failing and a passing attempt.
    pub flaky: bool,
}

impl TestCase {
    /// The test's identity across runs: `class_name::name`, or the suite where there is no class.
    ///
    /// `node --test` writes the class `test` everywhere, which says nothing: there the suite counts too.
    pub fn id(&self) -> String {
        match (self.class_name.as_str(), self.suite.as_str()) {
            ("" | "test", "") => self.name.clone(),
            ("" | "test", suite) => format!("{suite}::{}", self.name),
            (class, _) => format!("{class}::{}", self.name),
        }
    }
}

/// What a test did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum TestOutcome {
    /// It passed.
    Passed,
    /// It did not run.
    Skipped,
    /// It failed, or erred.
    Failed(TestFailure),
}

/// How a test failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestFailure {
    /// Exception or assertion type, possibly empty.
    pub kind: String,
    /// The message, possibly empty.
    pub message: String,
    /// The element's text: stack trace or output.
    pub text: String,
}
