//! Results of tests and linters, from CI and from people's machines.

mod upload_junit;
mod upload_results;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::routing::post;
use devos_contracts::CommitId;
use devos_contracts::api::TestRunReceipt;
use devos_contracts::ci::RunSource;
use devos_contracts::problem::ProblemCode;
use devos_contracts::scope::Scope;
use devos_otlp::{Compression, DecodeError, Report, ReportFormat};
use devos_services::ingest::Upload;
use sha2::{Digest, Sha256};

use super::Shared;
use super::problem::Failure;

pub use upload_junit::*;
pub use upload_results::*;

/// The largest report, before and after decompression.
const MAX_REPORT: usize = 32 << 20;

/// Reports are larger than other bodies, so that these routes have their own limit.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/v1/repositories/{repository}/junit", post(upload_junit))
        .route("/api/v1/repositories/{repository}/results", post(upload_results))
        .layer(DefaultBodyLimit::max(MAX_REPORT))
}

/// A request to store a report.
struct Received<'a> {
    repository: String,
    commit: &'a str,
    source: RunSource,
    format: ReportFormat,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

impl Received<'_> {
    /// Decodes the report and hands it on.
    async fn store(self, app: &Shared, scope: &Scope) -> Result<TestRunReceipt, Failure> {
        let commit = CommitId::parse(self.commit)
            .ok_or_else(|| Failure::new(ProblemCode::Malformed, "commit is not a full lower-case commit id"))?;
        let compression = match self.headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
            None | Some(b"identity") => Compression::None,
            Some(b"gzip") => Compression::Gzip,
            Some(_) => {
                return Err(Failure::new(ProblemCode::UnsupportedMedia, "the only encoding here is gzip"));
            }
        };
        let plain = devos_otlp::decompress(self.body, compression, MAX_REPORT)?;
        // Of the report itself: the same one may be compressed differently the next time.
        let digest = Sha256::digest(&plain).into();
        let (repository, source) = (self.repository, self.source);
        Ok(match devos_otlp::decode_report(&plain, self.format)? {
            Report::Tests(report) => {
                app.ingest.upload(scope, Upload { repository, commit, source, report, digest }).await?
            }
            Report::Lint(report) => {
                app.ingest.upload_lint(scope, Upload { repository, commit, source, report, digest }).await?
            }
        })
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        let code = match error {
            DecodeError::TooLarge { .. } => ProblemCode::TooLarge,
            DecodeError::Unsupported { .. } => ProblemCode::UnsupportedMedia,
            DecodeError::Malformed { .. } => ProblemCode::Malformed,
        };
        Self::new(code, error.to_string())
    }
}
