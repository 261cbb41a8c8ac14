//! CI results as decoded from reports.

use std::collections::BTreeMap;

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

/// Where tests or linters ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunSource {
    /// In continuous integration, on a clean checkout of the commit.
    #[default]
    Ci,
    /// On somebody's machine, whose working tree may differ from the commit.
    Local,
}

/// What a run reports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Test results.
    #[default]
    Test,
    /// Findings of linters and analysers.
    Lint,
}

/// A decoded report of linters or analysers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LintReport {
    /// Every finding in document order.
    pub findings: Vec<LintFinding>,
}

/// One finding of a linter or analyser.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "tool": "ruff", "rule": "F401", "level": "error", "message": "`os` imported but unused",
    "file": "src/shop/cart.py", "line": 1, "column": 8, "end_line": 1, "end_column": 10,
    "fingerprints": {}, "snippet": "import os", "suppressed": false
})))]
pub struct LintFinding {
    /// The tool, possibly empty.
    pub tool: String,
    /// The rule's id, possibly empty.
    pub rule: String,
    /// How grave it is.
    pub level: LintLevel,
    /// The message, with its placeholders filled in.
    pub message: String,
    /// The file, relative to the repository where that can be told.
    pub file: Option<String>,
    /// First line, from 1.
    pub line: Option<u32>,
    /// First column, from 1.
    pub column: Option<u32>,
    /// Last line.
    pub end_line: Option<u32>,
    /// The column behind the last one.
    pub end_column: Option<u32>,
    /// What the tool tells its findings apart by, by the kind of fingerprint.
    pub fingerprints: BTreeMap<String, String>,
    /// The source text, where it may be stored.
    pub snippet: Option<String>,
    /// True when somebody accepted it, in the source or in the tool.
    pub suppressed: bool,
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LintLevel {
    /// Not a problem: an observation.
    None,
    /// A minor problem.
    Note,
    /// A problem.
    #[default]
    Warning,
    /// A serious problem.
    Error,
}

/// How many findings a report has, suppressed ones left out of all but the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LintCounts {
    /// Serious ones.
    pub errors: u32,
    /// Warnings.
    pub warnings: u32,
    /// Notes and observations.
    pub notes: u32,
    /// Those that somebody accepted.
    pub suppressed: u32,
}

impl LintReport {
    /// How many findings there are of each level.
    pub fn counts(&self) -> LintCounts {
        let mut counts = LintCounts::default();
        for finding in &self.findings {
            let count = match (finding.suppressed, finding.level) {
                (true, _) => &mut counts.suppressed,
                (false, LintLevel::Error) => &mut counts.errors,
                (false, LintLevel::Warning) => &mut counts.warnings,
                (false, LintLevel::Note | LintLevel::None) => &mut counts.notes,
            };
            *count = count.saturating_add(1);
        }
        counts
    }
}

/// Test results as plain JSON, for runners without JUnit XML.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({ "tests": [{
    "suite": "unit", "class": "shop.Cart", "name": "adds", "file": "tests/test_cart.py", "line": 7,
    "duration_ms": 12, "outcome": "failed", "type": "AssertionError", "message": "3 != 2", "text": "Traceback ..."
}] })))]
#[serde(deny_unknown_fields)]
pub struct PlainResults {
    /// The tests; one that is listed more than once is flaky when it both failed and passed.
    pub tests: Vec<PlainTest>,
}

/// One test of [`PlainResults`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlainTest {
    /// The suite it belongs to.
    pub suite: Option<String>,
    /// The class or module; with the name it is the test's identity across runs.
    pub class: Option<String>,
    /// The test's name.
    pub name: String,
    /// The source file.
    pub file: Option<String>,
    /// The source line.
    pub line: Option<u32>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<f64>,
    /// What happened.
    pub outcome: PlainOutcome,
    /// The exception or assertion type of a failure.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The message of a failure.
    pub message: Option<String>,
    /// The stack trace or output of a failure.
    pub text: Option<String>,
}

/// What a test of [`PlainResults`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlainOutcome {
    /// It passed.
    Passed,
    /// It failed, or erred.
    Failed,
    /// It did not run.
    Skipped,
}
