//! How much telemetry one tenant may send, so that a flood of one neither starves the others nor hides its own errors.
//!
//! A token bucket holds a minute's worth of records. Ordinary records may empty it down to a reserve; informative ones
//! (errors and warnings) may use the reserve too, so that they still come in when a debug log runs wild.

use std::time::Duration;

use chrono::{DateTime, Utc};
use devos_contracts::telemetry::{
    LogRecord, Refusal, RefusalReason, Span, SpanStatus, TelemetryBatch, TelemetrySignal,
};

/// Log records from this severity on are informative (OTLP's WARN).
const WARN: i16 = 13;
/// The share of a bucket that ordinary records may not touch.
const RESERVE: f64 = 0.2;

/// What one tenant may send of one signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quota {
    /// Records a minute, sustained; as many may come at once.
    pub records_per_minute: f64,
}

impl Default for Quota {
    /// Fifty thousand a second: far more than an honest service sends, and what one writer can store.
    fn default() -> Self {
        Self { records_per_minute: 3_000_000.0 }
    }
}

/// What is left of a quota.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    left: f64,
    at: DateTime<Utc>,
}

impl Bucket {
    /// A full one.
    pub fn full(quota: Quota, at: DateTime<Utc>) -> Self {
        Self { left: quota.records_per_minute, at }
    }

    /// Takes what may come in of so many records, informative ones first: answers how many of each. A clock that goes
    /// back adds nothing.
    pub fn take(&mut self, quota: Quota, now: DateTime<Utc>, informative: usize, ordinary: usize) -> (usize, usize) {
        let elapsed = (now - self.at).to_std().unwrap_or(Duration::ZERO);
        self.at = self.at.max(now);
        let refilled = quota.records_per_minute * elapsed.as_secs_f64() / 60.0;
        self.left = (self.left + refilled).min(quota.records_per_minute);
        let informative = informative.min(whole(self.left));
        self.left -= as_f64(informative);
        let ordinary = ordinary.min(whole(self.left - RESERVE * quota.records_per_minute));
        self.left -= as_f64(ordinary);
        (informative, ordinary)
    }
}

/// Which records of a batch are informative, by signal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Census {
    /// Errors and warnings.
    pub informative: usize,
    /// Everything else.
    pub ordinary: usize,
}

impl Census {
    /// Counts the records of one signal.
    pub fn of(batch: &TelemetryBatch, signal: TelemetrySignal) -> Self {
        let (all, informative) = match signal {
            TelemetrySignal::Logs => (batch.logs.len(), batch.logs.iter().filter(|log| tells(log)).count()),
            TelemetrySignal::Traces => (batch.spans.len(), batch.spans.iter().filter(|span| is_error(span)).count()),
            TelemetrySignal::Metrics => (batch.points.len(), 0),
        };
        Self { informative, ordinary: all - informative }
    }
}

/// Leaves so many informative and ordinary records of a signal in a batch, spread over it evenly; the rest is refused.
pub fn thin(batch: &mut TelemetryBatch, signal: TelemetrySignal, kept: (usize, usize)) {
    let census = Census::of(batch, signal);
    let refused =
        (census.informative - kept.0.min(census.informative)) + (census.ordinary - kept.1.min(census.ordinary));
    if refused == 0 {
        return;
    }
    let mut informative = Sieve::new(census.informative, kept.0);
    let mut ordinary = Sieve::new(census.ordinary, kept.1);
    match signal {
        TelemetrySignal::Logs => {
            batch.logs.retain(|log| if tells(log) { informative.passes() } else { ordinary.passes() });
        }
        TelemetrySignal::Traces => {
            batch.spans.retain(|span| if is_error(span) { informative.passes() } else { ordinary.passes() });
        }
        TelemetrySignal::Metrics => batch.points.retain(|_| ordinary.passes()),
    }
    let refusal = Refusal { signal, reason: RefusalReason::OverQuota, count: refused as u64 };
    batch.refused.push(refusal);
}

