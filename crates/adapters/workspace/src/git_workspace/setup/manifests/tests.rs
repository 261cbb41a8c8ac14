use super::*;

/// Changes (what is replaced, what by) that must not matter, and such that must.
fn check(path: &str, manifest: &str, beside: &[(&str, &str)], decisive: &[(&str, &str)]) {
    let before = relevant(path, manifest.as_bytes()).expect("it can be read");
    for (matters, changes) in [(false, beside), (true, decisive)] {
        for (old, new) in changes {
            assert!(manifest.contains(old), "{path} lacks {old}");
            let after = relevant(path, manifest.replacen(old, new, 1).as_bytes()).expect("it can still be read");
            assert_eq!(before != after, matters, "{path}: {old} -> {new}");
        }
    }
}

#[test]
fn package_json_counts_by_its_dependencies() {
    let manifest = r#"{
        "name": "shop", "version": "1.2.3", "description": "A shop", "license": "MIT", "main": "index.js",
        "scripts": {"test": "node --test"}, "jest": {"verbose": true}, "author": {"name": "Ada"},
        "dependencies": {"left-pad": "^1.0.0"}, "devDependencies": {"jest": "29"}, "engines": {"node": ">=20"},
        "packageManager": "pnpm@9.0.0", "overrides": {"x": "1"}, "workspaces": ["packages/*"], "strange": 1
    }"#;
    let beside = [
        ("1.2.3", "1.2.4"),
        ("A shop", "The shop"),
        ("MIT", "ISC"),
        ("index.js", "main.js"),
        ("node --test", "jest"),
        ("\"verbose\": true", "\"verbose\": false"),
        ("Ada", "Grace"),
        ("\"version\": \"1.2.3\", ", ""),
    ];
    let decisive = [
        ("^1.0.0", "^1.0.1"),
        ("\"29\"", "\"30\""),
        (">=20", ">=22"),
        ("pnpm@9.0.0", "pnpm@10.0.0"),
        ("\"x\": \"1\"", "\"x\": \"2\""),
        ("packages/*", "apps/*"),
        ("\"strange\": 1", "\"strange\": 2"),
        ("\"test\": ", "\"postinstall\": "),
    ];
    check("web/package.json", manifest, &beside, &decisive);
    let hooked = r#"{"scripts": {"prepare": "npm run build", "build": "tsc"}}"#;
    check("package.json", hooked, &[], &[("tsc", "tsc -p a"), ("npm run build", "husky")]);
}

#[test]
fn a_package_lock_counts_but_for_the_packages_of_the_repository() {
    let lock = r#"{"name": "shop", "version": "1.2.3", "lockfileVersion": 3, "packages": {
        "": {"name": "shop", "version": "1.2.3a", "license": "MIT", "dependencies": {"left-pad": "^1.0.0"}},
        "packages/a": {"version": "7.0.0"},
        "node_modules/left-pad": {"version": "1.3.0", "integrity": "sha512-a"}
    }}"#;
    let beside = [("\"1.2.3\"", "\"2.0.0\""), ("1.2.3a", "2.0.0"), ("MIT", "ISC"), ("7.0.0", "8.0.0")];
    let decisive = [("1.3.0", "1.3.1"), ("sha512-a", "sha512-b"), ("^1.0.0", "^2.0.0"), (": 3", ": 2")];
    check("package-lock.json", lock, &beside, &decisive);
    check("npm-shrinkwrap.json", lock, &beside, &decisive);
}

#[test]
fn pyproject_counts_by_its_dependencies_and_its_build() {
    let manifest = r#"
[build-system]
requires = ["setuptools>=61"]
[project]
name = "shop"
version = "1.2.3"
description = "A shop"
authors = [{name = "Ada"}]
classifiers = ["Private"]
requires-python = ">=3.10"
dependencies = ["requests>=2"]
[project.urls]
Home = "https://example.org/a"
[project.scripts]
shop = "shop:main"
[project.optional-dependencies]
test = ["pytest>=8"]
[dependency-groups]
dev = ["mypy>=1"]
[tool.ruff]
line-length = 120
[tool.pytest.ini_options]
addopts = "-q"
[tool.poetry]
version = "1.2.3-poetry"
[tool.poetry.dependencies]
attrs = "^23"
[tool.uv]
index-url = "https://example.org/simple"
[tool.unknown]
x = 1
"#;
    let beside = [
        ("\"1.2.3\"", "\"1.3.0\""),
        ("A shop", "The shop"),
        ("Ada", "Grace"),
        ("Private", "Public"),
        ("https://example.org/a", "https://example.org/b"),
        ("shop:main", "shop:run"),
        ("= 120", "= 100"),
        ("-q", "-v"),
        ("1.2.3-poetry", "1.3.0"),
        ("[tool.ruff]", "# a comment\n[tool.ruff]"),
    ];
    let decisive = [
        ("setuptools>=61", "setuptools>=70"),
        (">=3.10", ">=3.11"),
        ("requests>=2", "requests>=3"),
        ("pytest>=8", "pytest>=9"),
        ("mypy>=1", "mypy>=2"),
        ("^23", "^24"),
        ("example.org/simple", "example.org/other"),
        ("x = 1", "x = 2"),
    ];
    check("pyproject.toml", manifest, &beside, &decisive);
}

