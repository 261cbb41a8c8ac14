//! Why a body could not be decoded.

use thiserror::Error;

/// Why a body could not be decoded as a whole; its text is meant for the sender and quotes no telemetry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The bytes are not what they were said to be.
    #[error("malformed body: {detail}")]
    Malformed {
        /// What is wrong and, where known, where.
        detail: String,
    },
    /// The body is larger than allowed, counted after decompression.
    #[error("the body is larger than {limit} bytes once decompressed")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body is readable but of a kind, or of a size in items, that is not accepted.
    #[error("unsupported body: {detail}")]
    Unsupported {
        /// What is not accepted.
        detail: String,
    },
}

impl DecodeError {
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::Malformed { detail: detail.into() }
    }

    pub(crate) fn unsupported(detail: impl Into<String>) -> Self {
        Self::Unsupported { detail: detail.into() }
    }
}
