//! The repository's files as text, for rules to read.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::workspace::Workspace;

/// One text file of the repository.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path from the root, with `/`.
    pub path: String,
    /// Its content.
    pub text: String,
}

impl Source {
    /// The extension, or nothing.
    pub fn extension(&self) -> &str {
        Path::new(&self.path).extension().and_then(|end| end.to_str()).unwrap_or_default()
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// Reads every file that git tracks or would track; what is not UTF-8 is not for rules about text.
pub fn read(workspace: &Workspace) -> Result<Vec<Source>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(workspace.root());
    let mut sources = Vec::new();
    for path in command::capture(&mut git)?.split_terminator('\0') {
        // A file may be listed and deleted, or be a link to a folder.
        if let Ok(text) = fs::read_to_string(workspace.path(path)) {
            sources.push(Source { path: path.to_owned(), text });
        }
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(sources)
}
