//! Quantiles of counted values.
//!
//! Within a bucket of explicit bounds values are taken to lie evenly; within an exponential one their logarithms do.
//! Histograms with other bounds can be added: what is asked is how many values lie below a point.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use devos_contracts::telemetry::{ExponentialBuckets, ExponentialHistogram, Histogram};

use super::as_f64;

/// A histogram's counts, which can be told apart from an earlier state of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Counted {
    Explicit { bounds: Vec<f64>, counts: Vec<f64>, least: Option<f64>, greatest: Option<f64> },
    Exponential { scale: i32, threshold: f64, zero: f64, positive: BTreeMap<i64, f64>, negative: BTreeMap<i64, f64> },
}

impl Counted {
    pub(super) fn explicit(histogram: &Histogram) -> Self {
        Self::Explicit {
            bounds: histogram.bounds.clone(),
            counts: histogram.buckets.iter().copied().map(as_f64).collect(),
            least: histogram.min,
            greatest: histogram.max,
        }
    }

    pub(super) fn exponential(histogram: &ExponentialHistogram) -> Self {
        let counts = |buckets: &ExponentialBuckets| {
            let indexes = i64::from(buckets.offset)..;
            let counts = buckets.counts.iter().copied().map(as_f64);
            indexes.zip(counts).filter(|(_, count)| *count > 0.0).collect()
        };
        Self::Exponential {
            scale: histogram.scale,
            threshold: histogram.zero_threshold.abs(),
            zero: as_f64(histogram.zero_count),
            positive: counts(&histogram.positive),
            negative: counts(&histogram.negative),
        }
    }

    /// What was counted since an earlier state; none when that is not one.
    pub(super) fn since(&self, earlier: &Self) -> Option<Self> {
        match (self, earlier) {
            (
                Self::Explicit { bounds, counts, .. },
                Self::Explicit { bounds: earlier_bounds, counts: earlier_counts, .. },
            ) => {
                if bounds != earlier_bounds || counts.len() != earlier_counts.len() {
                    return None;
                }
                let counts: Vec<_> = counts.iter().zip(earlier_counts).map(|(now, then)| now - then).collect();
                // The least and the greatest value are of all time.
                let grown = Self::Explicit { bounds: bounds.clone(), counts, least: None, greatest: None };
                grown.is_sound().then_some(grown)
            }
            (
                Self::Exponential { scale, threshold, zero, positive, negative },
                Self::Exponential {
                    scale: earlier_scale,
                    threshold: earlier_threshold,
                    zero: earlier_zero,
                    positive: earlier_positive,
                    negative: earlier_negative,
                },
            ) => {
                // A sender lowers the scale as its range grows, never the other way.
                let common = (*scale).min(*earlier_scale);
                let less = |now, then| subtract(rescaled(now, *scale, common), rescaled(then, *earlier_scale, common));
                let grown = Self::Exponential {
                    scale: common,
                    threshold: threshold.max(*earlier_threshold),
                    zero: zero - earlier_zero,
                    positive: less(positive, earlier_positive),
                    negative: less(negative, earlier_negative),
                };
                grown.is_sound().then_some(grown)
            }
            _ => None,
        }
    }

    fn is_sound(&self) -> bool {
        match self {
            Self::Explicit { counts, .. } => counts.iter().all(|count| *count >= 0.0),
            Self::Exponential { zero, positive, negative, .. } => {
                *zero >= 0.0 && positive.values().chain(negative.values()).all(|count| *count >= 0.0)
            }
        }
    }

    /// Where the values lie.
    pub(super) fn spread(&self) -> Spread {
        let mut spread = Spread::default();
        match self {
            Self::Explicit { bounds, counts, least, greatest } => {
                for (index, count) in counts.iter().enumerate() {
                    let below = index.checked_sub(1).and_then(|index| bounds.get(index)).copied();
                    let above = bounds.get(index).copied();
                    // A bucket without a bound ends where values are known to end, else at the bound that it has. What
                    // is counted from the beginning is mostly positive.
                    let low = below.or(*least).or(above.map(|above| above.min(0.0)));
                    let high = above.or(*greatest).or(below);
                    if let (Some(low), Some(high)) = (low.or(high), high.or(low)) {
                        spread.put(low.min(high), high, Shape::Even, *count);
                    }
                }
            }
            Self::Exponential { scale, threshold, zero, positive, negative } => {
                spread.put(-threshold, *threshold, Shape::Even, *zero);
                for (index, count) in positive {
                    let (low, high) = bucket(*index, *scale);
                    spread.put(low, high, Shape::Exponential, *count);
                }
                for (index, count) in negative {
                    let (low, high) = bucket(*index, *scale);
                    spread.put(-high, -low, Shape::Exponential, *count);
                }
            }
        }
        spread
    }
}

