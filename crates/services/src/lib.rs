//! The use cases of DevOS Cloud: what a person, a machine or the worker can ask for.
//!
//! A service is a struct of ports and its methods are verbs. Each takes the [`Scope`] first and asks
//! `devos_logic::access` before any port is touched; decisions come from `devos_logic`, effects go
//! through `devos_ports`. A service never calls another one: it leaves a job in the outbox.
//!
//! [`Scope`]: devos_contracts::Scope

mod cursor;
pub mod error;
pub mod identity;
pub mod incidents;
pub mod ingest;
mod journal;
mod opening;
pub mod proposals;
pub mod repair;
pub mod repairs;
pub mod repositories;
mod secret;
pub mod telemetry;

pub use error::{ServiceError, ServiceResult};
pub use identity::Identity;
pub use incidents::Incidents;
pub use ingest::Ingest;
pub use proposals::Proposals;
pub use repair::Repair;
pub use repairs::Repairs;
pub use repositories::Repositories;
pub use telemetry::Telemetry;
