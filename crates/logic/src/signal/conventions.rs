//! OpenTelemetry's semantic conventions of code, version control, pipelines and tests; older names count as well.

use devos_contracts::CommitId;
use devos_contracts::signal::{RepositoryHint, SignalType};
use devos_contracts::telemetry::Attributes;
use serde_json::Value;

use crate::pattern;

// The present name first, then what it was called before.
const FILE: &[&str] = &["code.file.path", "code.filepath"];
const FUNCTION: &[&str] = &["code.function.name", "code.function"];
const LINE: &[&str] = &["code.line.number", "code.lineno"];
const REVISION: &[&str] = &["vcs.ref.head.revision", "vcs.repository.ref.revision", "vcs.ref.head", "service.version"];
const REPOSITORY_URL: &[&str] = &["vcs.repository.url.full", "vcs.repository.url"];
const REPOSITORY_NAME: &[&str] = &["vcs.repository.name"];
const PIPELINE: &[&str] = &["cicd.pipeline.name"];
const TASK: &[&str] = &["cicd.pipeline.task.name"];
const RUN: &[&str] = &["cicd.pipeline.run.id"];
const RESULT: &[&str] = &[
    "cicd.pipeline.task.run.result",
    "cicd.pipeline.task.run.status",
    "cicd.pipeline.result",
    "cicd.pipeline.run.result",
    "cicd.pipeline.run.status",
];
const TEST: &[&str] = &["test.case.name"];
const TEST_RESULT: &[&str] = &["test.case.result.status"];

/// Results that are failures; skips and cancellations are none.
const FAILING: &[&str] = &["fail", "failed", "failure", "error", "errored", "timeout", "timed_out", "startup_failure"];

/// A record's attributes, and those of its resource behind them.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) own: &'a Attributes,
    pub(super) resource: Option<&'a Attributes>,
}

impl<'a> Record<'a> {
    /// The tested or deployed commit.
    pub(super) fn commit(self) -> Option<CommitId> {
        let all = [Some(self.own), self.resource].into_iter().flatten();
        let mut found = all.flat_map(|attributes| REVISION.iter().filter_map(|key| text(attributes, key)));
        found.find_map(CommitId::parse)
    }

    /// What is said of the repository.
    pub(super) fn repository(self) -> Option<RepositoryHint> {
        let (url, name) = (self.text(REPOSITORY_URL), self.text(REPOSITORY_NAME));
        let hint = RepositoryHint { url: url.map(str::to_owned), name: name.map(str::to_owned) };
        (url.is_some() || name.is_some()).then_some(hint)
    }

    /// The file that the record names, relative where that can be told.
    pub(super) fn file(self) -> Option<String> {
        first(self.own, FILE).map(pattern::relative)
    }

    /// Its place as a frame, for failures that bring no trace along.
    pub(super) fn frame(self) -> Option<String> {
        let (file, line) = (self.file()?, LINE.iter().find_map(|key| number(self.own.get(*key)?))?);
        let function = first(self.own, FUNCTION).unwrap_or("<unknown>");
        Some(format!("  File \"{file}\", line {line}, in {function}"))
    }

    fn text(self, names: &[&str]) -> Option<&'a str> {
        first(self.own, names).or_else(|| first(self.resource?, names))
    }
}

/// A record about work of continuous integration: about a test, or about a pipeline or one of its tasks.
pub(super) struct Work<'a> {
    pub(super) signal_type: SignalType,
    /// The test's name.
    pub(super) test: Option<&'a str>,
    /// The pipeline run's id.
    pub(super) run: Option<&'a str>,
    result: Option<&'a str>,
    name: String,
}

