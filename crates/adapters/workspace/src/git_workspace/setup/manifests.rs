//! Which parts of manifests and lockfiles decide what a setup phase fetches.
//!
//! What is known to be beside the point is left out: a package's own version, its description, the settings of linters
//! and test runners. Everything else counts, so that a key that nobody thought of makes setup run once too often and
//! never once too rarely. Files that can not be read, and kinds that are not listed here, count as a whole.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value};

use super::installs::Installs;

/// Files that decide what a setup phase fetches, by name; beside them everything named `requirements*.txt`.
const NAMES: [&str; 37] = [
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "bun.lock",
    "bun.lockb",
    ".npmrc",
    ".nvmrc",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "constraints.txt",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "Pipfile",
    "Pipfile.lock",
    ".python-version",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "rust-toolchain",
    "go.mod",
    "go.sum",
    "Gemfile",
    "Gemfile.lock",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "settings.gradle",
    "settings.gradle.kts",
    "gradle.lockfile",
    "composer.json",
    "composer.lock",
    "mix.lock",
];
/// Larger files count as a whole, bytes.
const MOST_BYTES: u64 = 16 << 20;

/// What describes a package to people, in the manifests of all languages.
const ABOUT: [&str; 22] = [
    "version",
    "description",
    "readme",
    "license",
    "license-file",
    "license-files",
    "author",
    "authors",
    "maintainers",
    "contributors",
    "keywords",
    "categories",
    "classifiers",
    "urls",
    "homepage",
    "repository",
    "documentation",
    "bugs",
    "funding",
    "support",
    "publish",
    "publishConfig",
];
/// What `package.json` says to linters, test runners and those who import the package.
const JAVASCRIPT: [&str; 21] = [
    "main",
    "module",
    "types",
    "typings",
    "exports",
    "browser",
    "sideEffects",
    "files",
    "eslintConfig",
    "eslintIgnore",
    "prettier",
    "stylelint",
    "commitlint",
    "lint-staged",
    "jest",
    "mocha",
    "ava",
    "nyc",
    "c8",
    "babel",
    "browserslist",
];
/// Scripts that package managers run by themselves while they install.
const HOOKS: [&str; 7] = ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"];
/// What `[project]` and `[tool.poetry]` say of programs to install; whoever installs them counts the whole file.
const PROGRAMS: [&str; 4] = ["scripts", "gui-scripts", "entry-points", "plugins"];
/// Linters, test runners and release tools below `[tool]` of `pyproject.toml`.
const PYTHON: [&str; 33] = [
    "ruff",
    "black",
    "isort",
    "yapf",
    "autopep8",
    "autoflake",
    "docformatter",
    "djlint",
    "pylint",
    "flake8",
    "pydocstyle",
    "pycodestyle",
    "mypy",
    "pydantic-mypy",
    "pyright",
    "basedpyright",
    "pyrefly",
    "ty",
    "pytest",
    "coverage",
    "mutmut",
    "bandit",
    "codespell",
    "interrogate",
    "vulture",
    "deptry",
    "importlinter",
    "commitizen",
    "towncrier",
    "semantic_release",
    "bumpversion",
    "bumpver",
    "tbump",
];

/// True when a setup phase may read the file.
pub(super) fn is_one(path: &str) -> bool {
    NAMES.contains(&name_of(path)) || is_requirements(path)
}

/// What of each manifest decides, as (path, text), and what setup installs when the requirements files are read too.
pub(super) fn read(
    checkout: &Path,
    files: Vec<(String, String)>,
    commands: Installs,
) -> io::Result<(Installs, Vec<(String, String)>)> {
    let mut installs = commands;
    // Git has made sure that no directory on the way is a symbolic link.
    for (path, _) in files.iter().filter(|(path, _)| is_requirements(path)) {
        let text = fs::read(checkout.join(path))?;
        installs = installs.max(Installs::of_requirements(&String::from_utf8_lossy(&text)));
    }
    let mut decides = Vec::new();
    for (path, blob) in files {
        let place = checkout.join(&path);
        let small = installs == Installs::Nothing && place.metadata()?.len() <= MOST_BYTES;
        let part = if small { relevant(&path, &fs::read(place)?) } else { None };
        decides.push((path, part.unwrap_or(blob)));
    }
    Ok((installs, decides))
}

