//! Whether a setup phase installs, beside dependencies, the project itself.
//!
//! It decides how much of the project its result depends on. What only fetches dependencies depends on the parts of
//! manifests that name them. What links the project (`pip install -e .`, `poetry install`) also writes the project's own
//! name, version and entry points down, so that manifests count as a whole. What copies it (`pip install .`) would show
//! the tests an old commit's code, so that every file counts. A command that is not known counts as one that links. A
//! version that is computed from git's tags is never part of the key: it would differ on every commit.

/// What a setup phase installs of the project, by how much its result depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Installs {
    /// Dependencies only.
    Nothing,
    /// A link to its files, and a note of what its manifests say.
    Link,
    /// A copy of its files.
    Copy,
}

/// Shell commands that install nothing.
const IDLE: [&str; 22] = [
    "cd",
    "export",
    "set",
    "unset",
    "umask",
    "mkdir",
    "rm",
    "chmod",
    "touch",
    "ls",
    "cat",
    "date",
    "echo",
    "printf",
    "true",
    ":",
    "test",
    "[",
    "source",
    ".",
    "which",
    "virtualenv",
];
/// Words before a command that change nothing of it.
const BEFORE: [&str; 8] = ["exec", "command", "time", "env", "if", "then", "do", "!"];
/// Options of pip and npm whose value is the next word.
const VALUED: [&str; 26] = [
    "-r",
    "--requirement",
    "--requirements",
    "-c",
    "--constraint",
    "--constraints",
    "-t",
    "--target",
    "-f",
    "--find-links",
    "-i",
    "--index-url",
    "--extra-index-url",
    "--prefix",
    "--root",
    "--cache-dir",
    "--cache",
    "--python",
    "-p",
    "-C",
    "--directory",
    "--dir",
    "--cwd",
    "--log",
    "--src",
    "--registry",
];

impl Installs {
    /// Reads commands as given to `sh -c`.
    pub(super) fn of(commands: &[String]) -> Self {
        let simple = commands.iter().flat_map(|command| command.split(['\n', ';', '&', '|', '(', ')', '{', '}', '`']));
        simple.map(of_command).max().unwrap_or(Self::Nothing)
    }

    /// Reads the lines of a requirements file of pip.
    pub(super) fn of_requirements(text: &str) -> Self {
        let line = |line: &str| {
            let (line, _) = line.split_once(" #").unwrap_or((line, ""));
            let words: Vec<&str> = line.split_whitespace().collect();
            if line.starts_with('#') { Self::Nothing } else { named(&words) }
        };
        text.lines().map(line).max().unwrap_or(Self::Nothing)
    }
}

fn of_command(command: &str) -> Installs {
    let words = command.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
    let is_assignment = |word: &str| word.split_once('=').is_some_and(|(name, _)| !name.starts_with('-'));
    let words: Vec<&str> = words.skip_while(|word| BEFORE.contains(word) || is_assignment(word)).collect();
    let [program, arguments @ ..] = &words[..] else {
        return Installs::Nothing;
    };
    // What starts like a redirection follows a `$(...)`.
    if IDLE.contains(program) || program.is_empty() || program.starts_with(['>', '<']) {
        return Installs::Nothing;
    }
    let program = program.rsplit('/').next().unwrap_or(program);
    let program = program.trim_end_matches(|letter: char| letter == '.' || letter.is_ascii_digit());
    let plain = plain(arguments);
    let subcommand = plain.first().copied().unwrap_or_default();
    let has = |option: &str| arguments.contains(&option);
    match (program, subcommand) {
        ("pip", _) => of_pip(arguments),
        ("python", _) => of_python(arguments),
        ("uv", "pip") => of_pip(after(arguments, "pip")),
        ("npm" | "pnpm" | "yarn" | "bun", "" | "install" | "i" | "ci" | "add") => named(&plain),
        _ if only_fetches(program, &plain, has) => Installs::Nothing,
        ("uv" | "pdm", "sync" | "install") if has("--no-editable") => Installs::Copy,
        ("cargo", "install") if has("--path") => Installs::Copy,
        _ => Installs::Link,
    }
}

/// True for commands that are known to leave the project itself alone.
fn only_fetches(program: &str, plain: &[&str], has: impl Fn(&str) -> bool) -> bool {
    let subcommand = plain.first().copied().unwrap_or_default();
    match program {
        "uv" => matches!(subcommand, "venv" | "lock" | "python") || subcommand == "sync" && has("--no-install-project"),
        "poetry" => matches!(subcommand, "lock" | "config" | "env") || subcommand == "install" && has("--no-root"),
        "pdm" => matches!(subcommand, "lock" | "config") || subcommand == "install" && has("--no-self"),
        "npm" | "pnpm" | "yarn" | "bun" => matches!(subcommand, "config" | "set" | "cache" | "fetch"),
        "bundle" => matches!(subcommand, "" | "install" | "config"),
        "cargo" => subcommand == "fetch",
        "go" => matches!(subcommand, "mod" | "env"),
        "composer" => subcommand == "install",
        "mvn" | "mvnw" => plain.iter().all(|goal| goal.starts_with("dependency:")),
        "corepack" => true,
        _ => false,
    }
}

