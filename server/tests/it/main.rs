//! The API as its clients meet it: over sockets, on a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answer;
mod cloud;
mod document;
mod events;
mod grpc;
mod junit;
mod otlp;
mod patterns;
mod problems;
mod repositories;
mod results;
mod seed;
mod sign_in;
mod steering;
mod sweep;
mod telemetry;
