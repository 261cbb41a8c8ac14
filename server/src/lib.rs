//! The API server: REST, OTLP over HTTP and gRPC, live events, and the dashboard's assets.
//!
//! Handlers translate; `devos-services` acts; `devos-logic` decides. Only `wire.rs` names adapters.

pub mod config;
pub mod http;
mod otlp_grpc;
mod run;
pub mod wire;

pub use config::Config;
pub use http::openapi::document as openapi;
pub use run::{Bound, Listeners, RunError, listen};