impl<'a> Work<'a> {
    /// By the record's own attributes: whatever runs in a pipeline may have the pipeline's on its resource.
    pub(super) fn of(record: Record<'a>) -> Option<Self> {
        let run = record.text(RUN);
        if let Some(test) = first(record.own, TEST) {
            let result = first(record.own, TEST_RESULT);
            let name = test.to_owned();
            return Some(Self { signal_type: SignalType::TestFailure, test: Some(test), run, result, name });
        }
        if !record.own.keys().any(|key| key.starts_with("cicd.pipeline.")) {
            return None;
        }
        let parts = [record.text(PIPELINE), first(record.own, TASK)];
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" / ");
        Some(Self { signal_type: SignalType::CiFailure, test: None, run, result: first(record.own, RESULT), name })
    }

    /// Whether it failed, as far as it says.
    pub(super) fn failed(&self) -> Option<bool> {
        self.result.map(|result| FAILING.contains(&result.to_ascii_lowercase().as_str()))
    }

    /// What failed, for people: `build / unit tests: failure`.
    pub(super) fn message(&self) -> Option<String> {
        let result = self.result.unwrap_or("failed").to_ascii_lowercase();
        (!self.name.is_empty()).then(|| format!("{}: {result}", self.name))
    }
}

/// Whether a connected repository is the one that telemetry names: by its address, which may be written in any of git's
/// ways, or else by its name, with or without its owner.
pub fn is_repository(hint: &RepositoryHint, name: &str, remote: &str) -> bool {
    match &hint.url {
        Some(url) => address(url) == address(remote),
        None => hint.name.as_deref().is_some_and(|hint| {
            let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_lowercase();
            hint.eq_ignore_ascii_case(name) || (!(hint.contains('/') && name.contains('/')) && last(hint) == last(name))
        }),
    }
}

/// Host and path alone: `https://ann@host/team/shop.git/`, `ssh://git@host:22/team/shop` and `git@host:team/shop` are
/// one.
fn address(url: &str) -> String {
    let url = url.trim().to_lowercase();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", &url));
    let path_at = rest.find('/').unwrap_or(rest.len());
    let rest = rest[..path_at].rfind('@').map_or(rest, |at| &rest[at + 1..]);
    let (host, path) = match (scheme, rest.split_once(':')) {
        ("", Some((host, path))) if !host.contains('/') => (host, path),
        _ => rest.split_once('/').unwrap_or((rest, "")),
    };
    let host = host.split(':').next().unwrap_or_default();
    let path = path.trim_matches('/');
    format!("{host}/{}", path.strip_suffix(".git").unwrap_or(path))
}

fn first<'a>(attributes: &'a Attributes, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| text(attributes, name))
}

/// A text of the attributes that is not empty.
pub(super) fn text<'a>(attributes: &'a Attributes, key: &str) -> Option<&'a str> {
    attributes.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A whole number; some senders write all attributes as text.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use devos_contracts::signal::RepositoryHint;

    use super::is_repository;

    #[test]
    fn repositories_are_told_by_their_address() {
        let named = |url: &str, remote: &str| {
            is_repository(&RepositoryHint { url: Some(url.to_owned()), name: Some("shop".to_owned()) }, "shop", remote)
        };
        let remote = "https://git.example.com/team/shop.git";
        for url in [
            "https://git.example.com/team/shop",
            "https://ann:token@Git.Example.com/Team/shop.git/",
            "ssh://git@git.example.com:22/team/shop.git",
            "git@git.example.com:team/shop.git",
            "git.example.com:team/shop",
            "git://git.example.com/team/shop",
        ] {
            assert!(named(url, remote), "{url}");
        }
        for url in [
            "https://git.example.com/team/shop2",
            "https://example.com/team/shop",
            "https://x/@git.example.com/team/shop",
            "",
        ] {
            assert!(!named(url, remote), "{url}: the address decides where there is one");
        }
        assert!(named("/srv/git/shop.git", "/srv/git/shop.git"));
    }

    #[test]
    fn repositories_are_told_by_their_name_where_there_is_no_address() {
        let named = |hint: &str, name: &str| {
            is_repository(&RepositoryHint { url: None, name: Some(hint.to_owned()) }, name, "https://x.example/y")
        };
        assert!(
            named("shop", "shop") && named("team/shop", "shop") && named("shop", "team/shop") && named("Shop", "shop")
        );
        assert!(!named("other/shop", "team/shop") && !named("shop", "workshop"));
        assert!(!is_repository(&RepositoryHint::default(), "shop", "shop"));
    }
}
