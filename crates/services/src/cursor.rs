//! Opaque page cursors: the sort key of the last item shown.

use chrono::{DateTime, Utc};
use devos_contracts::api::Page;
use uuid::Uuid;

use crate::{ServiceError, ServiceResult};

/// The largest page.
const MAX_PAGE: usize = 100;
/// The page when none is asked for.
const DEFAULT_PAGE: usize = 50;

/// What a list request asks for.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// The last item of the page before.
    pub after: Option<(DateTime<Utc>, Uuid)>,
    /// Items wanted.
    pub limit: usize,
}

/// Reads `cursor` and `limit` of a list request.
pub fn window(cursor: Option<&str>, limit: Option<u32>) -> ServiceResult<Window> {
    let after = cursor.map(decode).transpose()?;
    let limit = limit.map_or(DEFAULT_PAGE, |limit| limit as usize).clamp(1, MAX_PAGE);
    Ok(Window { after, limit })
}

impl Window {
    /// Rows to ask the database for: one more than wanted tells whether there is a next page.
    pub fn rows(&self) -> i64 {
        i64::try_from(self.limit + 1).unwrap_or(i64::MAX)
    }

    /// Makes the page from the rows; `key` is the sort key of an item.
    pub fn page<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> (DateTime<Utc>, Uuid)) -> Page<T> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next_cursor = if more { rows.last().map(|item| encode(key(item))) } else { None };
        Page { items: rows, next_cursor }
    }
}

fn encode((at, id): (DateTime<Utc>, Uuid)) -> String {
    format!("{}_{}", at.timestamp_micros(), id.simple())
}

fn decode(cursor: &str) -> ServiceResult<(DateTime<Utc>, Uuid)> {
    let parsed = cursor.split_once('_').and_then(|(micros, id)| {
        // Unsigned: nothing is older than 1970, and PostgreSQL knows no time before 4713 BC.
        let at = DateTime::from_timestamp_micros(micros.parse::<u64>().ok()?.try_into().ok()?)?;
        Some((at, Uuid::parse_str(id).ok()?))
    });
    parsed.ok_or_else(|| ServiceError::Invalid("the cursor is not one that this API gave".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_round_trip() {
        let key = (DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap(), Uuid::from_u128(7));
        assert_eq!(decode(&encode(key)).unwrap(), key);
        assert!(decode("nonsense").is_err());
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        let at = DateTime::from_timestamp_micros(1).unwrap();
        let window = window(None, Some(2)).unwrap();
        assert!(window.page(vec![1, 2, 3], |_| (at, Uuid::nil())).next_cursor.is_some());
        assert!(window.page(vec![1, 2], |_| (at, Uuid::nil())).next_cursor.is_none());
    }
}
