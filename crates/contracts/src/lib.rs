//! The language every room of DevOS Cloud speaks: ids, domain nouns, wire shapes and problem codes.
//!
//! Pure data. Nothing here decides, waits, reads a clock or touches the world; the dashboard compiles
//! the same types to WebAssembly.

pub mod api;
pub mod ci;
pub mod identity;
pub mod ids;
pub mod job;
pub mod journal;
pub mod pattern;
pub mod problem;
pub mod proposal;
pub mod query;
pub mod redacted;
pub mod repair;
pub mod repository;
pub mod run;
pub mod scope;
pub mod signal;
pub mod telemetry;

pub use ids::*;
pub use redacted::Redacted;
pub use scope::Scope;
