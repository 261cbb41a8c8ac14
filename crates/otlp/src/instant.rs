//! Times and durations.

use chrono::{DateTime, Utc};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// The instant of an OTLP time; zero means unknown, and so does a time that `chrono` cannot hold.
pub(crate) fn at(unix_nano: u64) -> Option<DateTime<Utc>> {
    if unix_nano == 0 {
        return None;
    }
    let seconds = i64::try_from(unix_nano / NANOS_PER_SECOND).ok()?;
    let nanos = u32::try_from(unix_nano % NANOS_PER_SECOND).ok()?;
    DateTime::from_timestamp(seconds, nanos)
}

/// Nanoseconds between two OTLP times; zero when either is unknown or the end precedes the start.
pub(crate) fn nanos_between(start: u64, end: u64) -> i64 {
    if start == 0 {
        return 0;
    }
    i64::try_from(end.saturating_sub(start)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{at, nanos_between};

    #[test]
    fn times_are_exact_to_the_nanosecond_and_zero_is_unknown() {
        assert_eq!(at(0), None);
        assert_eq!(at(1_544_712_660_300_000_001).unwrap().to_rfc3339(), "2018-12-13T14:51:00.300000001+00:00");
        assert_eq!(at(u64::MAX).unwrap().to_rfc3339(), "2554-07-21T23:34:33.709551615+00:00");
    }

    #[test]
    fn durations_never_go_negative_nor_count_from_the_epoch() {
        assert_eq!(nanos_between(5, 12), 7);
        assert_eq!(nanos_between(12, 5), 0);
        assert_eq!(nanos_between(0, 1_544_712_660_300_000_000), 0);
        assert_eq!(nanos_between(1, u64::MAX), i64::MAX);
    }
}
