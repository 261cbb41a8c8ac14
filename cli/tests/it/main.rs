//! The real binary as people run it: in a private system of its own, under kills, and on hostile repositories.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod demo;
mod faults;
mod history;
mod hostile;
mod junit;
mod kills;
mod lifecycle;
mod merge;
mod production;
mod results;
mod runners;
mod shop;
mod system;
