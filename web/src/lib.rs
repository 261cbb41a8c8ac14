//! View models of the dashboard: what a page shows, worked out from the wire's types.
//!
//! Everything here is pure and compiles natively, so that it is tested in milliseconds. The components
//! that draw it are in the binary, which exists for `wasm32` alone.

pub mod view;
