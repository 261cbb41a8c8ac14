//! Time and randomness that a test decides.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use devos_ports::{Clock, Entropy};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FixedClock(Mutex<DateTime<Utc>>);

impl FixedClock {
    /// Stands at a time.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves forward.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }

    /// Moves to a time.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ids and secrets that are the same in every run with the same seed.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    drawn: Mutex<u64>,
}

impl SeededEntropy {
    /// Draws from a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: Mutex::new(0) }
    }

    fn draw(&self) -> (u64, [u8; 32]) {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        *drawn += 1;
        let digest = Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(drawn.to_be_bytes());
        (*drawn, digest.finalize().into())
    }
}

impl Entropy for SeededEntropy {
    fn id(&self) -> Uuid {
        let (number, random) = self.draw();
        let mut tail = [0; 10];
        tail.copy_from_slice(&random[..10]);
        // One millisecond apart, so that ids are ordered like their making.
        uuid::Builder::from_unix_timestamp_millis(1_763_600_000_000 + number, &tail).into_uuid()
    }

    fn secret(&self) -> [u8; 32] {
        self.draw().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_draw_equal_ids_in_order() {
        let (one, other) = (SeededEntropy::new(7), SeededEntropy::new(7));
        let ids: Vec<_> = (0..100).map(|_| one.id()).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids, (0..100).map(|_| other.id()).collect::<Vec<_>>());
        assert_ne!(one.secret(), one.secret());
        assert_ne!(SeededEntropy::new(8).id(), ids[0]);
    }
}
