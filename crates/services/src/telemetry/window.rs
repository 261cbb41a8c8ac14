//! Pages of rows that have no ids.

use chrono::DateTime;
use devos_contracts::api::Page;
use devos_contracts::query::{Filter, RowCursor, RowKey, TimeRange};
use devos_ports::store::RowSearch;

use crate::{ServiceError, ServiceResult};

/// The largest page.
const MAX_PAGE: usize = 500;
/// The page when none is asked for.
const DEFAULT_PAGE: usize = 100;

/// What a list request asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowWindow {
    after: Option<RowCursor>,
    limit: usize,
}

impl RowWindow {
    /// Reads `cursor` and `limit` of a list request.
    pub(super) fn new(cursor: Option<&str>, limit: Option<u32>) -> ServiceResult<Self> {
        let after = cursor.map(decode).transpose()?;
        Ok(Self { after, limit: limit.map_or(DEFAULT_PAGE, |limit| limit as usize).clamp(1, MAX_PAGE) })
    }

    /// What to ask the store for: one more row than wanted tells whether there is a next page.
    pub(super) fn search(&self, range: TimeRange, filter: Filter) -> RowSearch {
        RowSearch { range, filter, after: self.after, limit: i64::try_from(self.limit + 1).unwrap_or(i64::MAX) }
    }

    /// Makes the page from the rows.
    pub(super) fn page<T>(&self, mut rows: Vec<(RowKey, T)>) -> Page<T> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next_cursor = rows.last().filter(|_| more).map(|(key, _)| {
            let here = rows.iter().rev().take_while(|(other, _)| other == key).count();
            // The page before may have ended among rows with this key.
            let before = self.after.filter(|after| after.key == *key).map_or(0, |after| after.shown);
            encode(RowCursor { key: *key, shown: before.saturating_add(u32::try_from(here).unwrap_or(u32::MAX)) })
        });
        Page { items: rows.into_iter().map(|(_, item)| item).collect(), next_cursor }
    }
}

fn encode(cursor: RowCursor) -> String {
    format!("{}_{:016x}_{}", cursor.key.at.timestamp_micros(), cursor.key.tie, cursor.shown)
}

fn decode(cursor: &str) -> ServiceResult<RowCursor> {
    let parsed = || {
        let mut parts = cursor.split('_');
        // Unsigned: nothing is older than 1970, and PostgreSQL knows no time before 4713 BC.
        let micros: i64 = parts.next()?.parse::<u64>().ok()?.try_into().ok()?;
        let tie = u64::from_str_radix(parts.next()?, 16).ok()?.cast_signed();
        let shown = parts.next()?.parse().ok()?;
        let at = DateTime::from_timestamp_micros(micros).filter(|_| parts.next().is_none())?;
        Some(RowCursor { key: RowKey { at, tie }, shown })
    };
    parsed().ok_or_else(|| ServiceError::Invalid("the cursor is not one that this API gave".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(micros: i64, tie: i64) -> RowKey {
        RowKey { at: DateTime::from_timestamp_micros(micros).unwrap(), tie }
    }

    #[test]
    fn a_cursor_survives_the_round_trip() {
        for tie in [0, 7, -7, i64::MIN, i64::MAX] {
            let cursor = RowCursor { key: key(1_790_000_000_123_456, tie), shown: 12 };
            assert_eq!(decode(&encode(cursor)).unwrap(), cursor);
        }
        for wrong in ["", "1_2", "1_2_3_4", "1_x_3", "-1_2_3", "1_2_-3", "9223372036854775807_0_0"] {
            assert!(decode(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rows_with_equal_keys_are_counted_over_pages() {
        let first = RowWindow::new(None, Some(2)).unwrap();
        let rows = |count: usize| vec![(key(5, 1), "row"); count];
        let page = first.page(rows(3));
        assert_eq!(page.items.len(), 2);
        let second = RowWindow::new(page.next_cursor.as_deref(), Some(2)).unwrap();
        assert_eq!(second.after, Some(RowCursor { key: key(5, 1), shown: 2 }));
        let page = second.page(rows(3));
        let third = RowWindow::new(page.next_cursor.as_deref(), Some(2)).unwrap();
        assert_eq!(third.after, Some(RowCursor { key: key(5, 1), shown: 4 }));
        assert_eq!(third.page(rows(2)).next_cursor, None);
    }
}
