//! A workspace in memory, scripted by a history and a function from commits to outcomes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use devos_contracts::repository::Repository;
use devos_contracts::run::RunEnd;
use devos_contracts::{CommitId, RepositoryId};
use devos_ports::workspace::{CollectedFile, CommandOutcome, CommitInfo, Revert, Reverted, SandboxOutcome, SandboxRun};
use devos_ports::{Workspace, WorkspaceError};

use crate::samples;

/// What a command does on a commit.
#[derive(Debug, Clone)]
pub struct Scripted {
    /// How it ends.
    pub end: RunEnd,
    /// What it prints.
    pub output: String,
    /// The files it leaves.
    pub files: Vec<(PathBuf, Vec<u8>)>,
}

impl Scripted {
    /// A command that succeeds.
    pub fn success(output: &str) -> Self {
        Self { end: RunEnd::Exited { code: 0 }, output: output.to_owned(), files: Vec::new() }
    }

    /// A command that exits with 1.
    pub fn failure(output: &str) -> Self {
        Self { end: RunEnd::Exited { code: 1 }, output: output.to_owned(), files: Vec::new() }
    }
}

type Script = Box<dyn Fn(&CommitId, &str) -> Scripted + Send + Sync>;

/// A workspace whose commits and runs a test decides.
pub struct MemWorkspace {
    /// Newest first.
    history: Vec<CommitInfo>,
    script: Script,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    diffs: BTreeMap<CommitId, String>,
    conflicts: BTreeSet<CommitId>,
    files: BTreeMap<(CommitId, String), Vec<u8>>,
    /// Commits that reverts made, with what they undo.
    reverts: BTreeMap<CommitId, Revert>,
    runs: Vec<SandboxRun>,
    failures: Vec<WorkspaceError>,
}

/// First-parent history of commits named by words, oldest first, one hour apart; the ids are [`samples::commit`]'s.
pub fn history(oldest_first: &[&str]) -> Vec<CommitInfo> {
    let mut commits: Vec<CommitInfo> = Vec::new();
    for (index, word) in (0..).zip(oldest_first) {
        commits.push(CommitInfo {
            id: samples::commit(word),
            parent: commits.last().map(|parent| parent.id.clone()),
            subject: format!("Make {word}"),
            author: "Ada".to_owned(),
            committed_at: samples::at(-86_400 + 3600 * index),
            files: vec![format!("src/{word}.py")],
        });
    }
    commits.reverse();
    commits
}

impl MemWorkspace {
    /// A workspace of a history, newest first, in which `script` runs every command.
    pub fn new(history: Vec<CommitInfo>, script: impl Fn(&CommitId, &str) -> Scripted + Send + Sync + 'static) -> Self {
        Self { history, script: Box::new(script), state: Mutex::default() }
    }

