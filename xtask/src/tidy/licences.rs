//! Licences of what is built in, and our own.

use super::Offence;
use super::graph::Graph;
use crate::tree::Source;

/// Licences that ask for no more than their text in the notices.
const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "Apache-2.0 WITH LLVM-exception",
];

/// Packages that state no licence in their manifest, and the one their repository states.
const STATED_ELSEWHERE: [(&str, &str); 1] = [("apalis-postgres", "MIT")];

/// Checks every foreign package.
pub fn check(graph: &Graph) -> Vec<Offence> {
    let foreign = graph.packages.iter().filter(|package| !package.is_ours());
    let refused = foreign.filter_map(|package| {
        let elsewhere = STATED_ELSEWHERE.iter().find(|(name, _)| *name == package.name).map(|(_, licence)| *licence);
        match package.license.as_deref().or(elsewhere) {
            None => Some(Offence::of(&package.name, "states no licence")),
            Some(expression) if allows(expression) => None,
            Some(expression) => {
                Some(Offence::of(&package.name, format!("has the licence {expression}, not an allowed one")))
            }
        }
    });
    refused.collect()
}

/// Our own licence lies in the root and is the one the manifests name.
pub fn check_our_own(sources: &[Source]) -> Vec<Offence> {
    let text = sources.iter().find(|source| source.path == "LICENSE").map(|source| source.text.as_str());
    match text {
        Some(text) if text.contains("Apache License") && text.contains("Version 2.0") => Vec::new(),
        Some(_) => vec![Offence::of("LICENSE", "is not the text of Apache-2.0")],
        None => vec![Offence::of("LICENSE", "is missing")],
    }
}

/// What a part of an expression says, and the words after it; nothing if it is malformed.
type Reading<'a> = Option<(bool, &'a [&'a str])>;

/// Whether an SPDX expression can be met with allowed licences; `/` is the old way to write OR.
fn allows(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    any_of(&words).is_some_and(|(met, rest)| met && rest.is_empty())
}

fn any_of<'a>(words: &'a [&'a str]) -> Reading<'a> {
    let (mut met, mut rest) = all_of(words)?;
    while let ["OR", tail @ ..] = rest {
        let (other, after) = all_of(tail)?;
        met |= other;
        rest = after;
    }
    Some((met, rest))
}

fn all_of<'a>(words: &'a [&'a str]) -> Reading<'a> {
    let (mut met, mut rest) = one(words)?;
    while let ["AND", tail @ ..] = rest {
        let (other, after) = one(tail)?;
        met &= other;
        rest = after;
    }
    Some((met, rest))
}

fn one<'a>(words: &'a [&'a str]) -> Reading<'a> {
    match words {
        ["(", tail @ ..] => match any_of(tail)? {
            (met, [")", rest @ ..]) => Some((met, rest)),
            _ => None,
        },
        [licence, "WITH", exception, rest @ ..] => {
            Some((ALLOWED.contains(&format!("{licence} WITH {exception}").as_str()), rest))
        }
        [licence, rest @ ..] => Some((ALLOWED.contains(licence), rest)),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::sample;
    use super::*;

    #[test]
    fn expressions_are_read() {
        for good in
            ["MIT", "MIT/GPL-2.0", "(MIT OR GPL-2.0-only) AND ISC", "Apache-2.0 WITH LLVM-exception OR X", "X OR MIT"]
        {
            assert!(allows(good), "{good}");
        }
        for bad in ["", "GPL-3.0-only", "MIT AND GPL-2.0-only", "(MIT", "MIT OR", "MIT WITH Odd-exception", "MIT Zlib"]
        {
            assert!(!allows(bad), "{bad}");
        }
    }

    #[test]
    fn a_foreign_package_without_an_allowed_licence_is_told() {
        let graph = |license| sample(&[("left-pad", "1.0.0", license, &[])]);
        assert_eq!(check(&graph(Some("AGPL-3.0-only"))).len(), 1);
        assert_eq!(check(&graph(None)).len(), 1);
        assert_eq!(check(&graph(Some("MIT"))).len(), 0);
    }

    #[test]
    fn our_licence_must_be_there() {
        let file = |text: &str| [Source { path: "LICENSE".to_owned(), text: text.to_owned() }];
        assert_eq!(check_our_own(&[]).len(), 1);
        assert_eq!(check_our_own(&file("All rights reserved")).len(), 1);
        assert_eq!(check_our_own(&file("Apache License\nVersion 2.0, January 2004")).len(), 0);
    }
}
