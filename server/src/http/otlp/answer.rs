//! What OTLP answers: the export response, and errors as `google.rpc.Status`.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use devos_contracts::problem::ProblemCode;
use devos_contracts::telemetry::TelemetrySignal;
use devos_otlp::Encoding;
use devos_services::ingest::Accepted;
use prost::Message;
use tonic_types::pb::Status;

use crate::http::problem::{Failure, Rendered};

/// When a sender may try again what could not be taken for now.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The export response of every signal: they differ in the name of one count only, and share its field number.
#[derive(Clone, PartialEq, Message)]
pub struct ExportResponse {
    /// What was refused; nothing when everything was taken.
    #[prost(message, optional, tag = "1")]
    pub partial_success: Option<PartialSuccess>,
}

/// What was refused, and why.
#[derive(Clone, PartialEq, Message)]
pub struct PartialSuccess {
    /// How many records, spans or data points.
    #[prost(int64, tag = "1")]
    pub rejected: i64,
    /// The reasons in words.
    #[prost(string, tag = "2")]
    pub error_message: String,
}

impl From<Accepted> for ExportResponse {
    fn from(accepted: Accepted) -> Self {
        let refused: u64 = accepted.refused.iter().map(|refusal| refusal.count).sum();
        let words = accepted.refused.iter().map(|refusal| {
            let reason = serde_json::to_value(refusal.reason).unwrap_or_default();
            format!("{} {}", refusal.count, reason.as_str().unwrap_or_default())
        });
        let partial_success = (refused > 0).then(|| PartialSuccess {
            rejected: i64::try_from(refused).unwrap_or(i64::MAX),
            error_message: words.collect::<Vec<_>>().join(", "),
        });
        Self { partial_success }
    }
}

/// The answer to a request that was taken, at least in part, in the request's encoding.
pub fn success(response: &ExportResponse, signal: TelemetrySignal, encoding: Encoding) -> Response {
    let body = match encoding {
        Encoding::Protobuf => response.encode_to_vec(),
        Encoding::Json => {
            let count = match signal {
                TelemetrySignal::Logs => "rejectedLogRecords",
                TelemetrySignal::Traces => "rejectedSpans",
                TelemetrySignal::Metrics => "rejectedDataPoints",
            };
            let body = match &response.partial_success {
                None => serde_json::json!({}),
                Some(partial) => serde_json::json!({
                    "partialSuccess": { count: partial.rejected.to_string(), "errorMessage": partial.error_message }
                }),
            };
            body.to_string().into_bytes()
        }
    };
    ([(header::CONTENT_TYPE, encoding.content_type())], body).into_response()
}

/// The answer to a request that failed as a whole, in the request's encoding.
pub fn status(failure: &Failure, encoding: Encoding) -> Response {
    let (code, message) = (grpc_code(failure.code), failure.detail.clone());
    let body = match encoding {
        Encoding::Protobuf => Status { code, message, details: Vec::new() }.encode_to_vec(),
        Encoding::Json => serde_json::json!({ "code": code, "message": message }).to_string().into_bytes(),
    };
    let code = StatusCode::from_u16(failure.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (code, [(header::CONTENT_TYPE, encoding.content_type())], body).into_response();
    if let Some(delay) = retry_after(failure.code) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(delay.as_secs()));
    }
    response.extensions_mut().insert(Rendered);
    response
}

/// When the sender may try again; `None` when another try would fail as well.
pub fn retry_after(code: ProblemCode) -> Option<Duration> {
    matches!(code, ProblemCode::Unavailable | ProblemCode::RateLimited).then_some(RETRY_AFTER)
}

/// The gRPC code of a problem, as `google.rpc.Code` numbers it.
pub fn grpc_code(code: ProblemCode) -> i32 {
    match code {
        ProblemCode::Unauthenticated => 16,
        ProblemCode::Forbidden | ProblemCode::CrossOrigin => 7,
        ProblemCode::NotFound | ProblemCode::MethodNotAllowed => 5,
        ProblemCode::RateLimited | ProblemCode::TooLarge => 8,
        ProblemCode::Unavailable => 14,
        ProblemCode::Internal => 13,
        ProblemCode::Conflict | ProblemCode::PreconditionFailed | ProblemCode::PreconditionRequired => 9,
        ProblemCode::Malformed | ProblemCode::UnsupportedMedia | ProblemCode::Invalid => 3,
    }
}
