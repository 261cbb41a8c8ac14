//! The embedded PostgreSQL 18 with pgvector: fetched once, then started and stopped by its owner.
//!
//! [`Install::ensure`] fetches and unpacks the server, [`Cluster::start`] runs a durable cluster for
//! `devos up`, and [`Ephemeral::start`] runs a throw-away one for tests. Every call here blocks, so
//! that a cluster can also be stopped from `Drop`; asynchronous callers use `spawn_blocking`. The one
//! exception is [`Cluster::exited`], which a supervisor awaits.
//!
//! Linux on x86-64 and aarch64 only. This crate speaks no SQL: databases, roles and tables are made
//! over [`Cluster::url`] by the storage adapter.

pub mod config;

mod cluster;
mod ephemeral;
mod error;
mod install;
mod owner;
mod postmaster;
mod probe;
mod settings;
mod socket;
mod wheel;

pub use cluster::{Cluster, SUPERUSER};
pub use config::Home;
pub use ephemeral::Ephemeral;
pub use error::Error;
pub use install::Install;
pub use settings::Settings;
