//! Use cases on doubles and a fixed clock: no database, no git, no sandbox.

#![expect(clippy::unwrap_used, reason = "a test that can not set up its world fails")]

mod intake;
mod loop_world;
mod pauses;
mod repair_loop;
mod results;
