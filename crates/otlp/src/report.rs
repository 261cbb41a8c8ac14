//! Reports of CI in any of the formats that are understood.

use devos_contracts::ci::{LintReport, TestReport};

use crate::error::DecodeError;
use crate::junit::{JunitLimits, decode_junit};
use crate::results::decode_results;
use crate::sarif::{SarifLimits, decode_sarif};

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// JUnit XML, `application/xml`.
    Junit,
    /// Plain JSON test results, `application/json`.
    Json,
    /// SARIF 2.1.0, `application/sarif+json`.
    Sarif,
}

/// A decoded report.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// Of tests.
    Tests(TestReport),
    /// Of linters and analysers.
    Lint(LintReport),
}

impl ReportFormat {
    /// The format of a `content-type`, with or without parameters; `None` when no report has such a type.
    pub fn of_content_type(value: &str) -> Option<Self> {
        let media = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media.as_str() {
            "application/xml" | "text/xml" => Some(Self::Junit),
            "application/json" => Some(Self::Json),
            "application/sarif+json" => Some(Self::Sarif),
            _ => None,
        }
    }

    /// The media type of this format.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Junit => "application/xml",
            Self::Json => "application/json",
            Self::Sarif => "application/sarif+json",
        }
    }
}

/// Decodes a report under the default limits.
pub fn decode_report(body: &[u8], format: ReportFormat) -> Result<Report, DecodeError> {
    match format {
        ReportFormat::Junit => decode_junit(body, JunitLimits::default()).map(Report::Tests),
        ReportFormat::Json => decode_results(body, JunitLimits::default()).map(Report::Tests),
        ReportFormat::Sarif => decode_sarif(body, SarifLimits::default()).map(Report::Lint),
    }
}
