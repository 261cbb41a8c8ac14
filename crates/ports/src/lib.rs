//! The traits through which DevOS Cloud reaches the world, one per external system.
//!
//! Architecture invariant: a port never decides anything and never imports `devos-logic`; it takes and
//! returns the nouns of `devos-contracts`.

pub mod clock;
pub mod forge;
pub mod store;
pub mod workspace;

pub use clock::{Clock, Entropy};
pub use forge::{Forge, ForgeError};
pub use store::{Store, StoreError};
pub use workspace::{Workspace, WorkspaceError};
