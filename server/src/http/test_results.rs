//! `POST /api/v1/repositories/{repository}/junit`: test results from CI.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use devos_contracts::CommitId;
use devos_contracts::api::TestRunReceipt;
use devos_contracts::problem::ProblemCode;
use devos_otlp::{Compression, DecodeError, JunitLimits};
use devos_services::ingest::Upload;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Shared;
use super::auth::Caller;
use super::extract::{Path, Query};
use super::problem::Failure;

/// The largest report, before and after decompression.
const MAX_REPORT: usize = 32 << 20;

/// Reports are larger than other bodies, so that this route has its own limit.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/v1/repositories/{repository}/junit", post(upload_junit))
        .layer(DefaultBodyLimit::max(MAX_REPORT))
}

/// What was tested.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// The full id of the commit that was tested.
    pub commit: String,
}

/// Upload a JUnit XML report; `Content-Encoding: gzip` is understood. The same report is stored once per commit.
#[utoipa::path(post, path = "/api/v1/repositories/{repository}/junit", operation_id = "uploadJunit", tag = "test results",
    params(("repository" = String, Path, description = "Name or id; a slash in a name is sent as %2F"), UploadQuery),
    request_body(content = String, content_type = "application/xml"),
    responses((status = 201, description = "Stored", body = TestRunReceipt)))]
pub async fn upload_junit(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(repository): Path<String>,
    Query(query): Query<UploadQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<TestRunReceipt>), Failure> {
    let commit = CommitId::parse(&query.commit)
        .ok_or_else(|| Failure::new(ProblemCode::Malformed, "commit is not a full lower-case commit id"))?;
    let compression = match headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Compression::None,
        Some(b"gzip") => Compression::Gzip,
        Some(_) => {
            return Err(Failure::new(ProblemCode::UnsupportedMedia, "the only encoding here is gzip"));
        }
    };
    let plain = devos_otlp::decompress(&body, compression, MAX_REPORT)?;
    // Of the report itself: the same one may be compressed differently the next time.
    let digest = Sha256::digest(&plain).into();
    let report = devos_otlp::decode_junit(&plain, JunitLimits::default())?;
    let receipt = app.ingest.upload(&scope, Upload { repository, commit, report, digest }).await?;
    Ok((StatusCode::CREATED, Json(receipt)))
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
