//! `POST /api/v1/repositories/{repository}/results`: results in any format that is understood.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use bytes::Bytes;
use devos_contracts::api::TestRunReceipt;
use devos_contracts::ci::{PlainResults, RunSource};
use devos_contracts::problem::ProblemCode;
use devos_otlp::ReportFormat;
use serde::Deserialize;

use super::Received;
use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::{Path, Query};
use crate::http::problem::Failure;

/// What was tested, and how the report is written.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ResultsQuery {
    /// The full id of the commit that was tested.
    pub commit: String,
    /// Where it was tested; `ci` when absent.
    #[serde(default)]
    #[param(inline)]
    pub source: RunSource,
    /// The report's format; what the content type says when absent.
    #[param(inline)]
    pub format: Option<Format>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// JUnit XML.
    Junit,
    /// Plain JSON test results.
    Json,
    /// SARIF 2.1.0.
    Sarif,
}

/// Upload test results (plain JSON or JUnit XML) or lint findings (SARIF 2.1.0); `Content-Encoding: gzip` is understood.
/// The same report is stored once per commit.
#[utoipa::path(post, path = "/api/v1/repositories/{repository}/results", operation_id = "uploadResults", tag = "test results",
    params(("repository" = String, Path, description = "Name or id; a slash in a name is sent as %2F"), ResultsQuery),
    request_body(content((PlainResults = "application/json"), (String = "application/xml"),
        (serde_json::Value = "application/sarif+json", example = json!({ "version": "2.1.0", "runs": [{
            "tool": { "driver": { "name": "ruff", "rules": [{ "id": "F401" }] } },
            "results": [{ "ruleId": "F401", "level": "error", "message": { "text": "`os` imported but unused" },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": "src/cart.py" }, "region": { "startLine": 1 } } }] }] }] })))),
    responses((status = 201, description = "Stored", body = TestRunReceipt)))]
pub async fn upload_results(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Path(repository): Path<String>,
    Query(query): Query<ResultsQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<TestRunReceipt>), Failure> {
    let received = Received {
        repository,
        commit: &query.commit,
        source: query.source,
        format: format(query.format, &headers)?,
        headers: &headers,
        body: &body,
    };
    Ok((StatusCode::CREATED, Json(received.store(&app, &scope).await?)))
}

fn format(said: Option<Format>, headers: &HeaderMap) -> Result<ReportFormat, Failure> {
    let media = headers.get(header::CONTENT_TYPE).map(HeaderValue::to_str).and_then(Result::ok);
    match said {
        Some(Format::Junit) => Ok(ReportFormat::Junit),
        Some(Format::Json) => Ok(ReportFormat::Json),
        Some(Format::Sarif) => Ok(ReportFormat::Sarif),
        None => media.and_then(ReportFormat::of_content_type).ok_or_else(|| {
            let needed = "say how the report is written: format=junit, format=json or format=sarif";
            Failure::new(ProblemCode::UnsupportedMedia, needed)
        }),
    }
}
