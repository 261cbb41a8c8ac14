//! axum's extractors with problem documents as rejections.

use axum::Json;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use devos_contracts::problem::ProblemCode;
use devos_contracts::repository::Repository;

use super::problem::Failure;

/// A JSON body.
#[derive(FromRequest)]
#[from_request(via(Json), rejection(Failure))]
pub struct Body<T>(pub T);

/// Path parameters.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Failure))]
pub struct Path<T>(pub T);

/// Query parameters.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Failure))]
pub struct Query<T>(pub T);

impl From<JsonRejection> for Failure {
    fn from(rejection: JsonRejection) -> Self {
        let code = match rejection.status().as_u16() {
            413 => ProblemCode::TooLarge,
            415 => ProblemCode::UnsupportedMedia,
            _ => ProblemCode::Malformed,
        };
        Self::new(code, rejection.body_text())
    }
}

impl From<BytesRejection> for Failure {
    fn from(rejection: BytesRejection) -> Self {
        let code = if rejection.status().as_u16() == 413 { ProblemCode::TooLarge } else { ProblemCode::Malformed };
        Self::new(code, rejection.body_text())
    }
}

impl From<PathRejection> for Failure {
    /// An id that is not of an id's form names nothing.
    fn from(_: PathRejection) -> Self {
        Self::new(ProblemCode::NotFound, "there is nothing with this id")
    }
}

impl From<QueryRejection> for Failure {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(ProblemCode::Malformed, rejection.body_text())
    }
}

/// Where a page starts, and its length.
#[derive(Debug, Clone, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Items wanted, 1 to 100; 50 when absent.
    pub limit: Option<u32>,
}

/// A repository with the version of its settings as `ETag`, for the `If-Match` of a change.
pub struct Versioned(pub Repository);

impl IntoResponse for Versioned {
    fn into_response(self) -> Response {
        let version = format!("\"{}\"", self.0.settings_version);
        ([(header::ETAG, version)], Json(self.0)).into_response()
    }
}

/// The version in `If-Match: "3"`.
pub fn if_match(headers: &HeaderMap) -> Result<i64, Failure> {
    let value = headers.get("if-match").ok_or_else(|| {
        Failure::new(ProblemCode::PreconditionRequired, "send the version that you read as If-Match: \"version\"")
    })?;
    let text = value.to_str().unwrap_or_default().trim().trim_matches('"');
    text.parse().map_err(|_| Failure::new(ProblemCode::Malformed, "If-Match holds no version, e.g. \"3\""))
}
