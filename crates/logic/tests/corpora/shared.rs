//! Data beside the checkout; tests skip with a message where it is absent.

use serde::de::DeserializeOwned;

/// Reads a JSON file of the shared data.
#[expect(clippy::disallowed_methods, reason = "the crate is pure, its tests read measured data")]
pub fn read<T: DeserializeOwned>(name: &str) -> Option<T> {
    let path = format!("{}/../../../shared/data/{name}", env!("CARGO_MANIFEST_DIR"));
    match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).expect("the shared data is JSON of the documented form")),
        Err(error) => {
            println!("skipped: {path}: {error}");
            None
        }
    }
}
