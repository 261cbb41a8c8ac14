//! Failures to RFC 9457 problem documents, in one place.

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use devos_contracts::problem::{Problem, ProblemCode};
use devos_ports::{ForgeError, StoreError, WorkspaceError};
use devos_services::ServiceError;
use http_body_util::{BodyExt, Collected, Limited};
use tracing::Instrument;
use uuid::Uuid;

/// A failed request: the code and what was wrong this time.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The stable code.
    pub code: ProblemCode,
    /// For a person; never holds a secret.
    pub detail: String,
}

impl Failure {
    /// A failure with its particulars.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        let code = match &error {
            ServiceError::Unauthenticated => ProblemCode::Unauthenticated,
            ServiceError::Denied(_) => ProblemCode::Forbidden,
            ServiceError::NotFound(_) => ProblemCode::NotFound,
            ServiceError::Invalid(_) => ProblemCode::Invalid,
            ServiceError::Conflict(_) => ProblemCode::Conflict,
            ServiceError::OverQuota { .. } => ProblemCode::RateLimited,
            ServiceError::Stale => ProblemCode::PreconditionFailed,
            ServiceError::Store(StoreError::Unavailable(_))
            | ServiceError::Forge(ForgeError::Unreachable(_))
            | ServiceError::Workspace(WorkspaceError::Fetch(_)) => ProblemCode::Unavailable,
            _ => ProblemCode::Internal,
        };
        // What is our fault is told to the log, not to the client.
        let detail = match code {
            ProblemCode::Internal | ProblemCode::Unavailable => {
                tracing::error!(%error, "request failed");
                code.title().to_owned()
            }
            _ => error.to_string(),
        };
        Self { code, detail }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A request's id; every answer carries it as `x-request-id`.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Gives each request an id and turns every failure, axum's own included, into a problem document.
pub async fn render(mut request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().simple().to_string();
    let span = tracing::info_span!("request", id, method = %request.method(), path = request.uri().path());
    request.extensions_mut().insert(RequestId(id.clone()));
    let response = next.run(request).instrument(span).await;
    let mut response = problem(response, &id).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

async fn problem(response: Response, request_id: &str) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || response.extensions().get::<Rendered>().is_some() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let failure = match parts.extensions.get::<Failure>() {
        Some(failure) => failure.clone(),
        None => rejection(status, body).await,
    };
    let code = failure.code;
    let body = Problem {
        r#type: format!("about:blank#{}", word(code)),
        title: code.title().to_owned(),
        status: code.status(),
        code,
        detail: failure.detail,
        request_id: request_id.to_owned(),
    };
    let mut rendered = (status, Json(body)).into_response();
    for (name, value) in &parts.headers {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            rendered.headers_mut().insert(name, value.clone());
        }
    }
    let headers = rendered.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if matches!(code, ProblemCode::Unavailable | ProblemCode::RateLimited) && !headers.contains_key(header::RETRY_AFTER)
    {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    rendered
}

/// One of axum's own rejections: its text says what was wrong.
async fn rejection(status: StatusCode, body: Body) -> Failure {
    let code = code_of(status);
    let text = Limited::new(body, 4096).collect().await.map(Collected::to_bytes).unwrap_or_default();
    let detail = String::from_utf8_lossy(&text).trim().to_owned();
    Failure { code, detail: if detail.is_empty() { code.title().into() } else { detail } }
}

/// Marks an error answer that is in its protocol's own form (OTLP) and must stay as it is.
#[derive(Debug, Clone, Copy)]
pub struct Rendered;

fn code_of(status: StatusCode) -> ProblemCode {
    match status {
        StatusCode::UNAUTHORIZED => ProblemCode::Unauthenticated,
        StatusCode::FORBIDDEN => ProblemCode::Forbidden,
        StatusCode::NOT_FOUND => ProblemCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ProblemCode::MethodNotAllowed,
        StatusCode::CONFLICT => ProblemCode::Conflict,
        StatusCode::PAYLOAD_TOO_LARGE => ProblemCode::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemCode::UnsupportedMedia,
        StatusCode::UNPROCESSABLE_ENTITY => ProblemCode::Invalid,
        StatusCode::TOO_MANY_REQUESTS => ProblemCode::RateLimited,
        StatusCode::SERVICE_UNAVAILABLE => ProblemCode::Unavailable,
        status if status.is_client_error() => ProblemCode::Malformed,
        _ => ProblemCode::Internal,
    }
}

fn word(code: ProblemCode) -> String {
    serde_json::to_value(code).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The answer to a path that nobody serves.
pub async fn not_found() -> Failure {
    Failure::new(ProblemCode::NotFound, "there is nothing at this path")
}