/// The parts of a manifest that decide, as JSON; `None` when all of it does.
fn relevant(path: &str, bytes: &[u8]) -> Option<String> {
    let parse: fn(&[u8]) -> Option<Value> = if Path::new(path).extension().is_some_and(|extension| extension == "json")
    {
        |bytes| serde_json::from_slice(bytes).ok()
    } else {
        parse_toml
    };
    let reduce: fn(&mut Map<String, Value>) = match name_of(path) {
        "package.json" => package_json,
        "package-lock.json" | "npm-shrinkwrap.json" => package_lock,
        "composer.json" => |manifest| without(manifest, &ABOUT),
        "pyproject.toml" => pyproject,
        "Cargo.toml" => cargo_manifest,
        "Cargo.lock" | "uv.lock" => locked_packages,
        _ => return None,
    };
    let mut value = parse(bytes)?;
    reduce(value.as_object_mut()?);
    Some(value.to_string())
}

fn parse_toml(bytes: &[u8]) -> Option<Value> {
    toml::from_str(std::str::from_utf8(bytes).ok()?).ok()
}

fn package_json(manifest: &mut Map<String, Value>) {
    without(manifest, &ABOUT);
    without(manifest, &JAVASCRIPT);
    // A hook can call any of the others.
    if let Some(scripts) = table(manifest, "scripts")
        && !HOOKS.iter().any(|hook| scripts.contains_key(*hook))
    {
        manifest.remove("scripts");
    }
}

fn package_lock(lock: &mut Map<String, Value>) {
    lock.remove("version");
    let packages = table(lock, "packages").into_iter().flatten();
    for (_, package) in packages.filter(|(path, _)| !path.contains("node_modules")) {
        if let Some(package) = package.as_object_mut() {
            without(package, &ABOUT);
        }
    }
}

fn pyproject(manifest: &mut Map<String, Value>) {
    if let Some(project) = table(manifest, "project") {
        without(project, &ABOUT);
        without(project, &PROGRAMS);
    }
    let Some(tool) = table(manifest, "tool") else { return };
    without(tool, &PYTHON);
    if let Some(poetry) = table(tool, "poetry") {
        without(poetry, &ABOUT);
        without(poetry, &PROGRAMS);
    }
    if tool.is_empty() {
        manifest.remove("tool");
    }
}

fn cargo_manifest(manifest: &mut Map<String, Value>) {
    for name in ["package", "workspace"] {
        if let Some(package) = table(manifest, name) {
            without(package, &ABOUT);
            if let Some(inherited) = table(package, "package") {
                without(inherited, &ABOUT);
            }
        }
    }
    for value in manifest.values_mut() {
        forget_own_versions(value);
    }
}

/// Packages of the same repository name each other by path, and their version beside it moves with every release.
fn forget_own_versions(value: &mut Value) {
    let Some(table) = value.as_object_mut() else { return };
    if table.get("path").is_some_and(Value::is_string) {
        table.remove("version");
    }
    for value in table.values_mut() {
        forget_own_versions(value);
    }
}

/// Packages of the repository itself have no source, or one that is a path.
fn locked_packages(lock: &mut Map<String, Value>) {
    let packages = lock.get_mut("package").and_then(Value::as_array_mut).into_iter().flatten();
    for package in packages.filter_map(Value::as_object_mut) {
        let own = match package.get("source") {
            None => true,
            Some(source) => ["editable", "virtual", "directory"].iter().any(|kind| source.get(kind).is_some()),
        };
        if own {
            package.remove("version");
        }
    }
}

fn table<'a>(parent: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    parent.get_mut(name)?.as_object_mut()
}

fn without(table: &mut Map<String, Value>, names: &[&str]) {
    table.retain(|name, _| !names.contains(&name.as_str()));
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_requirements(path: &str) -> bool {
    name_of(path).strip_prefix("requirements").is_some_and(|rest| rest.strip_suffix(".txt").is_some())
}

#[cfg(test)]
mod tests;
