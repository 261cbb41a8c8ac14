//! Bytes from the wire to contracts: OTLP logs, traces and metrics (protobuf and JSON, gzip and zstd), JUnit XML,
//! plain JSON test results and SARIF.
//!
//! Pure: no clock, randomness, environment, file, network or process. A body is decompressed under a limit, then
//! decoded whole; what cannot be read at all is a [`DecodeError`], and a record that can be read but not taken is
//! counted in the batch's refusals, so that one bad record never costs its neighbours.

mod batch;
mod compression;
mod document;
mod encoding;
mod error;
mod export;
mod identifier;
mod instant;
mod json;
mod junit;
mod logs;
mod metrics;
mod parts;
mod report;
mod results;
mod retries;
mod sarif;
mod text;
mod traces;
mod value;

pub use compression::{Compression, decompress};
pub use encoding::Encoding;
pub use error::DecodeError;
pub use export::{MAX_RECORDS, decode};
pub use junit::{JunitLimits, decode_junit};
pub use logs::{decode_logs, logs_from_proto};
pub use metrics::{decode_metrics, metrics_from_proto};
pub use parts::MAX_PARTS;
pub use report::{Report, ReportFormat, decode_report};
pub use results::decode_results;
pub use sarif::{SarifLimits, decode_sarif};
pub use traces::{decode_traces, traces_from_proto};
