//! The one way of telemetry from a request to the store, whichever its transport and signal.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderMap;
use bytes::{Bytes, BytesMut};
use devos_contracts::Scope;
use devos_contracts::problem::ProblemCode;
use devos_contracts::telemetry::{RefusalReason, TelemetrySignal};
use devos_otlp::{Compression, DecodeError, Encoding};
use devos_services::ingest::Place;
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};

use super::answer::ExportResponse;
use crate::http::problem::Failure;
use crate::http::{Shared, auth};

/// The largest request on the wire.
pub const MAX_BODY: usize = 8 << 20;
/// The largest request after decompression.
const MAX_PLAIN: usize = 16 << 20;
/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a message is written.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// How it is encoded.
    pub encoding: Encoding,
    /// How it is compressed.
    pub compression: Compression,
}

/// A request whose sender may ingest, and that has a place in the line.
pub struct Admitted {
    scope: Scope,
    place: Place,
    signal: TelemetrySignal,
}

/// Lets the sender in, who must have a token that may ingest.
pub async fn admit(app: &Shared, headers: &HeaderMap, signal: TelemetrySignal) -> Result<Admitted, Failure> {
    let scope = auth::bearer(app, headers)
        .await?
        .ok_or_else(|| Failure::new(ProblemCode::Unauthenticated, "send an API token with the ingest scope"))?;
    let place = app.ingest.admit(&scope)?;
    Ok(Admitted { scope, place, signal })
}

impl Admitted {
    /// Reads the body, up to a limit; it holds room for what has come of it.
    pub async fn body(&mut self, app: &Shared, request: Request, limit: usize) -> Result<Bytes, Failure> {
        let read = tokio::time::timeout(PATIENCE, read(&mut self.place, request.into_body(), limit));
        let late = |_| Failure::new(ProblemCode::Malformed, "the body did not come in time");
        let body = read.await.map_err(late).flatten();
        self.noted(app, body)
    }

    /// Waits for its turn, decodes the message and stores what it holds.
    pub async fn store(self, app: &Shared, message: Bytes, format: Format) -> Result<ExportResponse, Failure> {
        let Self { scope, place, signal } = self;
        let noted = |failure| note(app, &scope, signal, failure);
        let turn = place.turn().await.map_err(|error| noted(error.into()))?;
        let decoded = tokio::task::spawn_blocking(move || {
            let digest: [u8; 32] = Sha256::digest(&message).into();
            let plain = devos_otlp::decompress(&message, format.compression, MAX_PLAIN)?;
            Ok((digest, devos_otlp::decode(signal, &plain, format.encoding)?))
        });
        let interrupted = |_| Failure::new(ProblemCode::Internal, "the request was interrupted");
        let (digest, batch) = decoded.await.map_err(interrupted)?.map_err(|error: DecodeError| noted(error.into()))?;
        let accepted = app.ingest.accept(&scope, turn, batch, &digest).await;
        Ok(accepted.map_err(|error| noted(error.into()))?.into())
    }

    /// A failure that the ledger of its tenant counts.
    pub fn noted<T>(&self, app: &Shared, result: Result<T, Failure>) -> Result<T, Failure> {
        result.map_err(|failure| note(app, &self.scope, self.signal, failure))
    }
}

async fn read(place: &mut Place, mut body: Body, limit: usize) -> Result<Bytes, Failure> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let broken = |_| Failure::new(ProblemCode::Malformed, "the body broke off");
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            return Err(DecodeError::TooLarge { limit }.into());
        }
        bytes.extend_from_slice(&data);
        place.hold(bytes.len())?;
    }
    Ok(bytes.freeze())
}

/// Counts a refused request.
fn note(app: &Shared, scope: &Scope, signal: TelemetrySignal, failure: Failure) -> Failure {
    let reason = match failure.code {
        ProblemCode::Malformed | ProblemCode::Invalid => Some(RefusalReason::Malformed),
        ProblemCode::TooLarge => Some(RefusalReason::TooLarge),
        ProblemCode::Unavailable => Some(RefusalReason::Overloaded),
        _ => None,
    };
    if let Some(reason) = reason {
        app.ingest.refuse(scope, signal, reason, 1);
    }
    failure
}
