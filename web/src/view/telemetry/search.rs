//! What is searched for and when, as it stands in the address bar and as the API takes it.

use chrono::{DateTime, Duration, SecondsFormat, Utc};

use crate::view::filter::query;

/// The ranges to choose from: the word of the address bar, the label, seconds.
const PRESETS: [(&str, &str, i64); 5] = [
    ("15m", "15 min", 900),
    ("1h", "1 hour", 3_600),
    ("6h", "6 hours", 21_600),
    ("24h", "24 hours", 86_400),
    ("7d", "7 days", 604_800),
];

/// A span of time that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// Up to the present moment.
    Last {
        /// The word of the address bar.
        word: &'static str,
        /// How long.
        seconds: i64,
    },
    /// Fixed.
    Between(DateTime<Utc>, DateTime<Utc>),
}

impl Range {
    /// The ranges to choose from, each with its label.
    pub fn options() -> Vec<(&'static str, &'static str)> {
        PRESETS.iter().map(|(word, label, _)| (*word, *label)).collect()
    }

    /// The range with this word.
    pub fn last(word: &str) -> Option<Self> {
        PRESETS
            .iter()
            .find(|(known, ..)| *known == word)
            .map(|(word, _, seconds)| Self::Last { word, seconds: *seconds })
    }

    /// From when to when, seen from `now`.
    pub fn window(self, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        match self {
            Self::Last { seconds, .. } => (now - Duration::seconds(seconds), now),
            Self::Between(from, to) => (from, to),
        }
    }

    /// The word of the address bar; empty for a fixed range, which is none of the choices.
    pub fn word(self) -> &'static str {
        match self {
            Self::Last { word, .. } => word,
            Self::Between(..) => "",
        }
    }
}

/// A search in telemetry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// When.
    pub range: Range,
    /// In the filter language.
    pub filter: String,
    preset: &'static str,
}

impl Search {
    /// Reads the address bar; without a range it is the one with the word `preset`.
    pub fn read(value: impl Fn(&str) -> String, preset: &'static str) -> Self {
        let moment = |key: &str| DateTime::parse_from_rfc3339(&value(key)).ok().map(|at| at.to_utc());
        let fixed = moment("from").zip(moment("to")).filter(|(from, to)| from < to);
        let range = fixed
            .map(|(from, to)| Range::Between(from, to))
            .or_else(|| Range::last(&value("range")))
            .or_else(|| Range::last(preset))
            .unwrap_or(Range::Last { word: "1h", seconds: 3_600 });
        Self { range, filter: value("filter"), preset }
    }

    /// The part of the address after the page's path, with other pairs that the page holds there.
    pub fn address(&self, others: &[(&str, &str)]) -> String {
        let (word, from, to) = match self.range {
            Range::Last { word, .. } => (if word == self.preset { "" } else { word }, String::new(), String::new()),
            Range::Between(from, to) => ("", written(from), written(to)),
        };
        query(&[&[("range", word), ("from", &from), ("to", &to), ("filter", self.filter.trim())], others].concat())
    }

    /// The query of an API call, seen from `now`, with other pairs.
    pub fn api_query(&self, now: DateTime<Utc>, others: &[(&str, &str)]) -> String {
        let (from, to) = self.range.window(now);
        let (from, to) = (written(from), written(to));
        query(&[&[("from", from.as_str()), ("to", &to), ("filter", self.filter.trim())], others].concat())
    }

    /// The same search in another span of time.
    #[must_use]
    pub fn within(&self, range: Range) -> Self {
        Self { range, ..self.clone() }
    }

    /// The same time with another filter.
    #[must_use]
    pub fn filtered(&self, filter: &str) -> Self {
        Self { filter: filter.to_owned(), ..self.clone() }
    }

    /// The search with one more term.
    #[must_use]
    pub fn with_term(&self, term: &str) -> Self {
        let filter = self.filter.trim();
        if filter.split_whitespace().any(|known| known == term) {
            return self.clone();
        }
        self.filtered(format!("{filter} {term}").trim())
    }
}

/// A moment as addresses and the API carry it.
pub fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// What is wrong with a filter, when that is what the API complains about: the column and what should stand there.
pub fn complaint(detail: &str) -> Option<(usize, &str)> {
    let (column, words) = detail.strip_prefix("filter, column ")?.split_once(": ")?;
    Some((column.parse().ok()?, words))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Search {
        let value = |key: &str| pairs.iter().find(|(known, _)| *known == key).map_or("", |(_, value)| value).to_owned();
        Search::read(value, "1h")
    }

    #[test]
    fn an_address_is_read_as_it_was_written() {
        assert_eq!(read(&[]).address(&[]), "");
        assert_eq!(read(&[("range", "nonsense")]).range.word(), "1h");
        let search = read(&[("range", "6h"), ("filter", "service:shop error")]);
        assert_eq!(search.address(&[("by", "route")]), "?range=6h&filter=service%3Ashop%20error&by=route");
    }

    #[test]
    fn the_api_is_always_asked_for_a_fixed_window() {
        let now = Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap();
        let query = read(&[("range", "15m")]).api_query(now, &[("cursor", "c")]);
        assert_eq!(query, "?from=2026-11-20T11%3A45%3A00.000Z&to=2026-11-20T12%3A00%3A00.000Z&cursor=c");
        let fixed = read(&[("from", "2026-11-20T10:00:00Z"), ("to", "2026-11-20T10:05:00Z"), ("range", "7d")]);
        assert_eq!(fixed.range.window(now).1, Utc.with_ymd_and_hms(2026, 11, 20, 10, 5, 0).unwrap());
        assert_eq!(fixed.range.word(), "");
        assert!(fixed.address(&[]).starts_with("?from=2026-11-20T10%3A00%3A00.000Z&to="));
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_not_one() {
        let search = read(&[("from", "2026-11-20T10:00:00Z"), ("to", "2026-11-20T09:00:00Z")]);
        assert_eq!(search.range.word(), "1h");
    }

    #[test]
    fn a_term_is_added_once() {
        let search = read(&[("filter", "refused")]).with_term("service:shop");
        assert_eq!(search.filter, "refused service:shop");
        assert_eq!(search.with_term("service:shop"), search);
    }

    #[test]
    fn complaints_name_their_column() {
        assert_eq!(complaint("filter, column 7: expected a number"), Some((7, "expected a number")));
        assert_eq!(complaint("`to` lies before `from`"), None);
    }
}
