//! Running commands on a checkout.

use std::path::PathBuf;

use devos_contracts::run::RunEnd;
use devos_contracts::{CommitId, RepositoryId};
use devos_git::{History, Mirror, Tag};
use devos_ports::WorkspaceError;
use devos_ports::workspace::{CollectedFile, CommandOutcome, SandboxOutcome, SandboxRun};
use nix::libc::SIGKILL;
use sha2::{Digest, Sha256};

use super::GitWorkspace;
use crate::error::{git_error, machine};
use crate::protocol::{Frame, OUT, Order, PREPARED, SOURCE, Task};
use crate::sandbox::{Job, Mount};
use crate::store::{Fresh, Shared, Shelf};

impl GitWorkspace {
    /// A read-only checkout of a commit with a repository of its own, made when absent.
    pub(super) async fn checkout(&self, repository: RepositoryId, commit: &CommitId) -> Result<Shared, WorkspaceError> {
        let mirror = self.mirrors.mirror(repository).map_err(git_error)?;
        mirror.require(commit).await.map_err(git_error)?;
        let tags = mirror.tags().await.map_err(git_error)?;
        let name = format!("{repository}-{commit}-{}", digest(&tags));
        let _making = self.checkouts.making().await;
        if let Some(checkout) = self.checkouts.find(&name) {
            return Ok(checkout);
        }
        let (_held, history) = self.history_of(repository, &mirror, commit, &tags).await?;
        let fresh = self.checkouts.start(&name).map_err(machine("starting a checkout"))?;
        mirror.check_out(commit, &tags, &history, fresh.path()).await.map_err(git_error)?;
        self.place(&self.checkouts, fresh).await
    }

    /// The packed history of a commit: one that was made for a later commit, or its own.
    async fn history_of(
        &self,
        repository: RepositoryId,
        mirror: &Mirror,
        commit: &CommitId,
        tags: &[Tag],
    ) -> Result<(Shared, History), WorkspaceError> {
        // A tag that is newer than a pack may not be in it.
        let prefix = format!("{repository}-{}-", digest(tags));
        for name in self.histories.names(&prefix) {
            if let Some(held) = self.histories.find(&name)
                && let Ok(history) = History::open(held.path())
                && history.serves(commit)
            {
                return Ok((held, history));
            }
        }
        let fresh = self.histories.start(&format!("{prefix}{commit}")).map_err(machine("starting a history"))?;
        mirror.pack_history(commit, tags, fresh.path()).await.map_err(git_error)?;
        let held = self.place(&self.histories, fresh).await?;
        let history = History::open(held.path()).map_err(machine("reading a history"))?;
        Ok((held, history))
    }

    /// Gives a finished directory to the sandbox's account and to the runs that come.
    async fn place(&self, on: &Shelf, fresh: Fresh) -> Result<Shared, WorkspaceError> {
        let (account, on) = (self.sandbox.account()?, on.clone());
        let place = move || fresh.give_to(account).and_then(|()| on.place(&fresh));
        let placed =
            tokio::task::spawn_blocking(place).await.map_err(|error| WorkspaceError::Other(error.to_string()))?;
        placed.map_err(machine("placing a directory"))
    }

    /// Runs the commands without network.
    pub(super) async fn run_commands(
        &self,
        run: &SandboxRun,
        checkout: &Shared,
        prepared: Option<&Shared>,
    ) -> Result<SandboxOutcome, WorkspaceError> {
        let mut mounts = vec![Mount::read(checkout.path(), SOURCE)];
        mounts.extend(prepared.map(|prepared| Mount::read(prepared.path(), PREPARED)));
        let job = Job { order: self.order(Task::Run, run, &run.commands, prepared.is_some()), mounts, input: None };
        let outcome = SandboxOutcome { commands: vec![], files: vec![], profile: String::new() };
        let commands = run.commands.clone();
        self.sandbox.run(job, outcome, move |outcome, frame, bytes| receive(&commands, outcome, frame, bytes)).await
    }

    /// An order with the environment that every command gets, and then the caller's.
    pub(super) fn order(&self, task: Task, run: &SandboxRun, commands: &[String], prepared: bool) -> Order {
        let mut env = self.sandbox.environment();
        // No shell reads these values, so that the directory's name is put in here.
        let extra = run.env.iter().filter(|(name, _)| name != "DEVOS_OUT");
        env.extend(extra.map(|(name, value)| (name.clone(), value.replace("$DEVOS_OUT", OUT))));
        Order {
            task,
            helper: self.sandbox.helper(),
            commands: commands.to_vec(),
            env,
            collect: run.collect.clone(),
            limits: run.limits,
            require: self.sandbox.config().require,
            prepared,
        }
    }
}

/// Equal digests mean equal tags; short, because it is part of names.
fn digest(tags: &[Tag]) -> String {
    let mut hash = Sha256::new();
    for tag in tags {
        hash.update(format!("{} {}\n", tag.object, tag.name));
    }
    hash.finalize()[..8].iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

fn receive(
    commands: &[String],
    outcome: &mut SandboxOutcome,
    frame: Frame,
    bytes: Vec<u8>,
) -> Result<(), WorkspaceError> {
    match frame {
        Frame::Ready(held) => outcome.profile = held.name(),
        Frame::Command { end, out_of_memory, duration_ms, sha256, total_bytes, .. } => {
            let command = commands.get(outcome.commands.len()).cloned();
            outcome.commands.push(CommandOutcome {
                command: command.ok_or_else(|| WorkspaceError::Other("the sandbox ran too much".to_owned()))?,
                // The code of a shell whose child was taken away is chance.
                end: if out_of_memory && !end.is_success() { RunEnd::Signaled { signal: SIGKILL } } else { end },
                out_of_memory,
                duration_ms,
                output: String::from_utf8_lossy(&bytes).into_owned(),
                output_sha256: sha256,
                output_bytes: total_bytes,
            });
        }
        Frame::File { path, .. } => outcome.files.push(CollectedFile { path: PathBuf::from(path), bytes }),
        _ => {
            return Err(WorkspaceError::Other("the sandbox sent something unexpected".to_owned()));
        }
    }
    Ok(())
}
