//! The demo: from nothing to the fix, approved in the person's stead.

use std::process::Command;

use serde_json::Value;

use crate::system::DEVOS;

#[test]
fn the_demo_goes_from_nothing_to_the_fix() {
    let output = Command::new(DEVOS).args(["demo", "--json", "--once"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();

    let pattern = found["pattern_id"].as_str().unwrap();
    assert!(pattern.len() == 64 && pattern.bytes().all(|byte| byte.is_ascii_hexdigit()), "{pattern}");
    assert_eq!(found["culprit_found"], found["culprit_expected"]);
    assert_eq!(found["culprit_found"].as_str().map(str::len), Some(40));
    assert_eq!(found["proposal"].as_str().map(str::len), Some(36));
    assert!(found["risk"].as_u64().is_some_and(|risk| risk < 100), "{found}");
    assert_eq!(found["gates"], serde_json::json!({ "fast": true, "full": true }));
    assert!(found["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{found}");

    // Stages that nothing had to be waited for may be passed unseen, but never out of order.
    let journey = [
        "detected",
        "retrieving",
        "reproducing",
        "proposing",
        "validating",
        "applying",
        "gating",
        "pr_open",
        "awaiting_human",
        "merged",
        "watching",
        "fixed",
    ];
    let states: Vec<&str> = found["states"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let places: Vec<_> = states.iter().map(|state| journey.iter().position(|known| known == state)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{states:?}");
    for needed in ["reproducing", "proposing", "gating", "awaiting_human", "fixed"] {
        assert!(states.contains(&needed), "{needed} is missing in {states:?}");
    }
}
