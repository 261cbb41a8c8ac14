//! Tests as they are read: each with its newest results.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{CommitId, TestRunId};

/// A test with its results of CI within the range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "test": "unit::test_total", "passed": 41, "failed": 2, "skipped": 0, "flaky": true, "flaky_commits": 1,
    "reported_flaky": 0, "mean_duration_ms": 12, "results": [{
        "run": "01930000-0000-7000-8000-000000000001", "commit": "b1946ac92492d2347c6235b4d2611184a1b2c3d4",
        "at": "2026-11-20T09:00:00Z", "outcome": "failed", "duration_ms": 12
    }]
})))]
pub struct TestHistory {
    /// The test's id.
    pub test: String,
    /// How often it passed.
    pub passed: i64,
    /// How often it failed.
    pub failed: i64,
    /// How often it was skipped.
    pub skipped: i64,
    /// True when runs of one commit passed and failed it, or a report says that it is flaky.
    pub flaky: bool,
    /// Commits of which some runs passed and some failed it.
    pub flaky_commits: i64,
    /// Results whose report says that it is flaky.
    pub reported_flaky: i64,
    /// How long it took, in milliseconds, on average over what ran.
    pub mean_duration_ms: i64,
    /// Its newest results, newest first, at most 20.
    pub results: Vec<TestResult>,
}

/// One result of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestResult {
    /// The run it belongs to.
    pub run: TestRunId,
    /// What was tested.
    pub commit: CommitId,
    /// When it was uploaded.
    pub at: DateTime<Utc>,
    /// `passed`, `failed` or `skipped`.
    pub outcome: String,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
}
