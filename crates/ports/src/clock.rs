//! Time and randomness, so that a replay can have the same ones.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> DateTime<Utc>;
}

/// Makes ids and secrets.
pub trait Entropy: Send + Sync {
    /// A fresh id, ordered by time (UUID version 7).
    fn id(&self) -> Uuid;

    /// 32 bytes nobody can guess.
    fn secret(&self) -> [u8; 32];
}
