//! Why telemetry was refused, in words.

use devos_contracts::telemetry::{RefusalReason, TelemetrySignal};

/// What was refused.
pub fn signal(signal: TelemetrySignal) -> &'static str {
    match signal {
        TelemetrySignal::Logs => "Logs",
        TelemetrySignal::Traces => "Traces",
        TelemetrySignal::Metrics => "Metrics",
    }
}

/// A reason: its name, what it means and what to do about it.
pub fn reason(reason: RefusalReason) -> (&'static str, &'static str) {
    match reason {
        RefusalReason::InvalidId => {
            ("Invalid id", "A trace or span id had the wrong length or was all zeros. Check the sender's exporter.")
        }
        RefusalReason::TooDeep => {
            ("Too deep", "Attributes or a body nested deeper than is stored. Flatten them in the sender.")
        }
        RefusalReason::TooManyAttributes => {
            ("Too many attributes", "A record had more attributes than are stored. Send fewer of them.")
        }
        RefusalReason::InvalidPoint => {
            ("Invalid point", "A metric had no name or no data, or a point's parts contradicted each other.")
        }
        RefusalReason::Malformed => {
            ("Malformed", "A request's body was not OTLP. Counted by request, as its records are unknown.")
        }
        RefusalReason::TooLarge => {
            ("Too large", "A request was larger than is accepted. Send smaller batches. Counted by request.")
        }
        RefusalReason::Overloaded => (
            "Overloaded",
            "The server was busy and asked to be tried again; senders that retry lost nothing. Counted by request.",
        ),
        RefusalReason::OverQuota => {
            ("Over quota", "More was sent than the organisation's quota. Errors and warnings are refused last.")
        }
        RefusalReason::RowRejected => ("Rejected row", "The database refused the record. The server's log says why."),
    }
}

/// True when a reason counts requests, not records.
pub fn counts_requests(reason: RefusalReason) -> bool {
    matches!(reason, RefusalReason::Malformed | RefusalReason::TooLarge | RefusalReason::Overloaded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_requests_says_so() {
        use RefusalReason as R;
        let reasons = [
            R::InvalidId,
            R::TooDeep,
            R::TooManyAttributes,
            R::InvalidPoint,
            R::Malformed,
            R::TooLarge,
            R::Overloaded,
            R::OverQuota,
            R::RowRejected,
        ];
        for each in reasons {
            assert_eq!(reason(each).1.contains("ounted by request"), counts_requests(each), "{each:?}");
        }
    }
}
