//! Proof in the type that a value passed redaction.

use serde::Serialize;

/// A value from which secrets and personal data were removed.
///
/// Ports accept telemetry only in this wrapper. There is no `Deserialize` and [`Redacted::assume`] may
/// be called in `devos_logic::redact` alone (clippy and `xtask tidy` refuse it elsewhere), so holding a
/// `Redacted<T>` means the rules ran.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// Wraps a value whose redaction the caller has just done.
    pub fn assume(value: T) -> Self {
        Self(value)
    }

    /// The redacted value.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// The redacted value, owned; it can not become `Redacted` again without passing the rules.
    pub fn into_inner(self) -> T {
        self.0
    }
}
