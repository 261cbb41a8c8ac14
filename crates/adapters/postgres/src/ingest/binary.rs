//! PostgreSQL's binary COPY format.
//!
//! <https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS-BINARY>

use std::ops::Range;

use chrono::{DateTime, Utc};
use memchr::memmem;
use serde::Serialize;
use uuid::Uuid;

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: &[u8] = &(-1_i16).to_be_bytes();

/// Seconds from 1970 to 2000, where PostgreSQL's time begins.
const EPOCH: i64 = 946_684_800;

/// Rows in the binary format, any range of which can be sent.
#[derive(Debug, Default)]
pub(super) struct Rows {
    bytes: Vec<u8>,
    /// Where each row ends.
    ends: Vec<usize>,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Begins a row of so many columns; exactly as many must be put.
    pub(super) fn row(&mut self, columns: u16, put: impl FnOnce(&mut Row<'_>)) {
        self.bytes.extend_from_slice(&columns.to_be_bytes());
        put(&mut Row(&mut self.bytes));
        self.ends.push(self.bytes.len());
    }

    /// What to send for a range of rows.
    pub(super) fn message(&self, rows: Range<usize>) -> Vec<u8> {
        let start = if rows.start == 0 { 0 } else { self.ends[rows.start - 1] };
        let end = if rows.end == 0 { 0 } else { self.ends[rows.end - 1] };
        [HEADER, &self.bytes[start..end], TRAILER].concat()
    }
}

/// A row being written.
pub(super) struct Row<'a>(&'a mut Vec<u8>);

impl Row<'_> {
    pub(super) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        // A field of 2 GiB never gets here: a request is far smaller.
        let length = i32::try_from(value.len()).unwrap_or(i32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(value);
        self
    }

    pub(super) fn null(&mut self) -> &mut Self {
        self.0.extend_from_slice(&(-1_i32).to_be_bytes());
        self
    }

    pub(super) fn bytes_or_null(&mut self, value: Option<&[u8]>) -> &mut Self {
        match value {
            Some(value) => self.bytes(value),
            None => self.null(),
        }
    }

    pub(super) fn uuid(&mut self, value: Uuid) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    pub(super) fn bigint(&mut self, value: i64) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(super) fn smallint(&mut self, value: i16) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(super) fn bigint_or_null(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.bigint(value),
            None => self.null(),
        }
    }

    pub(super) fn double_or_null(&mut self, value: Option<f64>) -> &mut Self {
        match value {
            Some(value) => self.bytes(&value.to_be_bytes()),
            None => self.null(),
        }
    }

    pub(super) fn timestamp(&mut self, value: DateTime<Utc>) -> &mut Self {
        self.bigint(value.timestamp_micros() - EPOCH * 1_000_000)
    }

    pub(super) fn text(&mut self, value: &str) -> &mut Self {
        self.bytes(crate::text::clean(value).as_bytes())
    }

    /// A `json` document, written in place. The type takes an escaped NUL, but whoever reads it as text would fail.
    pub(super) fn json<T: Serialize + ?Sized>(&mut self, document: &T) -> &mut Self {
        let start = self.0.len();
        self.0.extend_from_slice(&[0; 4]);
        // A document of ours has string keys, and memory takes every write.
        let _ = serde_json::to_writer(&mut *self.0, document);
        strip_nul(self.0, start + 4);
        let length = i32::try_from(self.0.len() - start - 4).unwrap_or(i32::MAX);
        self.0[start..start + 4].copy_from_slice(&length.to_be_bytes());
        self
    }

    pub(super) fn json_or_null<T: Serialize>(&mut self, document: Option<&T>) -> &mut Self {
        match document {
            Some(document) => self.json(document),
            None => self.null(),
        }
    }
}

/// Removes escaped NULs from JSON text that begins at an offset; of a run of backslashes only an odd one escapes.
fn strip_nul(text: &mut Vec<u8>, start: usize) {
    const NUL: &[u8] = b"\\u0000";
    let mut from = start;
    while let Some(found) = memmem::find(&text[from..], NUL) {
        let at = from + found;
        let escapes = text[start..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        if escapes % 2 == 0 {
            text.drain(at..at + NUL.len());
            from = at;
        } else {
            from = at + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_range_is_a_message_of_its_own() {
        let mut rows = Rows::default();
        rows.row(1, |row| {
            row.smallint(7);
        });
        rows.row(2, |row| {
            row.null().text("a\0b");
        });
        let first = [HEADER, b"\0\x01\0\0\0\x02\0\x07", TRAILER].concat();
        let second = [HEADER, b"\0\x02\xff\xff\xff\xff\0\0\0\x02ab", TRAILER].concat();
        assert_eq!(rows.message(0..1), first);
        assert_eq!(rows.message(1..2), second);
        assert_eq!(rows.message(0..2).len(), first.len() + second.len() - HEADER.len() - TRAILER.len());
        assert_eq!(rows.message(0..0), [HEADER, TRAILER].concat());
    }

    #[test]
    fn documents_are_written_in_place_without_nul() {
        let mut rows = Rows::default();
        rows.row(2, |row| {
            row.json(&serde_json::json!({ "a\0": "\0x\\u0000", "b": [1] })).smallint(1);
        });
        let document = br#"{"a":"x\\u0000","b":[1]}"#;
        let length = u8::try_from(document.len()).unwrap();
        let expected = [&b"\0\x02\0\0\0"[..], &[length], document, b"\0\0\0\x02\0\x01"].concat();
        assert_eq!(rows.message(0..1), [HEADER, &expected, TRAILER].concat());
    }

    #[test]
    fn time_begins_in_2000() {
        let mut rows = Rows::default();
        rows.row(1, |row| {
            row.timestamp("2000-01-01T00:00:01Z".parse().unwrap());
        });
        assert_eq!(&rows.message(0..1)[HEADER.len() + 6..HEADER.len() + 14], 1_000_000_i64.to_be_bytes());
    }
}
