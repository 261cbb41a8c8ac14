//! One export request, whichever its signal and encoding.

use devos_contracts::telemetry::{TelemetryBatch, TelemetrySignal};
use opentelemetry_proto::tonic::collector::{
    logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest,
};
use prost::Message;
use serde::de::DeserializeOwned;

use crate::{Encoding, error::DecodeError, json, parts};

/// How many log records, spans or data points one request may hold; senders divide what is more.
pub const MAX_RECORDS: usize = 100_000;

/// The request of one signal.
pub(crate) trait Export: Message + Default {
    /// Its JSON form.
    type Json: DeserializeOwned + Into<Self>;
    const SIGNAL: TelemetrySignal;

    /// How many records it holds.
    fn records(&self) -> usize;

    /// Its records in the contracts' form.
    fn batch(self) -> TelemetryBatch;
}

/// Decodes an export request of a signal.
pub fn decode(signal: TelemetrySignal, body: &[u8], encoding: Encoding) -> Result<TelemetryBatch, DecodeError> {
    match signal {
        TelemetrySignal::Logs => read::<ExportLogsServiceRequest>(body, encoding),
        TelemetrySignal::Traces => read::<ExportTraceServiceRequest>(body, encoding),
        TelemetrySignal::Metrics => read::<ExportMetricsServiceRequest>(body, encoding),
    }
}

pub(crate) fn read<E: Export>(body: &[u8], encoding: Encoding) -> Result<TelemetryBatch, DecodeError> {
    parts::check(body, encoding, E::SIGNAL)?;
    let request = match encoding {
        Encoding::Protobuf => E::decode(body).map_err(|error| DecodeError::malformed(error.to_string()))?,
        Encoding::Json => json::read::<E::Json>(body)?.into(),
    };
    if request.records() > MAX_RECORDS {
        return Err(DecodeError::malformed(format!("more than {MAX_RECORDS} records in one request")));
    }
    Ok(request.batch())
}
