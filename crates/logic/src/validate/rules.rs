//! The rules.

use devos_contracts::proposal::Violation;
use devos_contracts::repository::RepositorySettings;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::diff::{Content, FileChange};
use super::path;
use super::weakening::{self, Loss};
use crate::redact::{self, Certainty};

/// What kind of change is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// A commit is undone.
    Revert,
    /// Code is edited.
    Edit,
}

/// Every rule that a change breaks; empty is good.
///
/// `failing_test` is the test that the change must repair. Tests may not be weakened: an edit may take no test and no
/// assertion away. A revert must be allowed to, because a commit that added code usually added its tests, and they go with
/// it; but it may not touch the failing test itself, may not skip anything, and may not change tests alone, for each of
/// these would silence the failure instead of repairing it. What else it takes away raises the risk.
pub fn rules(
    changes: &[FileChange],
    settings: &RepositorySettings,
    kind: ChangeKind,
    failing_test: Option<&str>,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    if changes.is_empty() {
        violations.push(violation("empty_change", None, "it changes nothing"));
    }
    violations.extend(sizes(changes, settings));
    let protected = match protected(&settings.protected_paths) {
        Ok(globs) => globs,
        Err((glob, error)) => {
            // A rule that can not be read protects everything.
            violations.push(violation(
                "unreadable_protection",
                None,
                format!("the protected path `{glob}` is no glob: {error}"),
            ));
            GlobSet::empty()
        }
    };
    for change in changes {
        for path in change.paths() {
            violations.extend(place(path, &protected));
        }
        violations.extend(form(change));
        violations.extend(secrets(change));
    }
    violations.extend(weakened(changes, kind, failing_test));
    violations
}

fn violation(rule: &str, path: Option<&str>, explanation: impl Into<String>) -> Violation {
    Violation { rule: rule.to_owned(), path: path.map(str::to_owned), explanation: explanation.into() }
}

fn sizes(changes: &[FileChange], settings: &RepositorySettings) -> Vec<Violation> {
    let mut violations = Vec::new();
    let lines: u64 = changes.iter().map(|change| u64::from(change.added) + u64::from(change.removed)).sum();
    if changes.len() as u64 > u64::from(settings.max_files) {
        let explanation = format!("{} files; {} are allowed", changes.len(), settings.max_files);
        violations.push(violation("too_many_files", None, explanation));
    }
    if lines > u64::from(settings.max_lines) {
        violations.push(violation(
            "too_many_lines",
            None,
            format!("{lines} lines; {} are allowed", settings.max_lines),
        ));
    }
    violations
}

/// A protected name protects what is below it, in any case.
fn protected(paths: &[String]) -> Result<GlobSet, (String, globset::Error)> {
    let mut set = GlobSetBuilder::new();
    for path in paths {
        let path = path.trim_end_matches('/');
        for glob in [path.to_owned(), format!("{path}/**")] {
            let glob = GlobBuilder::new(&glob).literal_separator(true).case_insensitive(true).build();
            set.add(glob.map_err(|error| (path.to_owned(), error))?);
        }
    }
    set.build().map_err(|error| (String::new(), error))
}

/// Where nothing may be changed.
fn place(path: &str, protected: &GlobSet) -> Option<Violation> {
    let (rule, explanation) = if path::is_unsafe(path) {
        ("unsafe_path", "the path could leave the checkout or deceive its reader")
    } else if path::is_workflow(path) {
        ("workflow_change", "continuous integration is changed by people only")
    } else if path::is_own_settings(path) {
        ("protected_path", "self-healing may not change its own settings")
    } else if path::is_git_metadata(path) {
        ("git_metadata", "git's own files decide what is checked out and executed")
    } else if protected.is_match(path) {
        ("protected_path", "an admin protected this path")
    } else {
        return None;
    };
    Some(violation(rule, Some(path), explanation))
}

/// What no file may be.
fn form(change: &FileChange) -> Option<Violation> {
    let (rule, explanation) = match change.content {
        Content::Symlink => ("symlink", "a symbolic link can point out of the checkout"),
        Content::Submodule => ("submodule", "a submodule brings code that nobody reviewed here"),
        Content::Binary => ("binary_change", "nobody can review a binary change"),
        Content::Text if change.mode_changed => ("mode_change", "the executable bit or the file's type changes"),
        Content::Text => return None,
    };
    Some(violation(rule, Some(&change.path), explanation))
}

/// What looks like a secret in a new line; the explanation never repeats it.
fn secrets(change: &FileChange) -> Option<Violation> {
    let found = change.added_lines().find_map(|line| {
        redact::find(line).into_iter().find(|finding| match finding.certainty {
            Certainty::Shape => true,
            // In code, `password = form.password` is everyday; a quoted random literal is not.
            Certainty::Context => finding.rule == "assignment" && is_literal(line, &finding.range),
        })
    })?;
    Some(violation("secret", Some(&change.path), format!("a new line holds what looks like a secret ({})", found.rule)))
}

fn is_literal(line: &str, range: &std::ops::Range<usize>) -> bool {
    let value = &line[range.clone()];
    let quoted = line[..range.start].ends_with(['"', '\'']) && line[range.end..].starts_with(['"', '\'', '\\']);
    let digits = value.bytes().any(|b| b.is_ascii_digit());
    let letters = value.bytes().any(|b| b.is_ascii_alphabetic());
    quoted && digits && letters && value.len() >= 12 && !value.contains(char::is_whitespace)
}

fn weakened(changes: &[FileChange], kind: ChangeKind, failing_test: Option<&str>) -> Vec<Violation> {
    let mut violations = Vec::new();
    let only_tests = changes.iter().all(|change| path::is_test(&change.path));
    for change in changes {
        let loss = Loss::of(change);
        let path = Some(change.path.as_str());
        if failing_test.is_some_and(|test| weakening::hits(change, test)) {
            violations.push(violation(
                "test_weakened",
                path,
                "it takes the failing test away, or what that test checks",
            ));
        } else if loss.skips > 0 {
            violations.push(violation("test_weakened", path, format!("{} tests are no longer run", loss.skips)));
        } else if !loss.is_none() && (kind == ChangeKind::Edit || only_tests) {
            let explanation = format!("{} tests and {} assertions are lost", loss.tests, loss.assertions);
            violations.push(violation("test_weakened", path, explanation));
        }
    }
    violations
}
