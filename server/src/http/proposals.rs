//! Proposed changes and their decisions.

mod approve;
mod get;
mod list;
mod reject;

pub use approve::*;
pub use get::*;
pub use list::*;
pub use reject::*;