fn of_python(arguments: &[&str]) -> Installs {
    match arguments {
        ["-m", "pip", rest @ ..] => of_pip(rest),
        ["-m", "venv" | "virtualenv" | "ensurepip", ..] => Installs::Nothing,
        ["setup.py" | "./setup.py", "install", ..] => Installs::Copy,
        _ => Installs::Link,
    }
}

fn of_pip(arguments: &[&str]) -> Installs {
    match plain(arguments).first() {
        Some(&"install" | &"wheel" | &"sync") => named(arguments),
        _ => Installs::Nothing,
    }
}

/// What naming the places among these words installs.
fn named(words: &[&str]) -> Installs {
    let mut found = Installs::Nothing;
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let linked = match word {
            "-e" | "--editable" => words.next(),
            word => word.strip_prefix("--editable=").or_else(|| word.strip_prefix("-e")),
        };
        if VALUED.contains(&word) {
            words.next();
        } else if let Some(linked) = linked {
            found = found.max(if is_place(linked) { Installs::Link } else { Installs::Nothing });
        } else if !word.starts_with('-') && is_place(word) {
            found = found.max(Installs::Copy);
        }
    }
    found
}

/// True for what names a directory or file of the project, or may name one: `.`, `./lib[test]`, `lib/a`, `$PWD`.
fn is_place(word: &str) -> bool {
    let scoped = word.starts_with('@') && word.matches('/').count() == 1;
    let local = word.starts_with(['.', '/', '$', '~']) || word.starts_with("file:") || word.contains("@file:");
    local || (word.contains('/') && !word.contains("://") && !scoped)
}

/// The words that are neither options nor their values.
fn plain<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let mut words = arguments.iter().copied();
    let mut plain = Vec::new();
    while let Some(word) = words.next() {
        if VALUED.contains(&word) {
            words.next();
        } else if !word.starts_with('-') {
            plain.push(word);
        }
    }
    plain
}

fn after<'a, 'b>(arguments: &'a [&'b str], word: &str) -> &'a [&'b str] {
    let position = arguments.iter().position(|argument| *argument == word);
    position.map_or(arguments, |position| &arguments[position + 1..])
}

#[cfg(test)]
mod tests {
    use super::Installs::{self, Copy, Link, Nothing};

    #[test]
    fn commands_are_read() {
        for (command, expected) in [
            ("", Nothing),
            ("pip install -r requirements.txt", Nothing),
            ("python3 -m venv .venv && .venv/bin/pip install -q -r ./requirements/dev.txt", Nothing),
            (
                ". .venv/bin/activate; PIP_NO_INPUT=1 python -m pip install --quiet pytest==8.0 'requests[socks]>=2'",
                Nothing,
            ),
            ("pip install -e git+https://example.org/a.git#egg=a", Nothing),
            ("pip install https://example.org/a/b.whl", Nothing),
            ("pip install -e .", Link),
            ("pip install --editable '.[test]'", Link),
            ("cd web && npm ci && pip3 install -e./lib", Link),
            ("pip install .", Copy),
            ("pip install '.[dev]' -r requirements.txt", Copy),
            ("python -m pip install -q \"$PWD\"", Copy),
            ("pip install libs/a", Copy),
            ("uv pip install -r requirements.txt", Nothing),
            ("uv pip install -e .", Link),
            ("uv sync --frozen", Link),
            ("uv sync --frozen --no-install-project", Nothing),
            ("uv sync --no-editable", Copy),
            ("poetry install", Link),
            ("poetry install --no-root", Nothing),
            ("python3.12 -m venv .v && .v/bin/pip3.12 install -e .", Link),
            ("python setup.py develop", Link),
            ("python setup.py install", Copy),
            ("npm ci --no-audit --no-fund", Nothing),
            ("npm install --prefix ./web", Nothing),
            ("npm install @scope/name left-pad", Nothing),
            ("npm install ./lib", Copy),
            ("yarn", Nothing),
            ("npm run build", Link),
            ("corepack enable && pnpm install --frozen-lockfile", Nothing),
            ("cargo fetch --locked", Nothing),
            ("cargo build", Link),
            ("cargo install --path .", Copy),
            ("go mod download", Nothing),
            ("mvn -q dependency:go-offline", Nothing),
            ("mvn -q install", Link),
            ("bundle install", Nothing),
            ("./scripts/bootstrap", Link),
            ("make deps", Link),
            ("echo \"$(date)\" > made && mkdir -p a", Nothing),
            ("echo $(make deps) > made", Link),
        ] {
            assert_eq!(Installs::of(&[command.to_owned()]), expected, "{command}");
        }
        assert_eq!(Installs::of(&["npm ci".to_owned(), "pip install -e .".to_owned()]), Link);
        assert_eq!(Installs::of(&[]), Nothing);
    }

    #[test]
    fn requirements_are_read() {
        for (text, expected) in [
            (
                "a==1\n# -e .\nb>=2 ; python_version < '3.9'  # not .\n-r base.txt\nc @ https://example.org/c.whl\n",
                Nothing,
            ),
            ("a==1\n-e .[test]\n", Link),
            ("a\n.\n", Copy),
            ("a\n./libs/b\n-e .\n", Copy),
        ] {
            assert_eq!(Installs::of_requirements(text), expected, "{text}");
        }
    }
}
