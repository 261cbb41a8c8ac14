//! The machine's clock and randomness, the only places where either is read.

use chrono::{DateTime, Utc};
use devos_ports::{Clock, Entropy};
use rand::TryRngCore;
use rand::rngs::OsRng;
use uuid::Uuid;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// The operating system's random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn id(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn secret(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        #[expect(clippy::expect_used, reason = "without randomness no secret may be made, and nothing can go on")]
        OsRng.try_fill_bytes(&mut bytes).expect("the operating system gives random numbers");
        bytes
    }
}
