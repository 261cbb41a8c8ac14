//! Filters of lists, as they stand in the address bar and as the API takes them.

use std::cmp::Ordering;

use devos_contracts::pattern::Pattern;

use super::quantity::encode;

/// What the list of patterns shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatternFilter {
    /// A state's wire word; all when empty.
    pub state: String,
    /// Words to look for.
    pub words: String,
    /// A repository's id; all when empty.
    pub repository: String,
    /// The order.
    pub sort: Sort,
}

/// The order of loaded patterns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub column: Column,
    /// Smallest, or oldest, first.
    pub ascending: bool,
}

/// A column that patterns can be ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Column {
    /// The newest occurrence; the API's own order.
    #[default]
    LastSeen,
    /// The oldest occurrence.
    FirstSeen,
    /// How often it was seen.
    Occurrences,
    /// Repairs started in the window.
    Attempts,
    /// The title.
    Title,
}

impl Column {
    const ALL: [(Self, &str); 5] = [
        (Self::LastSeen, "last_seen"),
        (Self::FirstSeen, "first_seen"),
        (Self::Occurrences, "occurrences"),
        (Self::Attempts, "attempts"),
        (Self::Title, "title"),
    ];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(column, _)| *column == self).map_or("", |(_, word)| word)
    }
}

impl Sort {
    /// Reads `occurrences` or `-occurrences`; a leading minus is largest first.
    pub fn parse(text: &str) -> Self {
        let (ascending, word) = text.strip_prefix('-').map_or((true, text), |word| (false, word));
        Column::ALL
            .iter()
            .find(|(_, known)| *known == word)
            .map_or_else(Self::default, |(column, _)| Self { column: *column, ascending })
    }

    /// The order after a click on a column: largest first, then the other way round.
    #[must_use]
    pub fn toggled(self, column: Column) -> Self {
        if self.column == column {
            Self { column, ascending: !self.ascending }
        } else {
            Self { column, ascending: column == Column::Title }
        }
    }

    /// The word of the address bar.
    pub fn word(self) -> String {
        format!("{}{}", if self.ascending { "" } else { "-" }, self.column.word())
    }

    /// Compares two patterns.
    pub fn compare(self, a: &Pattern, b: &Pattern) -> Ordering {
        let order = match self.column {
            Column::LastSeen => a.last_seen.cmp(&b.last_seen),
            Column::FirstSeen => a.first_seen.cmp(&b.first_seen),
            Column::Occurrences => a.occurrences.cmp(&b.occurrences),
            Column::Attempts => a.attempts.cmp(&b.attempts),
            Column::Title => a.title.to_lowercase().cmp(&b.title.to_lowercase()),
        };
        if self.ascending { order } else { order.reverse() }
    }
}

impl PatternFilter {
    /// The part of the address after the page's path, empty when nothing is filtered.
    pub fn address(&self) -> String {
        let sort = if self.sort == Sort::default() { String::new() } else { self.sort.word() };
        query(&[("state", &self.state), ("q", &self.words), ("repository", &self.repository), ("sort", &sort)])
    }

    /// The API path of a page of the list.
    pub fn api_path(&self, cursor: Option<&str>) -> String {
        let query = query(&[
            ("state", &self.state),
            ("q", self.words.trim()),
            ("repository", &self.repository),
            ("cursor", cursor.unwrap_or_default()),
        ]);
        format!("/patterns{query}")
    }

    /// True when anything hides patterns.
    pub fn narrows(&self) -> bool {
        !(self.state.is_empty() && self.words.trim().is_empty() && self.repository.is_empty())
    }
}

/// `?a=b&c=d` of the pairs that have a value.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let parts: Vec<_> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}={}", encode(value)))
        .collect();
    if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_filter_leaves_the_address_alone() {
        assert_eq!(PatternFilter::default().address(), "");
        assert!(!PatternFilter { words: "  ".into(), ..Default::default() }.narrows());
    }

    #[test]
    fn filters_reach_the_address_and_the_api() {
        let filter = PatternFilter {
            state: "open".into(),
            words: "key error".into(),
            sort: Sort::parse("-occurrences"),
            ..Default::default()
        };
        assert_eq!(filter.address(), "?state=open&q=key%20error&sort=-occurrences");
        assert_eq!(filter.api_path(Some("c1")), "/patterns?state=open&q=key%20error&cursor=c1");
    }

    #[test]
    fn sorts_survive_the_address_and_toggle() {
        let sort = Sort::parse("-occurrences");
        assert_eq!(Sort::parse(&sort.word()), sort);
        assert_eq!(sort.toggled(Column::Occurrences).word(), "occurrences");
        assert_eq!(sort.toggled(Column::Title).word(), "title");
        assert_eq!(Sort::parse("nonsense"), Sort::default());
    }
}
