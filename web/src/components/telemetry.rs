//! The parts that pages of telemetry share.

pub mod attributes;
pub mod chart;
pub mod log_bars;
pub mod log_rows;
pub mod older;
pub mod search_bar;
