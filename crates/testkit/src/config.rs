//! The only place here that reads the environment.

/// The superuser's address of the server that `cargo xtask test` has started, if it has.
pub(crate) fn server_url() -> Option<String> {
    std::env::var("DEVOS_TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())
}