#[test]
fn cargo_toml_counts_but_for_what_describes_the_package() {
    let manifest = r#"
[package]
name = "shop"
version = "1.2.3"
description = "A shop"
edition = "2024"
rust-version = "1.90"
[workspace.package]
version = "4.5.6"
[dependencies]
serde = { version = "1.0.1", features = ["derive"] }
core = { path = "core", version = "1.2.4" }
[target.'cfg(unix)'.dependencies]
nix = "0.30"
own = { path = "own", version = "1.2.5" }
[profile.dev]
opt-level = 1
"#;
    let beside = [
        ("1.2.3", "1.3.0"),
        ("A shop", "The shop"),
        ("4.5.6", "5.0.0"),
        ("version = \"1.2.4\"", "version = \"1.3.0\""),
        ("version = \"1.2.5\"", "version = \"1.3.0\""),
    ];
    let decisive = [
        ("1.0.1", "1.0.2"),
        ("derive", "rc"),
        ("0.30", "0.31"),
        ("2024", "2021"),
        ("1.90", "1.91"),
        ("path = \"core\"", "path = \"kernel\""),
        ("opt-level = 1", "opt-level = 2"),
        ("\"shop\"", "\"store\""),
    ];
    check("Cargo.toml", manifest, &beside, &decisive);
}

#[test]
fn locks_count_but_for_the_packages_of_the_repository() {
    let cargo = "version = 4\n[[package]]\nname = \"shop\"\nversion = \"1.2.3\"\ndependencies = [\"serde\"]\n\
        [[package]]\nname = \"serde\"\nversion = \"1.0.1\"\nsource = \"registry+x\"\nchecksum = \"aa\"\n";
    let decisive = [("1.0.1", "1.0.2"), ("\"aa\"", "\"bb\""), ("[\"serde\"]", "[]"), ("= 4", "= 3")];
    check("Cargo.lock", cargo, &[("1.2.3", "1.2.4")], &decisive);
    let uv = "version = 1\n[[package]]\nname = \"shop\"\nversion = \"1.2.3\"\nsource = { editable = \".\" }\n\
        [[package]]\nname = \"a\"\nversion = \"1.0.1\"\nsource = { registry = \"https://example.org\" }\n";
    check("uv.lock", uv, &[("1.2.3", "1.2.4")], &[("1.0.1", "1.0.2"), ("example.org", "example.com")]);
    let composer = r#"{"name": "a/shop", "version": "1.0.0", "require": {"php": ">=8"}}"#;
    check("composer.json", composer, &[("1.0.0", "1.0.1")], &[(">=8", ">=9")]);
}

#[test]
fn what_can_not_be_read_counts_as_a_whole() {
    for (path, text) in [
        ("package.json", "{\"version\": "),
        ("package.json", "[]"),
        ("pyproject.toml", "[project"),
        ("Cargo.toml", "\u{0}"),
        ("setup.cfg", "[metadata]\nversion = 1"),
        ("setup.py", "setup(version='1')"),
        ("requirements.txt", "a==1"),
        ("go.mod", "module a"),
        ("go.sum", "a"),
        ("pom.xml", "<project/>"),
        ("Gemfile", "gem 'a'"),
        ("yarn.lock", "a@1:\n"),
    ] {
        assert!(is_one(path), "{path}");
        assert_eq!(relevant(path, text.as_bytes()), None, "{path}");
    }
    assert_eq!(relevant("pyproject.toml", b"\xff"), None);
    assert!(is_one("deep/er/requirements-dev.txt") && !is_one("README.md") && !is_one("requirements.md"));
}

#[test]
fn what_installs_the_project_counts_more_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    let files =
        || ["package.json", "requirements.txt"].map(|name| (name.to_owned(), format!("blob of {name}"))).to_vec();
    write("package.json", r#"{"version": "1", "dependencies": {}}"#);
    write("requirements.txt", "a==1\n");
    let (installs, parts) = read(directory.path(), files(), Installs::Nothing).unwrap();
    assert_eq!((installs, parts[0].1.as_str()), (Installs::Nothing, r#"{"dependencies":{}}"#));
    assert_eq!(parts[1].1, "blob of requirements.txt");

    let (installs, parts) = read(directory.path(), files(), Installs::Link).unwrap();
    assert_eq!((installs, parts[0].1.as_str()), (Installs::Link, "blob of package.json"));
    write("requirements.txt", "a==1\n-e .\n");
    let (installs, parts) = read(directory.path(), files(), Installs::Nothing).unwrap();
    assert_eq!((installs, parts[0].1.as_str()), (Installs::Link, "blob of package.json"));
    read(directory.path(), vec![("missing.txt".to_owned(), String::new())], Installs::Nothing).expect_err("not there");
}
