//! What is asked of stored telemetry, and what is answered.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

mod filter;
mod logs;
mod metrics;
mod sources;
mod test_history;
mod traces;

pub use filter::{Field, Filter, Target, Term, Test};
pub use logs::{LogBucket, LogEntry, LogHistogram};
pub use metrics::{
    MetricAnswer, MetricInfo, MetricOp, MetricPointAt, MetricSeries, MetricValue, SeriesInfo, SeriesStep,
};
pub use sources::{DroppedRecords, ServiceSeen};
pub use test_history::{TestHistory, TestResult};
pub use traces::{SpanDetail, SpanNode, SpanReference, TraceDetail, TraceSummary};

/// A span of time: from its first moment up to, but not with, its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// The first moment.
    pub from: DateTime<Utc>,
    /// The moment after the last.
    pub to: DateTime<Utc>,
}

/// Where a row stands in a list that runs from the newest to the oldest. Rows have no ids and times need not differ, so
/// that a tiebreak made from the row's content orders the rows of one time; only equal rows have an equal one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// The row's time.
    pub at: DateTime<Utc>,
    /// Its tiebreak, made by the store.
    pub tie: i64,
}

/// The end of a page: its last row's key, and how many of the rows with exactly this key were shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowCursor {
    /// The key of the last row.
    pub key: RowKey,
    /// Rows with this key that were shown.
    pub shown: u32,
}

macro_rules! hex_id {
    ($($(#[$doc:meta])* $name:ident: $bytes:literal, $pattern:literal, $example:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = $pattern, example = $example))]
        pub struct $name(pub [u8; $bytes]);

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
            }
        }

        impl FromStr for $name {
            type Err = NotHex;

            fn from_str(text: &str) -> Result<Self, NotHex> {
                let mut bytes = [0; $bytes];
                if text.len() != 2 * $bytes || !text.is_ascii() {
                    return Err(NotHex);
                }
                for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
                    let digits = digits.iter().map(|digit| char::from(*digit).to_digit(16));
                    for digit in digits {
                        let digit = digit.and_then(|digit| u8::try_from(digit).ok()).ok_or(NotHex)?;
                        *byte = *byte << 4 | digit;
                    }
                }
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )+};
}

hex_id! {
    /// A trace's id: 16 bytes, written as 32 hex digits.
    TraceId: 16, "^[0-9a-f]{32}$", "5b8efff798038103d269b633813fc60c";
    /// A span's id: 8 bytes, written as 16 hex digits.
    SpanId: 8, "^[0-9a-f]{16}$", "eee19b7ec3c1b174";
}

/// A text that is not an id in hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotHex;

impl fmt::Display for NotHex {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("is not an id in hex digits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_are_written() {
        let id: SpanId = "eee19b7ec3c1b174".parse().unwrap();
        assert_eq!(id.0, [0xee, 0xe1, 0x9b, 0x7e, 0xc3, 0xc1, 0xb1, 0x74]);
        assert_eq!(id.to_string(), "eee19b7ec3c1b174");
        assert_eq!("EEE19B7EC3C1B174".parse(), Ok(id));
        for wrong in ["", "eee19b7ec3c1b17", "eee19b7ec3c1b17x", "eee19b7ec3c1b1740", "ééé19b7ec3c1b"] {
            assert_eq!(wrong.parse::<SpanId>(), Err(NotHex), "{wrong}");
        }
    }
}
