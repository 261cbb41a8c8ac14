//! Lists that change while somebody reads them.

use std::collections::HashSet;
use std::hash::Hash;

/// A list on the screen and what has come since.
#[derive(Debug, Clone, PartialEq)]
pub struct Live<T> {
    /// What is shown, in the order the reader knows.
    pub shown: Vec<T>,
    /// Newer items that wait until the reader asks for them.
    pub waiting: Vec<T>,
}

impl<T: Clone> Live<T> {
    /// Brings a shown list up to date: known items change in place, unknown ones wait, and items that
    /// the fresh page no longer has stay until the reader reloads, as they may be on a later page.
    #[must_use]
    pub fn updated<K: Eq + Hash>(&self, fresh: &[T], key: impl Fn(&T) -> K) -> Self {
        let known: HashSet<K> = self.shown.iter().map(&key).collect();
        let shown =
            self.shown.iter().map(|old| fresh.iter().find(|new| key(new) == key(old)).unwrap_or(old).clone()).collect();
        let waiting = fresh.iter().filter(|new| !known.contains(&key(new))).cloned().collect();
        Self { shown, waiting }
    }

    /// The list with everything that waited, on top.
    #[must_use]
    pub fn revealed(&self) -> Self {
        Self { shown: self.waiting.iter().chain(&self.shown).cloned().collect(), waiting: Vec::new() }
    }

    /// The list with an older page at its end, without repeating what is shown.
    #[must_use]
    pub fn extended<K: Eq + Hash>(&self, older: Vec<T>, key: impl Fn(&T) -> K) -> Self {
        let known: HashSet<K> = self.shown.iter().map(&key).collect();
        let shown =
            self.shown.iter().cloned().chain(older.into_iter().filter(|item| !known.contains(&key(item)))).collect();
        Self { shown, waiting: self.waiting.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(shown: &[(u8, char)]) -> Live<(u8, char)> {
        Live { shown: shown.to_vec(), waiting: Vec::new() }
    }

    #[test]
    fn rows_change_in_place_and_new_ones_wait() {
        let next = live(&[(1, 'a'), (2, 'b')]).updated(&[(3, 'c'), (2, 'B'), (1, 'a')], |item| item.0);
        assert_eq!(next.shown, [(1, 'a'), (2, 'B')], "the order the reader knows");
        assert_eq!(next.waiting, [(3, 'c')]);
        assert_eq!(next.revealed().shown, [(3, 'c'), (1, 'a'), (2, 'B')]);
    }

    #[test]
    fn rows_missing_from_the_fresh_page_stay() {
        assert_eq!(live(&[(1, 'a')]).updated(&[], |item| item.0).shown, [(1, 'a')]);
    }

    #[test]
    fn older_pages_are_appended_once() {
        let next = live(&[(1, 'a')]).extended(vec![(1, 'a'), (0, 'z')], |item| item.0);
        assert_eq!(next.shown, [(1, 'a'), (0, 'z')]);
    }
}