    /// A workspace in which every command fails from the culprit on, and succeeds on commits that undo it.
    pub fn broken_by(history: Vec<CommitInfo>, culprit: &CommitId, output: &str) -> Self {
        let sound: BTreeSet<CommitId> =
            history.iter().skip_while(|commit| commit.id != *culprit).skip(1).map(|commit| commit.id.clone()).collect();
        let known: BTreeSet<CommitId> = history.iter().map(|commit| commit.id.clone()).collect();
        let output = output.to_owned();
        // What is not in the history is a revert.
        Self::new(history, move |commit, _| {
            if sound.contains(commit) || !known.contains(commit) {
                Scripted::success("OK")
            } else {
                Scripted::failure(&output)
            }
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The diff that reverting a commit gives.
    pub fn set_diff(&self, culprit: &CommitId, diff: &str) {
        self.state().diffs.insert(culprit.clone(), diff.to_owned());
    }

    /// Lets reverts of a commit conflict.
    pub fn conflict_on(&self, culprit: &CommitId) {
        self.state().conflicts.insert(culprit.clone());
    }

    /// Puts a file into a commit.
    pub fn set_file(&self, commit: &CommitId, path: &str, bytes: &[u8]) {
        self.state().files.insert((commit.clone(), path.to_owned()), bytes.to_vec());
    }

    /// Lets the next fetch, revert or run fail.
    pub fn fail_next(&self, error: WorkspaceError) {
        self.state().failures.push(error);
    }

    /// The sandboxed runs so far.
    pub fn runs(&self) -> Vec<SandboxRun> {
        self.state().runs.clone()
    }

    fn position(&self, commit: &CommitId) -> Option<usize> {
        self.history.iter().position(|known| known.id == *commit)
    }

    fn check(&self, commit: &CommitId) -> Result<(), WorkspaceError> {
        let known = self.position(commit).is_some() || self.state().reverts.contains_key(commit);
        if known { Ok(()) } else { Err(WorkspaceError::UnknownCommit(commit.clone())) }
    }

    fn fail_if_told(&self) -> Result<(), WorkspaceError> {
        self.state().failures.pop().map_or(Ok(()), Err)
    }

    fn outcome(&self, commit: &CommitId, command: &str) -> (CommandOutcome, Vec<CollectedFile>) {
        let scripted = (self.script)(commit, command);
        let digest = samples::digest(&scripted.output);
        let outcome = CommandOutcome {
            command: command.to_owned(),
            end: scripted.end,
            out_of_memory: false,
            duration_ms: 1,
            output_sha256: samples::hex(&digest),
            output_bytes: scripted.output.len() as u64,
            output: scripted.output,
        };
        let files = scripted.files.into_iter().map(|(path, bytes)| CollectedFile { path, bytes }).collect();
        (outcome, files)
    }
}

#[async_trait]
impl Workspace for MemWorkspace {
    async fn fetch(&self, _repository: &Repository) -> Result<CommitId, WorkspaceError> {
        self.fail_if_told()?;
        let head = self.history.first().map(|commit| commit.id.clone());
        head.ok_or_else(|| WorkspaceError::Fetch("the history is empty".to_owned()))
    }

    async fn history(
        &self,
        _repository: RepositoryId,
        from: &CommitId,
        limit: usize,
    ) -> Result<Vec<CommitInfo>, WorkspaceError> {
        let start = self.position(from).ok_or_else(|| WorkspaceError::UnknownCommit(from.clone()))?;
        Ok(self.history[start..].iter().take(limit).cloned().collect())
    }

    async fn contains(
        &self,
        _repository: RepositoryId,
        ancestor: &CommitId,
        descendant: &CommitId,
    ) -> Result<bool, WorkspaceError> {
        // A merge is made by the forge, and known there alone.
        if ancestor == descendant {
            return Ok(true);
        }
        self.check(ancestor)?;
        self.check(descendant)?;
        Ok(self.position(ancestor) >= self.position(descendant))
    }

    async fn read_file(
        &self,
        _repository: RepositoryId,
        commit: &CommitId,
        path: &str,
    ) -> Result<Option<Vec<u8>>, WorkspaceError> {
        self.check(commit)?;
        Ok(self.state().files.get(&(commit.clone(), path.to_owned())).cloned())
    }

    async fn revert(&self, _repository: RepositoryId, revert: &Revert) -> Result<Reverted, WorkspaceError> {
        self.fail_if_told()?;
        self.check(&revert.culprit)?;
        self.check(&revert.onto)?;
        let mut state = self.state();
        if state.conflicts.contains(&revert.culprit) {
            return Ok(Reverted::Conflict { files: vec!["src/conflict.py".to_owned()] });
        }
        let commit = samples::commit(&format!("{revert:?}"));
        let diff = state.diffs.get(&revert.culprit).cloned().unwrap_or_else(|| {
            "diff --git a/src/a.py b/src/a.py\n--- a/src/a.py\n+++ b/src/a.py\n@@ -1 +1 @@\n-broken\n+sound\n"
                .to_owned()
        });
        state.reverts.insert(commit.clone(), revert.clone());
        Ok(Reverted::Clean { commit, diff })
    }

    async fn run(&self, _repository: RepositoryId, run: &SandboxRun) -> Result<SandboxOutcome, WorkspaceError> {
        self.fail_if_told()?;
        self.check(&run.commit)?;
        self.state().runs.push(run.clone());
        let mut done = SandboxOutcome { commands: Vec::new(), files: Vec::new(), profile: "memory".to_owned() };
        for command in &run.commands {
            let (outcome, files) = self.outcome(&run.commit, command);
            let stop = !outcome.end.is_success();
            done.commands.push(outcome);
            done.files.extend(files);
            if stop {
                break;
            }
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use devos_contracts::run::Limits;

    use super::*;

    #[tokio::test]
    async fn what_a_culprit_broke_its_revert_mends() {
        let repository = samples::repository(1, "shop");
        let culprit = samples::commit("c");
        let workspace = MemWorkspace::broken_by(history(&["a", "b", "c", "d"]), &culprit, "FAILED");
        let head = workspace.fetch(&repository).await.unwrap();
        assert_eq!(head, samples::commit("d"));
        assert!(workspace.contains(repository.id, &culprit, &head).await.unwrap());
        assert!(!workspace.contains(repository.id, &head, &culprit).await.unwrap());

        let revert = Revert { culprit, onto: head.clone(), message: "Revert".to_owned(), at: samples::at(0) };
        let Reverted::Clean { commit: mended, .. } = workspace.revert(repository.id, &revert).await.unwrap() else {
            panic!("it must revert cleanly");
        };
        for (commit, sound) in
            [(samples::commit("b"), true), (samples::commit("c"), false), (head, false), (mended, true)]
        {
            let run = SandboxRun {
                commit,
                setup: Vec::new(),
                commands: vec!["test".to_owned(), "again".to_owned()],
                env: Vec::new(),
                collect: Vec::new(),
                limits: Limits::default(),
            };
            let outcome = workspace.run(repository.id, &run).await.unwrap();
            assert_eq!(outcome.commands.len(), if sound { 2 } else { 1 });
            assert_eq!(outcome.commands[0].end.is_success(), sound);
        }
        let unknown = workspace.history(repository.id, &samples::commit("z"), 3).await;
        assert!(matches!(unknown, Err(WorkspaceError::UnknownCommit(_))));
    }
}
