//! Occurrences over time as bars.

use chrono::{DateTime, Duration, DurationRound, Utc};
use devos_contracts::pattern::OccurrenceBucket;

use super::quantity::compact;

/// One bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// The start of its time.
    pub at: DateTime<Utc>,
    /// Signals in it.
    pub count: i64,
    /// Its height in thousandths of the scale.
    pub height: u32,
}

/// A histogram that is ready to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    /// Oldest first, without gaps.
    pub bars: Vec<Bar>,
    /// What the scale's top stands for.
    pub top: i64,
    /// Signals in all bars.
    pub total: i64,
    /// Hours per bar.
    pub hours: i64,
}

/// Bars over the last `window_hours` hours, `hours` to each; hours without signals are empty bars.
pub fn histogram(buckets: &[OccurrenceBucket], now: DateTime<Utc>, window_hours: i64, hours: i64) -> Histogram {
    let width = Duration::hours(hours.max(1));
    let last = now.duration_trunc(width).unwrap_or(now);
    let count = i32::try_from(window_hours / hours.max(1)).unwrap_or(0);
    let mut bars: Vec<Bar> =
        (0..count).rev().map(|back| Bar { at: last - width * back, count: 0, height: 0 }).collect();
    for bucket in buckets {
        if let Some(bar) = bars.iter_mut().rfind(|bar| bar.at <= bucket.at)
            && bucket.at < bar.at + width
        {
            bar.count += bucket.count;
        }
    }
    let top = round_up(bars.iter().map(|bar| bar.count).max().unwrap_or(0));
    for bar in &mut bars {
        // A bar that stands for something is never invisible.
        let floor = if bar.count > 0 { 20 } else { 0 };
        bar.height = u32::try_from(bar.count * 1000 / top).unwrap_or(1000).max(floor);
    }
    Histogram { total: bars.iter().map(|bar| bar.count).sum(), bars, top, hours }
}

/// The next of 1, 2, 5, 10, 20, 50, ...
pub fn round_up(count: i64) -> i64 {
    let mut step = 1;
    loop {
        for factor in [1, 2, 5] {
            if step * factor >= count {
                return step * factor;
            }
        }
        step *= 10;
    }
}

impl Histogram {
    /// The label of the scale's top.
    pub fn top_label(&self) -> String {
        compact(self.top)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn hour(h: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 20, h, 0, 0).unwrap()
    }

    #[test]
    fn silent_hours_are_bars_too() {
        let buckets = [OccurrenceBucket { at: hour(9), count: 4 }, OccurrenceBucket { at: hour(11), count: 1 }];
        let drawn = histogram(&buckets, hour(12) + Duration::minutes(10), 4, 1);
        assert_eq!(drawn.bars.iter().map(|bar| bar.count).collect::<Vec<_>>(), [4, 0, 1, 0]);
        assert_eq!((drawn.top, drawn.total), (5, 5));
        assert_eq!(drawn.bars[0].height, 800);
    }

    #[test]
    fn wide_bars_add_their_hours_and_old_ones_are_left_out() {
        let buckets = [3, 8, 9, 11].map(|h| OccurrenceBucket { at: hour(h), count: 1 });
        let drawn = histogram(&buckets, hour(11), 12, 6);
        assert_eq!(drawn.bars.iter().map(|bar| bar.count).collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn a_lonely_signal_stays_visible() {
        let buckets = [OccurrenceBucket { at: hour(10), count: 1 }, OccurrenceBucket { at: hour(11), count: 900 }];
        assert_eq!(histogram(&buckets, hour(11), 2, 1).bars[0].height, 20);
    }
}
