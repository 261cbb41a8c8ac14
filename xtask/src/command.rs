//! Running other programs: cargo, without what our own run put into the environment, and the rest.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// A call of cargo.
pub struct Cargo(Command);

impl Cargo {
    /// Cargo with these arguments, in this directory.
    pub fn new(directory: &Path, arguments: &[&str]) -> Self {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(arguments).current_dir(directory);
        // `cargo run` sets these for us; build scripts that watch them would run again for nothing.
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_", "CARGO_PRIMARY_"];
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(|name| ours.iter().any(|prefix| name.starts_with(prefix))) {
                command.env_remove(name);
            }
        }
        Self(command)
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs it with our terminal.
    pub fn run(mut self) -> Result<()> {
        run(&mut self.0)
    }

    /// Runs it and returns what it prints on its standard output.
    pub fn capture(mut self) -> Result<String> {
        capture(&mut self.0)
    }

    /// Runs it as [`run_noting`] does.
    pub fn run_noting(mut self, stream: Stream, mark: &str) -> Result<Vec<String>> {
        run_noting(&mut self.0, stream, mark)
    }
}

/// Where a program writes what we want to note.
#[derive(Debug, Clone, Copy)]
pub enum Stream {
    /// Its standard output.
    Output,
    /// Its standard error.
    Errors,
}

/// Runs a program, passing a stream of it on, and returns the lines of that from the first that contains `mark`.
pub fn run_noting(command: &mut Command, stream: Stream, mark: &str) -> Result<Vec<String>> {
    let shown = shown(command);
    let command = match stream {
        Stream::Output => command.stdout(Stdio::piped()),
        Stream::Errors => command.stderr(Stdio::piped()),
    };
    let mut child = command.spawn().with_context(|| shown.clone())?;
    let pipe: Box<dyn Read> = match stream {
        Stream::Output => Box::new(child.stdout.take().context("a pipe was asked for")?),
        Stream::Errors => Box::new(child.stderr.take().context("a pipe was asked for")?),
    };
    let mut noted: Vec<String> = Vec::new();
    for line in BufReader::new(pipe).split(b'\n') {
        let line = String::from_utf8_lossy(&line.with_context(|| shown.clone())?).into_owned();
        eprintln!("{line}");
        if line.contains(mark) || !noted.is_empty() {
            noted.push(line);
        }
    }
    let status = child.wait()?;
    if status.success() { Ok(noted) } else { bail!("{shown} failed ({status})") }
}

/// Runs a program with our terminal; failing is an error that names it.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| shown.clone())?;
    if status.success() { Ok(()) } else { bail!("{shown} failed ({status})") }
}

/// Runs a program and returns its standard output; its standard error goes to our terminal.
pub fn capture(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command.stderr(Stdio::inherit()).output().with_context(|| shown.clone())?;
    if !output.status.success() {
        bail!("{shown} failed ({})", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{shown}: its output is not UTF-8"))
}

/// Whether a program of this name is on the search path.
pub fn on_path(program: &str) -> bool {
    located(program).is_some()
}

/// The file that a program's name on the search path stands for.
pub fn located(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    match words[0].rsplit('/').next() {
        Some(program) => format!("{program} {}", words[1..].join(" ")),
        None => words.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn lines_from_the_mark_on_are_noted() {
        let noted = run_noting(&mut shell("echo a; echo Summary; echo c; echo d >&2"), Stream::Output, "Summary");
        assert_eq!(noted.unwrap(), ["Summary", "c"]);
        let noted = run_noting(&mut shell("echo Summary >&2"), Stream::Errors, "Summary");
        assert_eq!(noted.unwrap(), ["Summary"]);
    }

    #[test]
    fn a_failure_names_the_program() {
        let error = run_noting(&mut shell("exit 3"), Stream::Output, "x").unwrap_err();
        assert!(error.to_string().contains("sh -c exit 3 failed"), "{error}");
        assert!(run(&mut shell("exit 1")).is_err() && capture(&mut shell("exit 1")).is_err());
    }
}
