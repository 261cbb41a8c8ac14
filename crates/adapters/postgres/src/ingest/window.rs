//! The time for which there are partitions.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Days, TimeDelta, Utc};
use devos_ports::store::StoreResult;
use sqlx::PgConnection;

use super::{ENSURE_PARTITIONS, PARTITION_WINDOW};
use crate::error::{damaged, failed};

/// Telemetry older than this when it arrives is dated to this age.
const OLDEST: TimeDelta = TimeDelta::days(30);

/// Clocks may be ahead by this much.
const NEWEST: TimeDelta = TimeDelta::hours(1);

/// How long partitions that were seen are taken to be there; retention drops only what is older than any window.
const REMEMBERED: TimeDelta = TimeDelta::seconds(60);

/// Timestamps that can be stored, from the first to the last, in microseconds like PostgreSQL's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    received: DateTime<Utc>,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

/// The partitions that were last seen; looking at the catalogue for every batch would cost as much as storing it.
#[derive(Default)]
pub(crate) struct Partitions(Mutex<Option<Seen>>);

/// Partitions without a gap between two times, as they were at a third.
#[derive(Debug, Clone, Copy)]
struct Seen {
    since: DateTime<Utc>,
    until: DateTime<Utc>,
    at: DateTime<Utc>,
}

impl Partitions {
    /// The window for what was received at a time; makes partitions when the schedule fell behind.
    pub(super) async fn window(&self, db: &mut PgConnection, received: DateTime<Utc>) -> StoreResult<Window> {
        if let Some(window) = self.remembered(received) {
            return Ok(window);
        }
        if let Some(window) = self.look(db, received).await? {
            return Ok(window);
        }
        let day = received.date_naive();
        let around = (day - Days::new(1), day + Days::new(1));
        sqlx::query(ENSURE_PARTITIONS).bind(around.0).bind(around.1).execute(&mut *db).await.map_err(failed)?;
        let window = self.look(db, received).await?;
        // Made by a transaction that may still be rolled back.
        self.forget();
        window.ok_or_else(|| damaged("partition", format!("none holds {received}")))
    }

    /// Looks again before the next batch.
    pub(super) fn forget(&self) {
        *self.seen() = None;
    }

    fn remembered(&self, received: DateTime<Utc>) -> Option<Window> {
        let seen = (*self.seen())?;
        let fresh = (received - seen.at).abs() < REMEMBERED;
        fresh.then(|| Window::within(seen.since, seen.until, received)).flatten()
    }

    async fn look(&self, db: &mut PgConnection, received: DateTime<Utc>) -> StoreResult<Option<Window>> {
        let query = sqlx::query_as(PARTITION_WINDOW).bind(received);
        let row: Option<(DateTime<Utc>, DateTime<Utc>)> = query.fetch_optional(db).await.map_err(failed)?;
        *self.seen() = row.map(|(since, until)| Seen { since, until, at: received });
        Ok(row.and_then(|(since, until)| Window::within(since, until, received)))
    }

    fn seen(&self) -> MutexGuard<'_, Option<Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Window {
    /// None when what is received now could not be stored at its time.
    fn within(since: DateTime<Utc>, until: DateTime<Utc>, received: DateTime<Utc>) -> Option<Self> {
        let first = since.max(received - OLDEST);
        let last = (until - TimeDelta::microseconds(1)).min(received + NEWEST);
        (first <= received && received <= last).then_some(Self { received, first, last })
    }

    /// The sender's time, or the nearest one that can be stored; the time of receipt when there is none.
    pub(super) fn clamp(&self, sent: Option<DateTime<Utc>>) -> DateTime<Utc> {
        sent.unwrap_or(self.received).clamp(self.first, self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_held_to_the_partitions_and_the_clock() {
        let window = Window::within(at("2026-11-19T00:00:00Z"), at("2026-11-22T00:00:00Z"), at("2026-11-20T12:00:00Z"));
        let window = window.unwrap();
        assert_eq!(window.clamp(None), at("2026-11-20T12:00:00Z"));
        assert_eq!(window.clamp(Some(at("2026-11-20T11:00:00Z"))), at("2026-11-20T11:00:00Z"));
        assert_eq!(window.clamp(Some(at("1970-01-01T00:00:00Z"))), at("2026-11-19T00:00:00Z"));
        assert_eq!(window.clamp(Some(at("2099-01-01T00:00:00Z"))), at("2026-11-20T13:00:00Z"));
    }

    #[test]
    fn a_window_without_the_present_is_none() {
        let received = at("2026-11-25T12:00:00Z");
        assert_eq!(Window::within(at("2026-11-19T00:00:00Z"), at("2026-11-22T00:00:00Z"), received), None);
    }
}
