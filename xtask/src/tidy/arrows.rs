//! Which room may depend on which, straight from ARCHITECTURE.md.

use super::Offence;
use super::graph::{Graph, Package};

/// A room and the rooms it may name.
const ARROWS: [(&str, &str); 21] = [
    ("contracts", ""),
    ("otlp", "contracts"),
    ("logic", "contracts"),
    ("ports", "contracts"),
    ("services", "contracts otlp logic ports"),
    // Adapters. `git` is what forge and workspace share of calling git safely.
    ("postgres", "contracts ports"),
    ("git", "contracts"),
    ("forge", "contracts ports git"),
    ("workspace", "contracts ports git"),
    ("inference", "contracts ports"),
    ("embed", "contracts ports"),
    ("notify", "contracts ports"),
    ("system", "contracts ports"),
    // Entrypoints.
    ("server", ENTRYPOINT),
    ("worker", ENTRYPOINT),
    (
        "cli",
        "contracts otlp logic ports services postgres git forge workspace inference embed notify system server worker embedded",
    ),
    ("web", "contracts logic"),
    // What development and tests use.
    ("embedded", ""),
    ("testkit", "contracts otlp logic ports postgres forge workspace embedded"),
    ("bench", "contracts otlp logic ports services postgres system server embedded"),
    ("xtask", "embedded"),
];

const ENTRYPOINT: &str =
    "contracts otlp logic ports services postgres git forge workspace inference embed notify system";

/// Packages that tests of any room may use besides.
const FOR_TESTS: [&str; 2] = ["devos-testkit", "anyhow"];

/// A foreign package (or, with `*`, packages beginning so) and the rooms that may name it.
const CONFINED: [(&str, &[&str]); 12] = [
    ("sqlx*", &["postgres", "bench"]),
    ("pgvector", &["postgres"]),
    ("apalis-postgres", &["postgres"]),
    ("apalis", &["postgres", "worker"]),
    ("octocrab", &["forge"]),
    ("cudarc", &["embed"]),
    ("candle-*", &["embed"]),
    ("tokenizers", &["embed"]),
    ("landlock", &["workspace"]),
    ("seccompiler", &["workspace"]),
    ("leptos*", &["web"]),
    ("anyhow", &["server", "worker", "cli", "xtask", "testkit", "bench"]),
];

/// Checks every manifest of ours.
pub fn check(graph: &Graph) -> Vec<Offence> {
    graph.packages.iter().filter(|package| package.is_ours()).flat_map(check_package).collect()
}

fn check_package(package: &Package) -> Vec<Offence> {
    let room = room(&package.name);
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
        return vec![Offence::of(&package.name, "is a room that ARCHITECTURE.md and `tidy::arrows` do not know")];
    };
    let asked = package.dependencies.iter();
    let beyond_tests = asked.filter(|asked| !(asked.is_for_tests() && FOR_TESTS.contains(&asked.name.as_str())));
    let refused = beyond_tests.filter_map(|dependency| {
        let name = &dependency.name;
        if name.starts_with("devos-") {
            let granted = allowed.split(' ').any(|allowed| allowed == self::room(name));
            return (!granted).then(|| format!("may not depend on {name}: ARCHITECTURE.md has no such arrow"));
        }
        let (_, rooms) = CONFINED.iter().find(|(pattern, _)| matches(pattern, name))?;
        (!rooms.contains(&room)).then(|| format!("may not depend on {name}, which is confined to {}", rooms.join(", ")))
    });
    refused.map(|says| Offence::of(&package.name, says)).collect()
}

fn room(package: &str) -> &str {
    package.strip_prefix("devos-").unwrap_or(package)
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |begin| name.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::super::graph::sample;
    use super::*;

    fn offences(package: &str, dependency: &str) -> usize {
        check(&sample(&[(package, "0.1.0", None, &[dependency])])).len()
    }

    #[test]
    fn arrows_against_the_architecture_are_told() {
        let against = [
            ("devos-contracts", "devos-logic"),
            ("devos-logic", "devos-ports"),
            ("devos-ports", "devos-logic"),
            ("devos-services", "devos-postgres"),
            ("devos-forge", "devos-services"),
            ("devos-server", "devos-embedded"),
            ("devos-server", "devos-testkit"),
            ("devos-web", "devos-services"),
            ("xtask", "devos-server"),
        ];
        for (package, dependency) in against {
            assert_eq!(offences(package, dependency), 1, "{package} -> {dependency}");
        }
        for (package, dependency) in [("devos-services", "devos-ports"), ("devos-cli", "devos-embedded")] {
            assert_eq!(offences(package, dependency), 0, "{package} -> {dependency}");
        }
    }

    #[test]
    fn every_confined_package_is_refused_elsewhere_and_granted_at_home() {
        for (pattern, rooms) in CONFINED {
            let name = pattern.replace('*', "x");
            assert_eq!(offences("devos-contracts", &name), 1, "{name}");
            for room in rooms {
                let package = if *room == "xtask" { "xtask".to_owned() } else { format!("devos-{room}") };
                assert_eq!(offences(&package, &name), 0, "{package} -> {name}");
            }
        }
    }

    #[test]
    fn tests_may_use_the_testkit() {
        let mut graph = sample(&[("devos-services", "0.1.0", None, &["devos-testkit"])]);
        assert_eq!(check(&graph).len(), 1);
        graph.packages[0].dependencies[0].kind = Some("dev".to_owned());
        assert_eq!(check(&graph).len(), 0);
    }

    #[test]
    fn a_room_that_is_not_on_the_plan_is_told() {
        assert_eq!(offences("devos-extras", "serde"), 1);
    }
}
