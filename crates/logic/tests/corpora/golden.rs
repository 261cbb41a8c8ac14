//! `pattern_id` against vectors that an independent implementation computed from the specification.

use devos_logic::pattern::fingerprint;
use serde::Deserialize;

use crate::shared;

#[derive(Deserialize)]
struct Vector {
    error: String,
    stack: Option<String>,
    files: Option<Vec<String>>,
    pattern_id: String,
}

#[test]
fn fingerprints_match_the_golden_vectors() {
    let Some(vectors) = shared::read::<Vec<Vector>>("patterns.json") else {
        return;
    };
    assert!(!vectors.is_empty());
    for vector in vectors {
        let files = vector.files.unwrap_or_default();
        let fingerprint = fingerprint(&vector.error, vector.stack.as_deref(), &files);
        assert_eq!(fingerprint.as_str(), vector.pattern_id, "for {:?}", vector.error);
    }
}
