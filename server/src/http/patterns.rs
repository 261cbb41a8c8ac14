//! Patterns of failures.

mod get;
mod list;
mod pause;
mod resume;
mod start_repair;

pub use get::*;
pub use list::*;
pub use pause::*;
pub use resume::*;
pub use start_repair::*;
