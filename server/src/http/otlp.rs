//! OTLP over HTTP, exactly to its specification: protobuf and JSON, gzip, partial success, errors as `Status`.

use axum::Router;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use devos_contracts::problem::ProblemCode;
use devos_contracts::telemetry::TelemetrySignal;
use devos_otlp::{Compression, Encoding};
use devos_services::ingest::Accepted;
use prost::Message;
use sha2::{Digest, Sha256};

use super::Shared;
use super::auth;
use super::problem::{Failure, Rendered};

/// The largest request on the wire.
const MAX_BODY: usize = 8 << 20;
/// The largest request after decompression.
const MAX_PLAIN: usize = 64 << 20;

/// `POST /v1/logs` and `POST /v1/traces`.
pub fn routes() -> Router<Shared> {
    Router::new().route("/v1/logs", post(logs)).route("/v1/traces", post(traces)).layer(DefaultBodyLimit::max(MAX_BODY))
}

/// A body, or why it could not be read: that too is answered in OTLP's own words.
type Read = Result<Bytes, BytesRejection>;

async fn logs(State(app): State<Shared>, headers: HeaderMap, body: Read) -> Response {
    export(&app, TelemetrySignal::Logs, &headers, body).await
}

async fn traces(State(app): State<Shared>, headers: HeaderMap, body: Read) -> Response {
    export(&app, TelemetrySignal::Traces, &headers, body).await
}

async fn export(app: &Shared, signal: TelemetrySignal, headers: &HeaderMap, body: Read) -> Response {
    let encoding = match encoding(headers) {
        Ok(encoding) => encoding,
        Err(failure) => return status(&failure, Encoding::Json),
    };
    match accept(app, signal, encoding, headers, body).await {
        Ok(accepted) => success(&accepted, signal, encoding),
        Err(failure) => status(&failure, encoding),
    }
}

async fn accept(
    app: &Shared,
    signal: TelemetrySignal,
    encoding: Encoding,
    headers: &HeaderMap,
    body: Read,
) -> Result<Accepted, Failure> {
    let scope = auth::bearer(app, headers)
        .await?
        .ok_or_else(|| Failure::new(ProblemCode::Unauthenticated, "send an API token with the ingest scope"))?;
    let compression = match headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity" | b"") => Compression::None,
        Some(b"gzip") => Compression::Gzip,
        Some(_) => {
            return Err(Failure::new(ProblemCode::UnsupportedMedia, "the only encoding here is gzip"));
        }
    };
    let body = body?;
    let digest: [u8; 32] = Sha256::digest(&body).into();
    let plain = devos_otlp::decompress(&body, compression, MAX_PLAIN)?;
    let batch = match signal {
        TelemetrySignal::Logs => devos_otlp::decode_logs(&plain, encoding)?,
        _ => devos_otlp::decode_traces(&plain, encoding)?,
    };
    Ok(app.ingest.accept(&scope, batch, &digest).await?)
}

fn encoding(headers: &HeaderMap) -> Result<Encoding, Failure> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/x-protobuf" => Ok(Encoding::Protobuf),
        "application/json" => Ok(Encoding::Json),
        _ => Err(Failure::new(ProblemCode::UnsupportedMedia, "send application/x-protobuf or application/json")),
    }
}

/// What was refused, in words; `None` when everything was taken.
pub fn partial_success(accepted: &Accepted) -> Option<(i64, String)> {
    let refused: u64 = accepted.refused.iter().map(|refusal| refusal.count).sum();
    if refused == 0 {
        return None;
    }
    let words: Vec<String> = accepted
        .refused
        .iter()
        .map(|refusal| {
            let reason = serde_json::to_value(refusal.reason).unwrap_or_default();
            format!("{} {}", refusal.count, reason.as_str().unwrap_or_default())
        })
        .collect();
    Some((i64::try_from(refused).unwrap_or(i64::MAX), words.join(", ")))
}

/// The export response; logs and traces differ in the name of one count only, and share its field number.
fn success(accepted: &Accepted, signal: TelemetrySignal, encoding: Encoding) -> Response {
    let partial = partial_success(accepted);
    match encoding {
        Encoding::Protobuf => {
            let message = ExportResponse {
                partial_success: partial.map(|(rejected, error_message)| PartialSuccess { rejected, error_message }),
            };
            ([(header::CONTENT_TYPE, "application/x-protobuf")], message.encode_to_vec()).into_response()
        }
        Encoding::Json => {
            let body = match partial {
                None => serde_json::json!({}),
                Some((rejected, message)) => {
                    let count = if signal == TelemetrySignal::Logs { "rejectedLogRecords" } else { "rejectedSpans" };
                    serde_json::json!({ "partialSuccess": { count: rejected.to_string(), "errorMessage": message } })
                }
            };
            axum::Json(body).into_response()
        }
    }
}

fn status(failure: &Failure, encoding: Encoding) -> Response {
    let code = StatusCode::from_u16(failure.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match encoding {
        Encoding::Protobuf => {
            let message = Status { code: grpc_code(failure.code), message: failure.detail.clone() };
            ([(header::CONTENT_TYPE, "application/x-protobuf")], message.encode_to_vec()).into_response()
        }
        Encoding::Json => {
            let body = serde_json::json!({ "code": grpc_code(failure.code), "message": failure.detail });
            axum::Json(body).into_response()
        }
    };
    *response.status_mut() = code;
    if matches!(failure.code, ProblemCode::Unavailable | ProblemCode::RateLimited) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response.extensions_mut().insert(Rendered);
    response
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

#[derive(Clone, PartialEq, Message)]
struct ExportResponse {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected: i64,
    #[prost(string, tag = "2")]
    error_message: String,
}

/// `google.rpc.Status` without details.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}
