//! What isolation this machine gives, found by building a sandbox.

use devos_contracts::run::Limits;
use devos_ports::WorkspaceError;

use crate::SandboxConfig;
use crate::protocol::{Frame, Held, Order, SOURCE, Task};
use crate::sandbox::{Account, Job, Mount, Sandbox};

/// What a sandbox on this machine is made of.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "a report of independent facts, not a state")]
pub struct SandboxProfile {
    /// As in evidence, e.g. `bubblewrap+landlock+seccomp`; `none` when no sandbox can be built.
    pub name: String,
    /// Who runs the commands: a user id of its own, or `ourselves`.
    pub user: String,
    /// True when namespaces of all kinds could be made.
    pub namespaces: bool,
    /// The version of Landlock, 0 when there is none.
    pub landlock_abi: u32,
    /// True when system calls are filtered.
    pub seccomp: bool,
    /// True when checkouts are overlaid; otherwise every run copies its checkout.
    pub overlay: bool,
    /// True when the bytes a run may write are limited.
    pub disk_limit: bool,
    /// True when the memory of a run as a whole is limited, and not only that of each process.
    pub memory_limit: bool,
    /// What is missing and what to do about it; empty when all is well.
    pub lacks: Vec<String>,
}

/// Builds one empty sandbox and says what held.
pub async fn probe(config: &SandboxConfig) -> SandboxProfile {
    let sandbox = Sandbox::new(config.clone());
    let held = try_sandbox(&sandbox).await;
    let user = match sandbox.account() {
        Ok(Account::Other { uid, .. }) => format!("user {uid}"),
        Ok(Account::Ourselves) => "ourselves".to_owned(),
        Err(_) => "none".to_owned(),
    };
    let memory_limit = Sandbox::limits_memory();
    let mut lacks = Vec::new();
    let held = match held {
        Ok(held) => Some(held),
        Err(error) => {
            lacks.push(error.to_string());
            None
        }
    };
    let Held { landlock_abi, seccomp, overlay } = held.unwrap_or_default();
    if held.is_some() {
        for (there, lack) in [
            (landlock_abi > 0, "Landlock: needs Linux 5.13 with landlock among the active security modules"),
            (seccomp, "a system call filter for this architecture"),
            (overlay, "overlays in user namespaces: needs Linux 6.6; every run copies its checkout instead"),
            (
                memory_limit,
                "a memory limit for a whole run: needs control groups that we may write; each process has one",
            ),
        ] {
            if !there {
                lacks.push(lack.to_owned());
            }
        }
        if matches!(sandbox.account(), Ok(Account::Other { dedicated: false, .. })) {
            lacks.push(format!("the user {}: nobody is used instead", config.account));
        }
    }
    SandboxProfile {
        name: held.map_or_else(|| "none".to_owned(), Held::name),
        user,
        namespaces: held.is_some(),
        landlock_abi,
        seccomp,
        overlay,
        disk_limit: held.is_some(),
        memory_limit,
        lacks,
    }
}

async fn try_sandbox(sandbox: &Sandbox) -> Result<Held, WorkspaceError> {
    let empty = sandbox.config().directory.join("empty");
    std::fs::create_dir_all(&empty).map_err(crate::error::machine("making an empty directory"))?;
    let order = Order {
        task: Task::Probe,
        helper: sandbox.helper(),
        commands: vec![],
        env: sandbox.environment(),
        collect: vec![],
        limits: Limits { disk_bytes: 16 << 20, wall_seconds: 30, ..Limits::default() },
        require: sandbox.config().require,
        prepared: false,
    };
    let job = Job { order, mounts: vec![Mount::read(empty, SOURCE)], input: None };
    let held = sandbox
        .run(job, None, |held, frame, _| {
            if let Frame::Ready(found) = frame {
                *held = Some(found);
            }
            Ok(())
        })
        .await?;
    held.ok_or_else(|| WorkspaceError::Other("the sandbox said nothing".to_owned()))
}
