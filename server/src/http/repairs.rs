//! Runs of the repair loop.

mod cancel;
mod get;
mod list;

pub use cancel::*;
pub use get::*;
pub use list::*;
