//! Packages that must not be in the graph, or only once.

use std::collections::{BTreeMap, BTreeSet};

use super::Offence;
use super::graph::Graph;

/// TLS is rustls with ring, everywhere.
const BANNED: [(&str, &str); 5] = [
    ("openssl", "rustls with ring is used everywhere"),
    ("openssl-sys", "rustls with ring is used everywhere"),
    ("native-tls", "rustls with ring is used everywhere"),
    ("aws-lc-sys", "rustls with ring is used everywhere"),
    ("serde_yaml", "it is no longer maintained"),
];

/// Packages whose types cross rooms, or which start something of their own: two versions would not meet.
const ONCE: [&str; 19] = [
    "axum",
    "bytes",
    "chrono",
    "http",
    "hyper",
    "leptos",
    "opentelemetry",
    "prost",
    "reqwest",
    "ring",
    "rustls",
    "serde",
    "sqlx",
    "tokio",
    "tonic",
    "tower",
    "tracing",
    "uuid",
    "wasm-bindgen",
];

/// Checks the whole graph.
pub fn check(graph: &Graph) -> Vec<Offence> {
    let banned = graph.packages.iter().filter_map(|package| {
        let (name, why) = BANNED.iter().find(|(name, _)| *name == package.name)?;
        Some(Offence::of(name, format!("banned: {why} (`cargo tree --invert {name}` shows who wants it)")))
    });
    let mut lines: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in graph.packages.iter().filter(|package| ONCE.contains(&package.name.as_str())) {
        lines.entry(&package.name).or_default().insert(compatible(&package.version));
    }
    let twice = lines.into_iter().filter(|(_, versions)| versions.len() > 1).map(|(name, versions)| {
        let versions: Vec<&str> = versions.into_iter().collect();
        Offence::of(name, format!("is in the graph as {}; one version must serve all", versions.join(" and ")))
    });
    banned.chain(twice).collect()
}

/// The part of a version that cargo treats as one line: `1` of 1.2.3, `0.8` of 0.8.9.
fn compatible(version: &str) -> &str {
    let dots: Vec<usize> = version.match_indices('.').map(|(index, _)| index).collect();
    match dots[..] {
        [minor, patch, ..] => &version[..if version.starts_with("0.") { patch } else { minor }],
        _ => version,
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::sample;
    use super::*;

    #[test]
    fn each_banned_package_is_told() {
        for (name, _) in BANNED {
            assert_eq!(check(&sample(&[(name, "1.0.0", None, &[])])).len(), 1, "{name}");
        }
    }

    #[test]
    fn two_lines_of_one_package_are_told_and_two_patches_are_not() {
        for name in ONCE {
            assert_eq!(check(&sample(&[(name, "0.7.1", None, &[]), (name, "0.8.0", None, &[])])).len(), 1, "{name}");
        }
        assert_eq!(check(&sample(&[("tokio", "1.2.0", None, &[]), ("tokio", "1.3.0", None, &[])])).len(), 0);
        assert_eq!(check(&sample(&[("axum", "0.8.0", None, &[]), ("axum", "0.8.9", None, &[])])).len(), 0);
    }
}
