//! Where an axis has its marks.

use chrono::{DateTime, Utc};

/// Steps of a time axis in seconds.
const STEPS: [i64; 20] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
];

/// How precisely a mark's time must be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Hours, minutes and seconds.
    Second,
    /// Hours and minutes.
    Minute,
    /// The day.
    Day,
}

/// A mark of a time axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// When.
    pub at: DateTime<Utc>,
    /// Where, as a share of the axis.
    pub share: f64,
    /// How it is written.
    pub detail: Detail,
}

/// At most `count` marks at round times of a zone that is `offset` seconds ahead of UTC.
pub fn times(from: DateTime<Utc>, to: DateTime<Utc>, count: i64, offset: i64) -> Vec<Mark> {
    let length = (to - from).num_milliseconds();
    if length <= 0 || count < 1 {
        return Vec::new();
    }
    let step = STEPS.into_iter().find(|step| length / (step * 1000) < count).unwrap_or(604_800);
    let local = from.timestamp() + offset;
    let first = local.div_euclid(step) * step - offset;
    let mut marks = Vec::new();
    let mut at = first;
    while at <= to.timestamp() {
        if let Some(moment) = DateTime::from_timestamp(at, 0)
            && moment >= from
            && moment <= to
        {
            let midnight = (at + offset).rem_euclid(86_400) == 0;
            let detail = match step {
                ..60 => Detail::Second,
                60..86_400 if !midnight || length < 43_200_000 => Detail::Minute,
                _ => Detail::Day,
            };
            marks.push(Mark { at: moment, share: share(from, to, moment), detail });
        }
        at += step;
    }
    marks
}

/// Where a moment lies between two others, 0 to 1.
pub fn share(from: DateTime<Utc>, to: DateTime<Utc>, at: DateTime<Utc>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a place on the screen")]
    let (past, length) = ((at - from).num_milliseconds() as f64, (to - from).num_milliseconds().max(1) as f64);
    (past / length).clamp(0.0, 1.0)
}

/// Round values that a scale from `low` to `high` needs, about `count` steps apart; they enclose both.
pub fn values(low: f64, high: f64, count: u32) -> Vec<f64> {
    let (low, high) = if low.is_finite() && high.is_finite() { (low.min(high), high.max(low)) } else { (0.0, 1.0) };
    // Without a spread there is one value: it gets a scale from zero.
    let (low, high) = if high - low > f64::EPSILON * high.abs().max(1e-12) {
        (low, high)
    } else {
        (low.min(0.0), if high == 0.0 { 1.0 } else { high.max(0.0) })
    };
    let step = round_step((high - low) / f64::from(count.max(1)));
    let (first, last) = ((low / step).floor(), (high / step - 1e-9).ceil());
    let mut values = Vec::new();
    let mut at = first;
    while at <= last && values.len() < 50 {
        values.push(at * step);
        at += 1.0;
    }
    values
}

/// The next of 1, 2, 5, 10, ... times a power of ten.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= rough * 0.999_999).unwrap_or(10.0);
    factor * power
}

#[cfg(test)]
mod tests {
    use chrono::{Duration, TimeZone};

    use super::*;

    fn at(hour: u32, minute: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 20, hour, minute, 0).unwrap()
    }

    #[test]
    fn times_are_round_and_inside() {
        let marks = times(at(9, 7), at(10, 7), 6, 0);
        let round = [at(9, 15), at(9, 30), at(9, 45), at(10, 0)];
        assert_eq!(marks.iter().map(|mark| mark.at).collect::<Vec<_>>(), round);
        assert!((marks[0].share - 8.0 / 60.0).abs() < 1e-9);
        assert_eq!(marks[0].detail, Detail::Minute);
    }

    #[test]
    fn days_begin_at_the_readers_midnight() {
        let marks = times(at(0, 0) - Duration::days(6), at(12, 0), 8, 3600);
        assert!(marks.iter().all(|mark| mark.detail == Detail::Day));
        assert!(marks.iter().all(|mark| (mark.at.timestamp() + 3600) % 86_400 == 0));
        assert!((5..=8).contains(&marks.len()), "{}", marks.len());
    }

    #[test]
    fn short_ranges_show_seconds_and_empty_ones_nothing() {
        assert_eq!(times(at(9, 0), at(9, 0) + Duration::seconds(20), 6, 0)[0].detail, Detail::Second);
        assert!(times(at(9, 0), at(9, 0), 6, 0).is_empty());
    }

    #[test]
    fn values_enclose_the_data_in_round_steps() {
        assert_eq!(values(0.0, 0.182, 4), [0.0, 0.05, 0.1, 0.150_000_000_000_000_02, 0.2]);
        assert_eq!(values(-3.0, 7.0, 4), [-5.0, 0.0, 5.0, 10.0]);
        assert_eq!(values(0.0, 100.0, 4), [0.0, 50.0, 100.0]);
    }

    #[test]
    fn a_flat_line_has_a_scale() {
        assert_eq!(values(5.0, 5.0, 4), [0.0, 2.0, 4.0, 6.0]);
        assert_eq!(values(0.0, 0.0, 4).last(), Some(&1.0));
        assert_eq!(values(f64::INFINITY, f64::NEG_INFINITY, 4).last(), Some(&1.0));
    }
}
