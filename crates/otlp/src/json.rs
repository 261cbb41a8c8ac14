//! OTLP/JSON, as the specification writes it and as senders in the wild write it.
//!
//! The generated types' own serde support is stricter than the protocol: it refuses `null`, absent `values`, enum
//! names, the original field names and special doubles, and lets one unreadable id fail the whole request. These
//! types read liberally into the protobuf messages, so that both encodings share every rule that follows. Fields that
//! have no place in the contracts are not listed: unknown fields are ignored.

mod any;
mod logs;
mod message;
mod metrics;
mod points;
mod scalar;
mod source;
mod traces;

use serde::de::DeserializeOwned;

use crate::error::DecodeError;
pub(crate) use message::Message;

pub(crate) use logs::ExportLogs;
pub(crate) use metrics::ExportMetrics;
pub(crate) use traces::ExportTraces;

/// Reads one JSON message.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    serde_json::from_slice::<Message<T>>(body).map(|message| message.0).map_err(|error| {
        DecodeError::malformed(if error.is_data() {
            // serde's own text would quote the value, which may be a secret.
            format!("a field's value is not what OTLP/JSON has there, line {} column {}", error.line(), error.column())
        } else {
            format!("not JSON: {error}")
        })
    })
}
