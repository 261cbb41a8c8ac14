//! The outer half of the sandbox: who runs it, what it can see, and talking to its inner half.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use devos_ports::WorkspaceError;

use crate::SandboxConfig;
use crate::protocol::{Frame, Order};

mod account;
mod etc;
mod memory;
mod mounts;
mod session;
mod toolchains;

pub(crate) use account::Account;
pub(crate) use mounts::Mount;
use toolchains::Toolchains;

/// Builds sandboxes as configured.
#[derive(Debug, Clone)]
pub(crate) struct Sandbox(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: SandboxConfig,
    toolchains: Toolchains,
    account: OnceLock<Account>,
}

/// One sandbox to build.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) order: Order,
    /// What it sees beside the system and the toolchains.
    pub(crate) mounts: Vec<Mount>,
    /// What follows the order on standard input.
    pub(crate) input: Option<File>,
}

impl Sandbox {
    pub(crate) fn new(config: SandboxConfig) -> Self {
        let toolchains = Toolchains::find(&config);
        Self(Arc::new(Inner { config, toolchains, account: OnceLock::new() }))
    }

    pub(crate) fn config(&self) -> &SandboxConfig {
        &self.0.config
    }

    /// Who owns what commands may write, and runs them.
    pub(crate) fn account(&self) -> Result<Account, WorkspaceError> {
        if let Some(account) = self.0.account.get() {
            return Ok(*account);
        }
        let account = Account::resolve(&self.0.config).map_err(WorkspaceError::SandboxUnavailable)?;
        Ok(*self.0.account.get_or_init(|| account))
    }

    /// The environment that every command gets.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let mut variables: Vec<(String, String)> = [
            ("HOME", crate::protocol::HOME),
            ("USER", "devos"),
            ("LOGNAME", "devos"),
            ("SHELL", "/bin/sh"),
            ("LANG", "C.UTF-8"),
            ("TZ", "UTC"),
            ("TMPDIR", "/tmp"),
            ("CI", "true"),
            ("DEVOS_OUT", crate::protocol::OUT),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        variables.extend(self.0.toolchains.variables.iter().cloned());
        variables
    }

    /// How the inner half starts itself inside.
    pub(crate) fn helper(&self) -> Vec<String> {
        let arguments = self.0.config.helper.iter().skip(1).map(|argument| argument.to_string_lossy().into_owned());
        std::iter::once(crate::protocol::EXEC.to_owned()).chain(arguments).collect()
    }

    /// True when a control group can limit the memory of a whole run.
    pub(crate) fn limits_memory() -> bool {
        memory::Group::make(devos_contracts::run::Limits::default()).is_some()
    }

    /// Runs a job in the background; dropping the future kills it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: Job,
        state: T,
        on_frame: impl FnMut(&mut T, Frame, Vec<u8>) -> Result<(), WorkspaceError> + Send + 'static,
    ) -> Result<T, WorkspaceError> {
        session::run(self.clone(), job, state, on_frame).await
    }

    fn directory(&self, name: &str) -> PathBuf {
        self.0.config.directory.join(name)
    }
}