/// The bounds of an exponential bucket; finite.
fn bucket(index: i64, scale: i32) -> (f64, f64) {
    #[expect(clippy::cast_precision_loss, reason = "an index beyond 2^52 is beyond every double")]
    let bound = |index: i64| (index as f64 * (-f64::from(scale)).exp2()).exp2().min(f64::MAX);
    (bound(index), bound(index.saturating_add(1)))
}

/// Buckets at a lower scale: neighbours become one.
fn rescaled(counts: &BTreeMap<i64, f64>, scale: i32, to: i32) -> BTreeMap<i64, f64> {
    let shift = (i64::from(scale) - i64::from(to)).clamp(0, 63);
    let mut merged = BTreeMap::new();
    for (index, count) in counts {
        *merged.entry(index >> shift).or_insert(0.0) += count;
    }
    merged
}

fn subtract(mut now: BTreeMap<i64, f64>, then: BTreeMap<i64, f64>) -> BTreeMap<i64, f64> {
    for (index, count) in then {
        *now.entry(index).or_insert(0.0) -= count;
    }
    now
}

/// How values lie between two bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Even,
    Exponential,
}

/// The bounds of values, in order.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bounds {
    low: f64,
    high: f64,
    shape: Shape,
}

impl Eq for Bounds {}

impl Ord for Bounds {
    fn cmp(&self, other: &Self) -> Ordering {
        self.low.total_cmp(&other.low).then(self.high.total_cmp(&other.high)).then(self.shape.cmp(&other.shape))
    }
}

impl PartialOrd for Bounds {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Bounds {
    /// The share of the values that lie at or below a point; below it when `open`.
    fn share(&self, point: f64, open: bool) -> f64 {
        if point < self.low || (open && point <= self.low) {
            return 0.0;
        }
        if point >= self.high {
            return 1.0;
        }
        match self.shape {
            Shape::Exponential if self.low > 0.0 => (point / self.low).ln() / (self.high / self.low).ln(),
            Shape::Exponential if self.high < 0.0 => 1.0 - (point / self.high).ln() / (self.low / self.high).ln(),
            _ => (point - self.low) / (self.high - self.low),
        }
    }
}

/// Where counted values lie.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spread(BTreeMap<Bounds, f64>);

impl Spread {
    fn put(&mut self, low: f64, high: f64, shape: Shape, count: f64) {
        // Zero of either sign is one number.
        let (low, high) = (low + 0.0, high + 0.0);
        if count > 0.0 && low.is_finite() && high.is_finite() {
            *self.0.entry(Bounds { low, high, shape }).or_insert(0.0) += count;
        }
    }

    /// Adds the values of another one.
    pub(super) fn add(&mut self, other: &Self) {
        for (bounds, count) in &other.0 {
            *self.0.entry(*bounds).or_insert(0.0) += count;
        }
    }

    /// The values of a histogram with explicit bounds.
    pub fn of_histogram(histogram: &Histogram) -> Self {
        Counted::explicit(histogram).spread()
    }

    /// The values of an exponential histogram.
    pub fn of_exponential(histogram: &ExponentialHistogram) -> Self {
        Counted::exponential(histogram).spread()
    }

    /// How many values lie at or below a point; below it when `open`.
    fn up_to(&self, point: f64, open: bool) -> f64 {
        self.0.iter().map(|(bounds, count)| bounds.share(point, open) * count).sum()
    }

    /// The value that a share of `quantile` (0 to 1) does not exceed; none of no values.
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let target = self.0.values().sum::<f64>() * quantile.clamp(0.0, 1.0);
        let mut points: Vec<f64> = self.0.keys().flat_map(|bounds| [bounds.low, bounds.high]).collect();
        points.sort_by(f64::total_cmp);
        points.dedup();
        // Sums of shares are off by some rounding.
        let reached = |count: f64| count >= target * (1.0 - 1e-12);
        let index = points.partition_point(|point| !reached(self.up_to(*point, false)));
        let high = *points.get(index).or(points.last())?;
        let Some(low) = index.checked_sub(1).and_then(|index| points.get(index)).copied() else { return Some(high) };
        let (below, above) = (self.up_to(low, false), self.up_to(high, true));
        if !reached(above) || above <= below {
            // Values lie at the point itself.
            return Some(high);
        }
        let share = ((target - below) / (above - below)).clamp(0.0, 1.0);
        let active =
            self.0.keys().filter(|bounds| bounds.low <= low && bounds.high >= high && bounds.low < bounds.high);
        let mut shapes = active.map(|bounds| bounds.shape);
        let exponential = low * high > 0.0 && shapes.all(|shape| shape == Shape::Exponential);
        Some(if exponential { low * (high / low).powf(share) } else { low + (high - low) * share })
    }
}
