//! The addresses of one database, one for each role that logs in.

use devos_ports::StoreError;
use devos_ports::store::StoreResult;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::roles;

/// The addresses of one database, one for each role that logs in.
#[derive(Clone, PartialEq, Eq)]
pub struct Urls {
    /// A role that may become `devos_owner`; only migrations need it.
    pub owner: Option<String>,
    /// The role `devos_app`.
    pub app: String,
    /// The role `devos_ingest`.
    pub ingest: String,
}

impl Urls {
    /// Addresses for a server that trusts whoever reaches its socket: the owner's, with the other roles' names and no
    /// password, since the owner's is nobody else's.
    pub fn trusting(owner: &str) -> StoreResult<Self> {
        let options: PgConnectOptions =
            owner.parse().map_err(|error: sqlx::Error| StoreError::Other(error.to_string()))?;
        let named = |role: &str| {
            let mut url = options.clone().username(role).to_url_lossy();
            // Fails for addresses that can not hold one, which then hold none.
            let _ = url.set_password(None);
            url.to_string()
        };
        Ok(Self { owner: Some(owner.to_owned()), app: named(roles::APP), ingest: named(roles::INGEST) })
    }
}

/// Addresses may hold passwords, so none is shown.
impl std::fmt::Debug for Urls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Urls").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owners_password_is_nobody_elses() {
        let urls = Urls::trusting("postgres://boss:secret@db:5432/devos").unwrap();
        assert!(urls.app.contains("devos_app@db") && urls.ingest.contains("devos_ingest@db"), "{}", urls.app);
        assert!(!urls.app.contains("secret") && !urls.ingest.contains("secret"));
    }

    #[test]
    fn a_socket_survives_the_change_of_name() {
        let urls = Urls::trusting("postgres:///some_db?host=/tmp/a%20b&port=5432&user=postgres").unwrap();
        let app: PgConnectOptions = urls.app.parse().unwrap();
        assert_eq!(app.get_username(), "devos_app");
        assert_eq!(app.get_database(), Some("some_db"));
        assert_eq!(app.get_socket().map(std::path::PathBuf::as_path), Some(std::path::Path::new("/tmp/a b")));
        assert!(!format!("{urls:?}").contains("some_db"));
    }
}
