//! The workspace with real git and real bubblewrap: reading, reverting, running, and what a command can not do.

mod containment;
mod history;
mod repository;
mod running;
mod scene;
mod setup;
