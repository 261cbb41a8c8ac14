//! OTLP over HTTP, exactly to its specification: protobuf and JSON, gzip and zstd, partial success, errors as `Status`.

pub mod answer;
pub mod intake;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::post;
use devos_contracts::problem::ProblemCode;
use devos_contracts::telemetry::TelemetrySignal;
use devos_otlp::{Compression, Encoding};

use self::answer::ExportResponse;
use self::intake::Format;
use super::Shared;
use super::problem::Failure;

const SIGNALS: [(&str, TelemetrySignal); 3] = [
    ("/v1/logs", TelemetrySignal::Logs),
    ("/v1/traces", TelemetrySignal::Traces),
    ("/v1/metrics", TelemetrySignal::Metrics),
];

/// `POST` of each signal.
pub fn routes() -> Router<Shared> {
    let route = |router: Router<Shared>, (path, signal): (&str, TelemetrySignal)| {
        router.route(path, post(async move |State(app), request| export(&app, signal, request).await))
    };
    SIGNALS.into_iter().fold(Router::new(), route)
}

async fn export(app: &Shared, signal: TelemetrySignal, request: Request) -> Response {
    let kind = text(request.headers(), header::CONTENT_TYPE);
    let Some(encoding) = Encoding::of_content_type(kind) else {
        let failure = Failure::new(ProblemCode::UnsupportedMedia, "send application/x-protobuf or application/json");
        return answer::status(&failure, Encoding::Json);
    };
    match accept(app, signal, encoding, request).await {
        Ok(response) => answer::success(&response, signal, encoding),
        Err(failure) => answer::status(&failure, encoding),
    }
}

/// Nothing of the body is read before its sender is known to have the right to send it.
async fn accept(
    app: &Shared,
    signal: TelemetrySignal,
    encoding: Encoding,
    request: Request,
) -> Result<ExportResponse, Failure> {
    let mut admitted = intake::admit(app, request.headers(), signal).await?;
    let compression = Compression::of_name(text(request.headers(), header::CONTENT_ENCODING))
        .ok_or_else(|| Failure::new(ProblemCode::UnsupportedMedia, "the encodings here are gzip and zstd"))?;
    let body = admitted.body(app, request, intake::MAX_BODY).await?;
    admitted.store(app, body, Format { encoding, compression }).await
}

/// A header's text, empty when absent; one that is no text names nothing that is known.
fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).map_or("", |value| value.to_str().unwrap_or("?"))
}
