//! Paths of stack frames, made independent of where the code was checked out.

/// Where checkouts lie on well-known machines; `*` stands for one component. Longer ones first.
const ROOTS: &[&str] = &[
    "/home/runner/work/*/*/",
    "/Users/runner/work/*/*/",
    "/opt/atlassian/pipelines/agent/build/",
    "/buildkite/builds/*/*/*/",
    "/private/var/folders/*/*/T/*/",
    "/var/folders/*/*/T/*/",
    "/var/lib/jenkins/workspace/*/",
    "/home/jenkins/workspace/*/",
    "/home/circleci/project/",
    "/github/workspace/",
    "/vercel/path0/",
    "/codebuild/output/*/src/*/",
    "/builds/*/*/",
    "/__w/*/*/",
    "/a/*/*/",
    "/workspaces/*/",
    "/workspace/",
    "/usr/src/app/",
    "/var/task/",
    "/app/",
    "/code/",
    "/private/tmp/*/",
    "/tmp/*/",
    "/var/tmp/*/",
    "/home/*/",
    "/Users/*/",
];

/// Schemes that bundlers and runtimes put in front of a path.
const SCHEMES: &[&str] = &["file://", "webpack-internal:///", "webpack://", "app://", "app:///"];

/// A path without the checkout's place, with forward slashes; never absolute.
pub fn relative(path: &str) -> String {
    let mut path = path.trim().replace('\\', "/");
    for scheme in SCHEMES {
        if let Some(rest) = path.strip_prefix(scheme) {
            path = rest.to_owned();
            break;
        }
    }
    let bytes = path.as_bytes();
    if bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && bytes[2] == b'/' {
        path.drain(..2);
    }
    let rest = ROOTS.iter().find_map(|root| strip_root(&path, root)).unwrap_or(&path);
    let mut rest = rest;
    while let Some(shorter) = rest.strip_prefix("./").or_else(|| rest.strip_prefix('/')) {
        rest = shorter;
    }
    rest.to_owned()
}

/// The last two components: enough to tell files apart, and equal wherever the checkout lay.
pub(super) fn tail(path: &str) -> String {
    let parts: Vec<_> = path.rsplit('/').filter(|part| !part.is_empty()).take(2).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}

fn strip_root<'a>(path: &'a str, root: &str) -> Option<&'a str> {
    let mut rest = path.strip_prefix('/')?;
    for part in root.trim_matches('/').split('/') {
        let (head, tail) = rest.split_once('/')?;
        if part != "*" && part != head {
            return None;
        }
        rest = tail;
    }
    (!rest.is_empty()).then_some(rest)
}
