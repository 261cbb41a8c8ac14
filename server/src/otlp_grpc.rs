//! OTLP over gRPC.
//!
//! The three services have one method each, and these differ in their names only. So do requests from those of OTLP
//! over HTTP, once they are out of their frame: both take the same way, under the same limits. The generated services
//! would decompress and decode first and ask for the right to send after, and would answer what is too large with a
//! code that tells senders to try again.

mod frame;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use devos_contracts::problem::ProblemCode;
use devos_contracts::telemetry::TelemetrySignal;
use devos_otlp::{Compression, Encoding};
use tonic::metadata::MetadataValue;
use tonic::service::Routes;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::http::otlp::answer::{self, ExportResponse};
use crate::http::otlp::intake::{self, Format};
use crate::http::problem::Failure;
use crate::http::{Shared, to_the_end};

const METHODS: [(&str, TelemetrySignal); 3] = [
    ("/opentelemetry.proto.collector.logs.v1.LogsService/Export", TelemetrySignal::Logs),
    ("/opentelemetry.proto.collector.trace.v1.TraceService/Export", TelemetrySignal::Traces),
    ("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", TelemetrySignal::Metrics),
];

/// The `Export` method of each signal's service.
pub fn routes(app: Shared) -> Routes {
    let route = |router: Router<Shared>, (path, signal): (&str, TelemetrySignal)| {
        router.route(path, post(async move |State(app), request| export(&app, signal, request).await))
    };
    let router = METHODS.into_iter().fold(Router::new(), route);
    let router = router.fallback(async || failed(Status::unimplemented("there is no such method here")));
    Routes::from(router.layer(middleware::from_fn(to_the_end)).with_state(app))
}

async fn export(app: &Shared, signal: TelemetrySignal, request: Request) -> Response {
    if !frame::is_grpc(request.headers()) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    match accept(app, signal, request).await {
        Ok(response) => frame::success(&response),
        Err(status) => failed(status),
    }
}

/// Nothing of the message is read before its sender is known to have the right to send it.
async fn accept(app: &Shared, signal: TelemetrySignal, request: Request) -> Result<ExportResponse, Status> {
    let told = |failure| status(&failure);
    let mut admitted = intake::admit(app, request.headers(), signal).await.map_err(told)?;
    let compression = compression(request.headers())?;
    let body = admitted.body(app, request, intake::MAX_BODY + frame::HEAD).await.map_err(told)?;
    let message = frame::message(&body).ok_or_else(|| Failure::new(ProblemCode::Malformed, "not one gRPC message"));
    let (compressed, message) = admitted.noted(app, message).map_err(told)?;
    let compression = if compressed { compression } else { Compression::None };
    let format = Format { encoding: Encoding::Protobuf, compression };
    admitted.store(app, body.slice_ref(message), format).await.map_err(told)
}

fn compression(headers: &HeaderMap) -> Result<Compression, Status> {
    let name = headers.get("grpc-encoding").map_or("", |value| value.to_str().unwrap_or("?"));
    Compression::of_name(name).ok_or_else(|| {
        let mut status = Status::unimplemented("the encodings here are gzip and zstd");
        status.metadata_mut().insert("grpc-accept-encoding", MetadataValue::from_static("identity,gzip,zstd"));
        status
    })
}

/// A failure as gRPC tells it: with `RetryInfo` where another try may succeed, for only then do senders try.
fn status(failure: &Failure) -> Status {
    let code = Code::from_i32(answer::grpc_code(failure.code));
    match answer::retry_after(failure.code) {
        Some(delay) => {
            let details = ErrorDetails::with_retry_info(Some(delay));
            Status::with_error_details(code, failure.detail.clone(), details)
        }
        None => Status::new(code, failure.detail.clone()),
    }
}

fn failed(status: Status) -> Response {
    status.into_http()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_tried_again_says_when() {
        for (code, grpc, again) in [
            (ProblemCode::Unavailable, Code::Unavailable, true),
            (ProblemCode::RateLimited, Code::ResourceExhausted, true),
            (ProblemCode::TooLarge, Code::ResourceExhausted, false),
            (ProblemCode::Malformed, Code::InvalidArgument, false),
            (ProblemCode::Forbidden, Code::PermissionDenied, false),
        ] {
            let status = status(&Failure::new(code, "why"));
            assert_eq!((status.code(), status.message()), (grpc, "why"));
            let delay = status.get_details_retry_info().and_then(|info| info.retry_delay);
            assert_eq!(delay, again.then(|| std::time::Duration::from_secs(5)), "{code:?}");
            assert_eq!(status.details().is_empty(), !again);
        }
    }
}
