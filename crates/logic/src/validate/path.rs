//! What a path says about its file.

/// Files that decide what is installed.
const DEPENDENCIES: &[&str] = &[
    "cargo.toml",
    "cargo.lock",
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lockb",
    "pyproject.toml",
    "poetry.lock",
    "uv.lock",
    "pipfile",
    "pipfile.lock",
    "setup.py",
    "setup.cfg",
    "go.mod",
    "go.sum",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "settings.gradle",
    "gradle.lockfile",
    "libs.versions.toml",
    "gemfile",
    "gemfile.lock",
    "composer.json",
    "composer.lock",
    "mix.exs",
    "mix.lock",
    "packages.config",
    "directory.packages.props",
];

/// Files of continuous integration outside `.github`.
const WORKFLOWS: &[&str] = &[
    ".circleci",
    ".buildkite",
    ".travis.yml",
    ".woodpecker",
    ".woodpecker.yml",
    ".drone.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "jenkinsfile",
    "appveyor.yml",
    ".ci",
];

fn parts(path: &str) -> impl Iterator<Item = String> {
    path.split('/').map(str::to_lowercase)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What follows the last full stop of the file's name.
pub(super) fn ending(path: &str) -> &str {
    file_name(path).rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// True for files that hold tests, by the conventions of the common languages.
pub fn is_test(path: &str) -> bool {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    if parts(directory)
        .any(|part| matches!(part.as_str(), "test" | "tests" | "__tests__" | "spec" | "specs" | "e2e" | "testdata"))
    {
        return true;
    }
    let name = file_name(path);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    match ending {
        "py" => stem.starts_with("test_") || stem.ends_with("_test") || matches!(stem, "conftest" | "tests"),
        "go" => stem.ends_with("_test"),
        "rs" => stem == "tests" || stem.ends_with("_test") || stem.ends_with("_tests"),
        "java" | "kt" | "scala" | "groovy" => ["Test", "Tests", "IT", "Spec"].iter().any(|end| stem.ends_with(end)),
        "rb" => stem.ends_with("_spec") || stem.ends_with("_test"),
        "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" => {
            stem.rsplit_once('.').is_some_and(|(_, kind)| matches!(kind, "test" | "spec"))
        }
        _ => false,
    }
}

/// True for manifests and lock files.
pub(crate) fn is_dependency(path: &str) -> bool {
    let name = file_name(path).to_lowercase();
    let requirements = name.starts_with("requirements") || name.starts_with("constraints");
    DEPENDENCIES.contains(&name.as_str()) || (requirements && ending(&name) == "txt")
}

/// True for files that change the shape of stored data.
pub(crate) fn is_migration(path: &str) -> bool {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    parts(directory).any(|part| matches!(part.as_str(), "migrations" | "migration" | "migrate" | "alembic" | "flyway"))
}

/// True for descriptions of an interface that others program against.
pub(crate) fn is_interface(path: &str) -> bool {
    let name = file_name(path).to_lowercase();
    let described = ["proto", "graphql", "graphqls", "wsdl", "thrift", "avsc"].contains(&ending(&name));
    described || name.starts_with("openapi") || name.starts_with("swagger")
}

/// True for files that decide how and where the code runs.
pub(crate) fn is_deployment(path: &str) -> bool {
    let name = file_name(path).to_lowercase();
    let named = ["dockerfile", "containerfile", "docker-compose", "compose.", "makefile", "procfile"]
        .iter()
        .any(|start| name.starts_with(start));
    let placed = parts(path).any(|part| {
        matches!(part.as_str(), "helm" | "charts" | "terraform" | "k8s" | "kubernetes" | "infra" | "deploy")
    });
    named || placed || ending(&name) == "tf"
}

/// True for `.devos/**`.
pub(super) fn is_own_settings(path: &str) -> bool {
    parts(path).any(|part| part == ".devos")
}

/// True for git's own files at any depth, also as other file systems spell `.git`.
pub(super) fn is_git_metadata(path: &str) -> bool {
    parts(path).any(|part| part.starts_with(".git") || part.starts_with("git~"))
}

/// True for continuous integration.
pub(super) fn is_workflow(path: &str) -> bool {
    let github = parts(path).next().is_some_and(|first| first == ".github");
    github
        || path.to_lowercase().starts_with(".gitlab-ci")
        || parts(path).next().is_some_and(|first| WORKFLOWS.contains(&first.as_str()))
}

/// True for a path that could leave the checkout or deceive its reader.
pub(super) fn is_unsafe(path: &str) -> bool {
    let bad_part = |part: &str| matches!(part, "" | "." | "..");
    let drive = path.as_bytes().get(1) == Some(&b':');
    // Control characters, and the marks that change the direction of text.
    let deceives = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    drive || path.contains('\\') || path.chars().any(deceives) || path.split('/').any(bad_part)
}
