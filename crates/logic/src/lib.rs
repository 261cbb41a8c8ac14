//! Every decision of DevOS Cloud, as pure functions: facts and time come in, decisions with reasons go out.
//!
//! Nothing here reads a clock, draws a number, opens a file or a socket; no model decides anything here.

pub mod access;
pub mod autonomy;
pub mod culprit;
pub mod error;
pub mod filter;
pub mod metrics;
pub mod pattern;
pub mod quota;
pub mod redact;
pub mod repair;
pub mod risk;
pub mod search;
pub mod signal;
pub mod slo;
pub mod source;
pub mod trace;
pub mod validate;
pub mod verdict;
