//! Logs over time as stacked bars.

use chrono::{DateTime, Duration, Utc};
use devos_contracts::query::{LogBucket, LogHistogram};

use super::severity::Level;
use crate::view::histogram::round_up;

/// The height of the drawing, which stands for the scale's top.
pub const HEIGHT: i64 = 1000;
/// What stands for something is at least this high.
const LEAST: i64 = 16;

/// A part of a bar: one class of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Which class.
    pub level: Level,
    /// Records in it.
    pub count: i64,
    /// Its upper edge, from the top of the drawing.
    pub y: i64,
    /// Its height.
    pub height: i64,
}

/// A bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The start of its time.
    pub from: DateTime<Utc>,
    /// The end of its time.
    pub to: DateTime<Utc>,
    /// Records in it.
    pub total: i64,
    /// Gravest at the bottom; what is not there has no piece.
    pub pieces: Vec<Piece>,
}

/// Bars that are ready to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bars {
    /// The first moment.
    pub from: DateTime<Utc>,
    /// The moment after the last.
    pub to: DateTime<Utc>,
    /// Oldest first.
    pub bars: Vec<Bar>,
    /// What the scale's top stands for.
    pub top: i64,
    /// Records in all bars.
    pub total: i64,
    /// Records of each class, gravest first.
    pub totals: Vec<(Level, i64)>,
}

fn counts(bucket: &LogBucket) -> [(Level, i64); 4] {
    [(Level::Error, bucket.error), (Level::Warn, bucket.warn), (Level::Info, bucket.info), (Level::Debug, bucket.debug)]
}

/// The bars of a histogram.
pub fn bars(histogram: &LogHistogram) -> Bars {
    let total = |bucket: &LogBucket| counts(bucket).iter().map(|(_, count)| count).sum::<i64>();
    let top = round_up(histogram.buckets.iter().map(total).max().unwrap_or(0));
    let step = Duration::milliseconds(histogram.step_ms.max(1));
    let bars = histogram.buckets.iter().map(|bucket| Bar {
        from: bucket.at.max(histogram.from),
        to: (bucket.at + step).min(histogram.to),
        total: total(bucket),
        pieces: pieces(bucket, top),
    });
    let totals = Level::ALL
        .into_iter()
        .enumerate()
        .map(|(index, level)| (level, histogram.buckets.iter().map(|bucket| counts(bucket)[index].1).sum()));
    Bars {
        from: histogram.from,
        to: histogram.to,
        bars: bars.collect(),
        top,
        total: histogram.buckets.iter().map(total).sum(),
        totals: totals.collect(),
    }
}

fn pieces(bucket: &LogBucket, top: i64) -> Vec<Piece> {
    let mut floor = HEIGHT;
    let mut pieces = Vec::new();
    for (level, count) in counts(bucket) {
        if count > 0 {
            // Full bars with tiny parts would grow out of the drawing: the last part yields.
            let height = (count * HEIGHT / top).max(LEAST).min(floor);
            floor -= height;
            pieces.push(Piece { level, count, y: floor, height });
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn histogram(buckets: &[(i64, i64, i64, i64)]) -> LogHistogram {
        let from = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 30).unwrap();
        let first = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
        let bucket = |(index, (error, warn, info, debug)): (i32, &(i64, i64, i64, i64))| LogBucket {
            at: first + Duration::minutes(1) * index,
            error: *error,
            warn: *warn,
            info: *info,
            debug: *debug,
        };
        LogHistogram {
            from,
            to: from + Duration::minutes(2),
            step_ms: 60_000,
            buckets: (0..).zip(buckets).map(bucket).collect(),
        }
    }

    #[test]
    fn errors_stand_at_the_bottom_and_parts_do_not_overlap() {
        let drawn = bars(&histogram(&[(20, 0, 30, 0), (0, 0, 100, 0)]));
        assert_eq!((drawn.top, drawn.total), (100, 150));
        let pieces: Vec<_> = drawn.bars[0].pieces.iter().map(|p| (p.level, p.y, p.height)).collect();
        assert_eq!(pieces, [(Level::Error, 800, 200), (Level::Info, 500, 300)]);
        assert_eq!(drawn.totals[0], (Level::Error, 20));
        assert_eq!(drawn.totals[2], (Level::Info, 130));
    }

    #[test]
    fn one_error_among_thousands_is_seen_and_nothing_leaves_the_drawing() {
        let drawn = bars(&histogram(&[(1, 1, 4998, 0)]));
        assert_eq!(drawn.bars[0].pieces[0].height, LEAST);
        assert!(drawn.bars[0].pieces.iter().all(|piece| piece.y >= 0));
    }

    #[test]
    fn bars_at_the_edges_end_where_the_range_does() {
        let asked = histogram(&[(0, 0, 1, 0), (0, 0, 0, 0), (0, 0, 1, 0)]);
        let drawn = bars(&asked);
        assert_eq!((drawn.bars[0].from, drawn.bars[2].to), (asked.from, asked.to));
        assert!(drawn.bars[1].pieces.is_empty());
    }

    #[test]
    fn silence_has_a_scale_too() {
        assert_eq!(bars(&histogram(&[(0, 0, 0, 0)])).top, 1);
    }
}
