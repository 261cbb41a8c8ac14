//! What tests share: doubles of the ports, the suites that hold doubles and adapters to the same behaviour, samples of
//! the domain's nouns, and a real PostgreSQL database for each test.

mod clock;
mod config;
mod database;
mod forge;
pub mod samples;
mod store;
pub mod suites;
mod tenants;

pub mod workspace;
mod world;

pub use clock::{FixedClock, SeededEntropy};
pub use database::Database;
pub use forge::MemForge;
pub use store::MemStore;
pub use tenants::{Member, Tenant};
pub use workspace::MemWorkspace;
pub use world::World;
