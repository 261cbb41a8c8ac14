//! The API's description, generated from the handlers and kept in the repository.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::product;
use crate::workspace::Workspace;

const FILE: &str = "openapi/devos.json";

/// Writes the description, or checks that the one in the repository is up to date.
pub fn run(workspace: &Workspace, check: bool) -> Result<()> {
    let devos = product::debug(workspace)?;
    if check { compare(workspace, &devos) } else { write(workspace, &devos) }
}

/// Fails if the binary describes another API than the repository does.
pub fn compare(workspace: &Workspace, devos: &Path) -> Result<()> {
    let kept = fs::read_to_string(workspace.path(FILE)).with_context(|| FILE.to_owned())?;
    let generated = describe(devos)?;
    match first_difference(&kept, &generated) {
        None => Ok(()),
        Some((line, kept, generated)) => bail!(
            "{FILE} is out of date at line {line}: it says `{kept}`, the handlers say `{generated}`; \
             run `cargo xtask openapi`"
        ),
    }
}

fn write(workspace: &Workspace, devos: &Path) -> Result<()> {
    let path = workspace.path(FILE);
    fs::write(&path, describe(devos)?).with_context(|| path.display().to_string())
}

fn describe(devos: &Path) -> Result<String> {
    command::capture(Command::new(devos).arg("openapi"))
}

/// The first line that differs, counted from one, as each text has it.
fn first_difference<'a>(kept: &'a str, generated: &'a str) -> Option<(usize, &'a str, &'a str)> {
    let lines = kept.lines().count().max(generated.lines().count());
    let line_of = |text: &'a str, line: usize| text.lines().nth(line).unwrap_or("(nothing)");
    (0..lines)
        .map(|line| (line + 1, line_of(kept, line).trim(), line_of(generated, line).trim()))
        .find(|(_, a, b)| a != b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_differing_line_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some((2, "b", "c")));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some((2, "(nothing)", "b")));
    }
}
