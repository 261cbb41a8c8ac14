//! Bytes from the wire to contracts: OTLP logs and traces (protobuf and JSON, gzip) and JUnit XML.
//!
//! Pure: no clock, randomness, environment, file, network or process. A body is decompressed under a limit, then
//! decoded whole; what cannot be read at all is a [`DecodeError`], and a record that can be read but not taken is
//! counted in the batch's refusals, so that one bad record never costs its neighbours.

mod batch;
mod compression;
mod encoding;
mod error;
mod identifier;
mod instant;
mod json;
mod junit;
mod logs;
mod traces;
mod value;

pub use compression::{Compression, decompress};
pub use encoding::Encoding;
pub use error::DecodeError;
pub use junit::{JunitLimits, decode_junit};
pub use logs::{decode_logs, logs_from_proto};
pub use traces::{decode_traces, traces_from_proto};
