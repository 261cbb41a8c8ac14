//! The demo's repository: its whole history, applied patch by patch.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use rust_embed::RustEmbed;
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "../infra/demo"]
#[include = "demo.json"]
#[include = "history/*.patch"]
struct Files;

/// What `demo.json` says of the history.
#[derive(Debug, Deserialize)]
pub struct Story {
    /// The repository's name.
    pub name: String,
    /// `service.name` of its telemetry.
    pub service_name: String,
    /// The branch.
    pub default_branch: String,
    /// The newest commit.
    pub head: String,
    /// The commit that broke it.
    pub culprit: String,
    /// The test that shows it.
    pub failing_test: String,
    /// Its gates.
    pub gates: Gates,
    committer: Committer,
}

/// The commands that prove the demo's repository.
#[derive(Debug, Deserialize)]
pub struct Gates {
    /// Fetches nothing.
    pub setup: Vec<String>,
    /// Quick.
    pub fast: Vec<String>,
    /// Everything.
    pub full: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Committer {
    name: String,
    email: String,
}

/// A built demo repository.
pub struct Repository {
    /// Its directory.
    pub path: PathBuf,
    /// What is known of it.
    pub story: Story,
}

/// Builds the repository in `directory`, or finds it built.
pub fn build(directory: &Path) -> Result<Repository> {
    let story: Story = serde_json::from_slice(&file("demo.json")?)?;
    let path = directory.join(&story.name);
    let repository = Repository { path, story };
    if repository.path.join(".git").exists() {
        return Ok(repository);
    }
    // Under another name until it is whole.
    let rough = directory.join("building");
    let patches = directory.join("patches");
    for stale in [&rough, &patches] {
        if stale.exists() {
            fs::remove_dir_all(stale)?;
        }
    }
    fs::create_dir_all(&patches).with_context(|| format!("cannot make {}", patches.display()))?;
    let mut names: Vec<_> = Files::iter().filter(|name| name.ends_with(".patch")).collect();
    names.sort();
    let mut paths = Vec::with_capacity(names.len());
    for (number, name) in names.iter().enumerate() {
        let path = patches.join(format!("{number:04}.patch"));
        fs::write(&path, file(name)?)?;
        paths.push(path);
    }
    let branch = format!("--initial-branch={}", repository.story.default_branch);
    git(&repository.story, Command::new("git").args(["init", "--quiet", &branch]).arg(&rough))?;
    let mut apply = Command::new("git");
    apply.arg("-C").arg(&rough).args(["am", "--quiet", "--committer-date-is-author-date"]).args(&paths);
    git(&repository.story, &mut apply)?;
    fs::remove_dir_all(&patches)?;
    fs::rename(&rough, &repository.path)?;
    let head = repository.head()?;
    if head != repository.story.head {
        bail!("the demo's history came out as {head}, expected {}; which git is this?", repository.story.head);
    }
    Ok(repository)
}

fn file(name: &str) -> Result<Vec<u8>> {
    Ok(Files::get(name).with_context(|| format!("{name} is missing in this build"))?.data.into_owned())
}

impl Repository {
    /// The commit that is checked out.
    pub fn head(&self) -> Result<String> {
        git(&self.story, Command::new("git").arg("-C").arg(&self.path).args(["rev-parse", "HEAD"]))
    }

    /// Runs the whole suite and answers its JUnit report.
    pub fn test(&self) -> Result<Vec<u8>> {
        let report = tempfile::NamedTempFile::new()?;
        // Failing tests are what the report is for: the exit code says nothing more.
        self.python(&["-m", "tests.junit", &report.path().to_string_lossy()])?;
        let bytes = fs::read(report.path())?;
        if bytes.is_empty() {
            bail!("the demo's tests wrote no report");
        }
        Ok(bytes)
    }

    /// Serves a few customers, as if in the last two minutes, and answers what the service logged and traced, one
    /// JSON object a line.
    pub fn replay(&self) -> Result<String> {
        let start = SystemTime::now().duration_since(UNIX_EPOCH)?.saturating_sub(Duration::from_mins(2));
        self.python(&["-m", "checkout.replay", "--rounds", "2", "--at", &start.as_millis().to_string()])
    }

    fn python(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new("python3")
            .args(arguments)
            .current_dir(&self.path)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null())
            .output()
            .context("the demo needs python3")?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn git(story: &Story, command: &mut Command) -> Result<String> {
    let output = command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_COMMITTER_NAME", &story.committer.name)
        .env("GIT_COMMITTER_EMAIL", &story.committer.email)
        .stdin(Stdio::null())
        .output()
        .context("the demo needs git")?;
    if !output.status.success() {
        bail!("git failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
