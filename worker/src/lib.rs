//! The worker: apalis runs the jobs that services leave in the outbox, schedules keep the house.
//!
//! A job does what one service method does and is at most a few lines. Only `wire.rs` names adapters.

pub mod config;
mod jobs;
mod run;
mod schedules;
pub mod wire;

pub use config::Config;
pub use run::{RunError, run};
