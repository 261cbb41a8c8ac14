//! `POST /api/v1/repositories/{repository}/junit`: JUnit XML.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use devos_contracts::api::TestRunReceipt;
use devos_contracts::ci::RunSource;
use devos_otlp::ReportFormat;
use serde::Deserialize;

use super::Received;
use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::{Path, Query};
use crate::http::problem::Failure;

/// What was tested.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// The full id of the commit that was tested.
    pub commit: String,
    /// Where it was tested; `ci` when absent.
    #[serde(default)]
    #[param(inline)]
    pub source: RunSource,
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
    let received = Received {
        repository,
        commit: &query.commit,
        source: query.source,
        format: ReportFormat::Junit,
        headers: &headers,
        body: &body,
    };
    Ok((StatusCode::CREATED, Json(received.store(&app, &scope).await?)))
}
