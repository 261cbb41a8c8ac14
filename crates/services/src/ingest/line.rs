//! The line of requests: what they hold together is bounded, so that a flood is told to come back and never fills the
//! memory. Bodies wait as they came; only those whose turn it is are decompressed and decoded.

use std::sync::Arc;

use devos_ports::StoreError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{ServiceError, ServiceResult};

/// Requests being decoded and written at once: as many as the store has connections for them.
const TURNS: usize = 4;
/// Whole requests that may wait for their turn.
const WAITING: usize = 64;
/// What all bodies may hold together, as they came, in units.
const ROOM: usize = 64 << 10;
/// Bytes of a unit.
const UNIT: usize = 1 << 10;

/// Everybody who waits.
pub(super) struct Line {
    room: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Default for Line {
    fn default() -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self { room: semaphore(ROOM), waiting: semaphore(WAITING), turns: semaphore(TURNS) }
    }
}

impl Line {
    pub(super) fn place(&self) -> Place {
        Place {
            room: self.room.clone(),
            waiting: self.waiting.clone(),
            turns: self.turns.clone(),
            held: Vec::new(),
            units: 0,
        }
    }
}

/// Room for one body, given back when it is dropped.
pub struct Place {
    room: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    held: Vec<OwnedSemaphorePermit>,
    units: usize,
}

/// The turn of one request to be decoded and written, together with its room.
pub struct Turn {
    _place: Place,
    _turn: OwnedSemaphorePermit,
}

impl Place {
    /// Takes room for a body of so many bytes so far; one that is sent slowly holds no more than has come.
    pub fn hold(&mut self, bytes: usize) -> ServiceResult<()> {
        let more = bytes.div_ceil(UNIT).saturating_sub(self.units);
        if more > 0 {
            let permits = u32::try_from(more).map_err(|_| overloaded())?;
            self.held.push(self.room.clone().try_acquire_many_owned(permits).map_err(|_| overloaded())?);
            self.units += more;
        }
        Ok(())
    }

    /// Waits for its turn, if the line is not too long already.
    pub async fn turn(self) -> ServiceResult<Turn> {
        let _waiting = self.waiting.clone().try_acquire_owned().map_err(|_| overloaded())?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| overloaded())?;
        Ok(Turn { _place: self, _turn: turn })
    }
}

fn overloaded() -> ServiceError {
    ServiceError::Store(StoreError::Unavailable("the ingest queue is full".into()))
}
