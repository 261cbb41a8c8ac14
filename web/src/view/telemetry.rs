//! Logs, traces, metrics and tests as their pages show them.

pub mod attributes;
pub mod axis;
pub mod bars;
pub mod chart;
pub mod drops;
pub mod measure;
pub mod metric;
pub mod outcomes;
pub mod search;
pub mod severity;
pub mod waterfall;
