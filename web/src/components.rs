//! The parts that pages are made of.

pub mod badge;
pub mod button;
pub mod copy;
pub mod dialog;
pub mod diff;
pub mod empty;
pub mod field;
pub mod glyph;
pub mod header;
pub mod help;
pub mod histogram;
pub mod icon;
pub mod ladder;
pub mod loaded;
pub mod moment;
pub mod palette;
pub mod prose;
pub mod risk;
pub mod rows;
pub mod run;
pub mod shell;
pub mod stack;
pub mod stepper;
pub mod suspects;
pub mod timeline;
pub mod toast;
