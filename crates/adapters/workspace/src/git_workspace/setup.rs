//! The setup phase: dependencies fetched once, through the package proxy, and shared by every commit that asks for the
//! same ones.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;

use devos_contracts::RepositoryId;
use devos_contracts::run::Limits;
use devos_ports::WorkspaceError;
use devos_ports::workspace::SandboxRun;
use sha2::{Digest, Sha256};

use super::GitWorkspace;
use crate::error::{git_error, machine};
use crate::packages::{PackageProxy, PackageSources};
use crate::protocol::{Frame, PROXY_PORT, PROXY_SOCKET, SOURCE, Task, UNPACKED};
use crate::sandbox::{Job, Mount};
use crate::store::{Fresh, Shared};

mod installs;
mod manifests;

use installs::Installs;

/// The end of a failed command's output that is told, bytes.
const TOLD_BYTES: usize = 4 << 10;

impl GitWorkspace {
    /// The result of the run's setup phase, made when absent; `None` when it has none.
    pub(super) async fn prepare(
        &self,
        repository: RepositoryId,
        run: &SandboxRun,
        checkout: &Shared,
    ) -> Result<Option<Shared>, WorkspaceError> {
        if run.setup.is_empty() {
            return Ok(None);
        }
        let key = self.key(repository, run, checkout).await?;
        let _making = self.prepared.making().await;
        if let Some(prepared) = self.prepared.find(&key) {
            return Ok(Some(prepared));
        }
        let fresh = self.prepared.start(&key).map_err(machine("starting the setup phase"))?;
        fresh.give_to(self.sandbox.account()?).map_err(machine("starting the setup phase"))?;
        let archive = self.fetch_dependencies(run, checkout, &fresh).await?;
        self.unpack(run, archive, &fresh).await?;
        let prepared = self.prepared.clone();
        let placed = tokio::task::spawn_blocking(move || prepared.place(&fresh)).await;
        let placed = placed.map_err(|error| WorkspaceError::Other(error.to_string()))?;
        placed.map(Some).map_err(machine("keeping the setup phase"))
    }

    /// Equal keys mean equal dependencies: the same commands, environment, search path, and parts of manifests that say
    /// what is fetched. A setup phase that installs the project too depends on more of it, see [`Installs`].
    async fn key(
        &self,
        repository: RepositoryId,
        run: &SandboxRun,
        checkout: &Shared,
    ) -> Result<String, WorkspaceError> {
        let mirror = self.mirrors.mirror(repository).map_err(git_error)?;
        let mut files = mirror.files(&run.commit).await.map_err(git_error)?;
        files.retain(|(path, _)| manifests::is_one(path));
        let (root, setup) = (checkout.path().to_owned(), run.setup.clone());
        let read = move || manifests::read(&root, files, Installs::of(&setup));
        let read = tokio::task::spawn_blocking(read).await.map_err(|error| WorkspaceError::Other(error.to_string()))?;
        let (installs, manifests) = read.map_err(machine("reading manifests"))?;
        let tree = match installs {
            Installs::Copy => Some(mirror.tree(&run.commit).await.map_err(git_error)?),
            Installs::Nothing | Installs::Link => None,
        };
        let facts = (repository.to_string(), &run.setup, &run.env, manifests, tree, self.sandbox.environment());
        let facts = serde_json::to_vec(&facts).map_err(|error| WorkspaceError::Other(error.to_string()))?;
        Ok(Sha256::digest(facts).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        }))
    }

    /// Runs the setup commands; answers the archive of what they added.
    async fn fetch_dependencies(
        &self,
        run: &SandboxRun,
        checkout: &Shared,
        fresh: &Fresh,
    ) -> Result<File, WorkspaceError> {
        let config = self.sandbox.config();
        let sources = self.sources.get_or_init(|| PackageSources::find(config)).await;
        let proxy =
            PackageProxy::open(&config.directory.join("proxy"), sources.hosts.clone(), config.upstream_proxy.clone())
                .map_err(machine("opening the package proxy"))?;
        let task = Task::Setup { archive_bytes: config.prepared_bytes };
        let mut order = self.order(task, run, &run.setup, false);
        order.collect.clear();
        order.env.extend(sources.variables.iter().cloned());
        let url = format!("http://127.0.0.1:{PROXY_PORT}");
        for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] {
            order.env.push((name.to_owned(), url.clone()));
        }
        for name in ["NO_PROXY", "no_proxy"] {
            order.env.push((name.to_owned(), "localhost,127.0.0.1".to_owned()));
        }
        let inside = std::path::Path::new(PROXY_SOCKET).parent().unwrap_or_else(|| PROXY_SOCKET.as_ref());
        let mounts = vec![Mount::read(checkout.path(), SOURCE), Mount::read(proxy.directory(), inside)];
        let path = fresh.path().with_extension("archive");
        let archive = File::options().create(true).truncate(true).read(true).write(true).open(&path);
        let archive = archive.map_err(machine("making an archive"))?;
        // It lives as long as it is open, and never longer.
        std::fs::remove_file(&path).map_err(machine("making an archive"))?;

        let commands = run.setup.clone();
        let job = Job { order, mounts, input: None };
        let fetched = self.sandbox.run(job, (archive, 0), move |(archive, done), frame, bytes| match frame {
            Frame::Command { end, out_of_memory, .. } if !end.is_success() => {
                let memory = if out_of_memory { " when memory ran out" } else { "" };
                let command = commands.get(*done).map_or("", String::as_str);
                let output = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(TOLD_BYTES)..]).into_owned();
                Err(WorkspaceError::Setup { detail: format!("`{command}` {end}{memory}\n{output}") })
            }
            Frame::Command { .. } => {
                *done += 1;
                Ok(())
            }
            Frame::Archive { .. } => archive.write_all(&bytes).map_err(machine("writing an archive")),
            _ => Ok(()),
        });
        match fetched.await {
            Ok((archive, _)) => Ok(archive),
            Err(WorkspaceError::Setup { mut detail }) => {
                let refused = proxy.refused();
                if !refused.is_empty() {
                    let _ = write!(detail, "\nNot allowed as package hosts: {}", refused.join(", "));
                }
                Err(WorkspaceError::Setup { detail })
            }
            Err(error) => Err(error),
        }
    }

    /// Turns the archive into a directory, inside a sandbox of its own that runs nothing else.
    async fn unpack(&self, run: &SandboxRun, mut archive: File, fresh: &Fresh) -> Result<(), WorkspaceError> {
        std::io::Seek::rewind(&mut archive).map_err(machine("reading an archive"))?;
        let mut order = self.order(Task::Unpack, run, &[], false);
        order.limits = Limits::default();
        let job = Job { order, mounts: vec![Mount::write(fresh.path(), UNPACKED)], input: Some(archive) };
        self.sandbox.run(job, (), |(), _, _| Ok(())).await
    }
}