/// Lets `kept` of `all` pass, as evenly spread as can be.
struct Sieve {
    all: usize,
    kept: usize,
    seen: usize,
}

impl Sieve {
    fn new(all: usize, kept: usize) -> Self {
        Self { all, kept: kept.min(all), seen: 0 }
    }

    fn passes(&mut self) -> bool {
        let before = self.seen * self.kept / self.all.max(1);
        self.seen += 1;
        self.seen * self.kept / self.all.max(1) > before
    }
}

fn tells(log: &LogRecord) -> bool {
    log.severity_number >= WARN || log.attributes.contains_key("exception.type")
}

fn is_error(span: &Span) -> bool {
    span.status == SpanStatus::Error || span.events.iter().any(|event| event.name == "exception")
}

#[expect(clippy::cast_precision_loss, reason = "batches are far below 2^52 records")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float beyond the range saturates")]
fn whole(left: f64) -> usize {
    left.max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    const QUOTA: Quota = Quota { records_per_minute: 600.0 };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_165_200, 0).unwrap() + TimeDelta::seconds(seconds)
    }

    fn log(severity_number: i16) -> LogRecord {
        LogRecord {
            resource: 0,
            timestamp: None,
            severity_number,
            severity_text: String::new(),
            body: String::new(),
            attributes: devos_contracts::telemetry::Attributes::new(),
            trace_id: None,
            span_id: None,
            scope: devos_contracts::telemetry::InstrumentationScope::default(),
            event_name: String::new(),
        }
    }

    #[test]
    fn a_flood_leaves_room_for_errors() {
        let mut bucket = Bucket::full(QUOTA, at(0));
        assert_eq!(bucket.take(QUOTA, at(0), 0, 10_000), (0, 480), "a fifth is kept back");
        assert_eq!(bucket.take(QUOTA, at(0), 0, 1), (0, 0));
        assert_eq!(bucket.take(QUOTA, at(0), 50, 10), (50, 0), "errors may use what is kept back");
        assert_eq!(bucket.take(QUOTA, at(0), 500, 0), (70, 0), "but no more than there is");
        assert_eq!(bucket.take(QUOTA, at(1), 100, 0), (10, 0), "it refills by the second");
        assert_eq!(bucket.take(QUOTA, at(600), 0, 10_000), (0, 480), "and never holds more than a minute's worth");
        assert_eq!(bucket.take(QUOTA, at(0), 1, 0), (1, 0), "a clock that goes back neither adds nor fails");
    }

    #[test]
    fn what_is_refused_is_counted_and_the_rest_spread() {
        let mut batch = TelemetryBatch {
            logs: (0..100).map(|n| log(if n % 10 == 0 { 17 } else { 9 })).collect(),
            ..Default::default()
        };
        assert_eq!(Census::of(&batch, TelemetrySignal::Logs), Census { informative: 10, ordinary: 90 });
        for (number, log) in batch.logs.iter_mut().enumerate() {
            log.body = number.to_string();
        }
        thin(&mut batch, TelemetrySignal::Logs, (10, 30));
        let ordinary: Vec<usize> =
            batch.logs.iter().filter(|log| log.severity_number == 9).map(|log| log.body.parse().unwrap()).collect();
        assert_eq!((batch.logs.len(), ordinary.len()), (40, 30));
        assert!(ordinary.windows(2).all(|pair| pair[1] - pair[0] <= 5), "{ordinary:?}");
        let refusal = Refusal { signal: TelemetrySignal::Logs, reason: RefusalReason::OverQuota, count: 60 };
        assert_eq!(batch.refused, [refusal]);
        thin(&mut batch, TelemetrySignal::Logs, (10, 30));
        assert_eq!(batch.refused.len(), 1, "nothing more to refuse");
        thin(&mut batch, TelemetrySignal::Logs, (0, 0));
        assert!(batch.logs.is_empty());
    }
}
