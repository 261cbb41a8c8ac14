//! Running commands on a checkout.

use std::path::PathBuf;

use devos_contracts::{CommitId, RepositoryId};
use devos_ports::WorkspaceError;
use devos_ports::workspace::{CollectedFile, CommandOutcome, SandboxOutcome, SandboxRun};

use super::GitWorkspace;
use crate::error::{git_error, machine};
use crate::protocol::{Frame, OUT, Order, PREPARED, SOURCE, Task};
use crate::sandbox::{Job, Mount};
use crate::store::Shared;

impl GitWorkspace {
    /// A read-only checkout of a commit, made when absent.
    pub(super) async fn checkout(&self, repository: RepositoryId, commit: &CommitId) -> Result<Shared, WorkspaceError> {
        let mirror = self.mirrors.mirror(repository).map_err(git_error)?;
        mirror.require(commit).await.map_err(git_error)?;
        let name = format!("{repository}-{commit}");
        let _making = self.checkouts.making().await;
        if let Some(checkout) = self.checkouts.find(&name) {
            return Ok(checkout);
        }
        let account = self.sandbox.account()?;
        let fresh = self.checkouts.start(&name).map_err(machine("starting a checkout"))?;
        mirror.export(commit, fresh.path()).await.map_err(git_error)?;
        let checkouts = self.checkouts.clone();
        let place = move || fresh.give_to(account).and_then(|()| checkouts.place(&fresh));
        let placed =
            tokio::task::spawn_blocking(place).await.map_err(|error| WorkspaceError::Other(error.to_string()))?;
        placed.map_err(machine("placing a checkout"))
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

fn receive(
    commands: &[String],
    outcome: &mut SandboxOutcome,
    frame: Frame,
    bytes: Vec<u8>,
) -> Result<(), WorkspaceError> {
    match frame {
        Frame::Ready(held) => outcome.profile = held.name(),
        Frame::Command { end, duration_ms, sha256, total_bytes, .. } => {
            let command = commands.get(outcome.commands.len()).cloned();
            outcome.commands.push(CommandOutcome {
                command: command.ok_or_else(|| WorkspaceError::Other("the sandbox ran too much".to_owned()))?,
                end,
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
