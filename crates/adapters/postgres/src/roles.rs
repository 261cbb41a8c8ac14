//! The database's roles; `roles.sql` makes them.

/// Makes what is missing of the roles and their privileges on the database.
pub(crate) const ENSURE: &str = include_str!("roles.sql");

/// Owns every object and runs the `SECURITY DEFINER` functions; can not log in.
pub(crate) const OWNER: &str = "devos_owner";
/// The application: held to one tenant by row-level security.
pub const APP: &str = "devos_app";
/// Ingest: sees past row-level security, but may touch little.
pub const INGEST: &str = "devos_ingest";
