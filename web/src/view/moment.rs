//! Times as people read them.

use chrono::{DateTime, Datelike, Utc};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A moment seen from `now`: `just now`, `5m ago`, `in 3h`; a date when it is more than two weeks off.
pub fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = now.signed_duration_since(at).num_seconds();
    let distance = seconds.abs();
    if distance < 45 {
        return "just now".into();
    }
    if distance >= 14 * DAY {
        return date(at, now);
    }
    let amount = coarse(distance);
    if seconds >= 0 { format!("{amount} ago") } else { format!("in {amount}") }
}

/// The day of a moment, with the year when it is not the present one.
pub fn date(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    // Not chrono's format, which would bring an interpreter of patterns into the bundle.
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (day, month) = (at.day(), months[at.month0() as usize % 12]);
    if at.year() == now.year() { format!("{day} {month}") } else { format!("{day} {month} {}", at.year()) }
}

/// How long something has been going on: `42s`, `5m`, `3h`, `2d`.
pub fn age(since: DateTime<Utc>, now: DateTime<Utc>) -> String {
    coarse(now.signed_duration_since(since).num_seconds().max(0))
}

fn coarse(seconds: i64) -> String {
    match seconds {
        s if s < MINUTE => format!("{s}s"),
        // Rounded: 59.6 minutes read as an hour.
        s if s < HOUR - MINUTE / 2 => format!("{}m", (s + MINUTE / 2) / MINUTE),
        s if s < DAY - HOUR / 2 => format!("{}h", (s + HOUR / 2) / HOUR),
        s => format!("{}d", (s + DAY / 2) / DAY),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Duration, TimeZone};

    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap()
    }

    #[test]
    fn relative_times_round_to_the_nearest_unit() {
        let cases =
            [(10, "just now"), (50, "50s ago"), (89, "1m ago"), (3590, "1h ago"), (5400, "2h ago"), (90_000, "1d ago")];
        for (seconds, expected) in cases {
            assert_eq!(relative(now() - Duration::seconds(seconds), now()), expected, "{seconds} s");
        }
    }

    #[test]
    fn the_future_is_told_from_the_past() {
        assert_eq!(relative(now() + Duration::hours(3), now()), "in 3h");
    }

    #[test]
    fn old_moments_are_dates_and_name_another_year() {
        assert_eq!(relative(now() - Duration::days(30), now()), "21 Oct");
        assert_eq!(relative(now() - Duration::days(400), now()), "16 Oct 2025");
    }

    #[test]
    fn ages_never_run_backwards() {
        assert_eq!(age(now() + Duration::seconds(5), now()), "0s");
        assert_eq!(age(now() - Duration::minutes(42), now()), "42m");
    }
}
