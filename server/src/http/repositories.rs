//! Connected repositories.

mod change_settings;
mod connect;
mod get;
mod lint_findings;
mod list;
mod test_runs;

pub use change_settings::*;
pub use connect::*;
pub use get::*;
pub use lint_findings::*;
pub use list::*;
pub use test_runs::*;
