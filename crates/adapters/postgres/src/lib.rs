//! The store on PostgreSQL 17 and 18, and its apalis queue.
//!
//! Architecture invariant: SQL, sqlx and apalis' storage are named in this crate alone. Every table with a
//! tenant is under forced row-level security, and the application logs in as a role that can not leave it;
//! ingest logs in as a role that sees past it but may touch little.
//!
//! [`migrate`] brings a database up to date, [`PostgresStore::connect`] opens it.

mod changes;
mod databases;
mod error;
mod ingest;
mod inspection;
mod leases;
mod logins;
mod migrations;
mod queue;
pub mod roles;
mod signals;
mod statements;
mod store;
mod text;
mod tx;
mod urls;

pub use databases::{Databases, Template};
pub use error::MigrateError;
pub use inspection::Inspection;
pub use leases::WorkerLease;
pub use migrations::{fingerprint, migrate};
pub use queue::{JobStorage, QUEUE};
pub use statements::{Statement, statements};
pub use store::{Config, PostgresStore};
pub use urls::Urls;
