//! What pages show, apart from how it is drawn.

pub mod diff;
pub mod filter;
pub mod fuzzy;
pub mod histogram;
pub mod journal;
pub mod journey;
pub mod ladder;
pub mod live;
pub mod moment;
pub mod prose;
pub mod quantity;
pub mod risk;
pub mod settings;
pub mod shortcut;
pub mod stack;
pub mod state;
pub mod suspects;
pub mod telemetry;
