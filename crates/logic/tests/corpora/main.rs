//! Figures on data that no one here wrote, and behaviour on corpora of real inputs.

mod golden;
mod shared;
mod traces;
