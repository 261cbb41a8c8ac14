//! Every SQL statement of this crate with the role that runs it, so that one test can prepare them all.

use crate::{ingest, leases, queue, signals, store, tx};

/// A statement of this crate.
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// The constant that holds it.
    pub name: &'static str,
    /// The roles that run it.
    pub roles: &'static [&'static str],
    /// The SQL.
    pub sql: &'static str,
}

/// Every statement of this crate, COPY aside, which can not be prepared.
pub fn statements() -> impl Iterator<Item = Statement> {
    [
        store::STATEMENTS,
        crate::changes::STATEMENTS,
        queue::STATEMENTS,
        leases::STATEMENTS,
        signals::STATEMENTS,
        tx::STATEMENTS,
        tx::identity::STATEMENTS,
        tx::repositories::STATEMENTS,
        tx::patterns::STATEMENTS,
        tx::test_runs::STATEMENTS,
        tx::lint_runs::STATEMENTS,
        tx::memory::STATEMENTS,
        tx::repairs::STATEMENTS,
        tx::proposals::STATEMENTS,
        tx::telemetry::STATEMENTS,
        tx::telemetry::logs::STATEMENTS,
        tx::telemetry::traces::STATEMENTS,
        tx::telemetry::sources::STATEMENTS,
        tx::telemetry::metrics::STATEMENTS,
        tx::telemetry::histories::STATEMENTS,
        ingest::STATEMENTS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Defines statements as constants and lists them, so that none escapes the test.
macro_rules! sql {
    ($roles:expr; $($name:ident = $sql:expr;)+) => {
        $(const $name: &str = $sql;)+
        /// The statements of this module.
        pub(crate) const STATEMENTS: &[crate::statements::Statement] = &[
            $(crate::statements::Statement { name: stringify!($name), roles: $roles, sql: $name }),+
        ];
    };
}
pub(crate) use sql;

/// Run by the application's role.
pub(crate) const APP: &[&str] = &[crate::roles::APP];
/// Run by the ingest role.
pub(crate) const INGEST: &[&str] = &[crate::roles::INGEST];
/// Run by both.
pub(crate) const BOTH: &[&str] = &[crate::roles::APP, crate::roles::INGEST];
