//! `devos connect`: a repository joins, and opts in.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use devos_contracts::api::ConnectRepository;
use devos_contracts::repository::{GatePlan, Repository, RepositorySettings};

use crate::client::Client;

/// Arguments of `devos connect`.
#[derive(Args)]
pub struct Arguments {
    /// The repository on this machine
    #[arg(long, value_name = "DIR", conflicts_with = "remote", required_unless_present = "remote")]
    path: Option<PathBuf>,
    /// Its clone URL (https or ssh)
    #[arg(long, value_name = "URL")]
    remote: Option<String>,
    /// Its name; the last part of the path or URL when absent
    #[arg(long)]
    name: Option<String>,
    /// The command that proves it, run by `sh -c`; exit 0 means sound. May be given more than once
    #[arg(long = "gate", value_name = "CMD")]
    gates: Vec<String>,
    /// A quick check that runs before the gate
    #[arg(long = "fast", value_name = "CMD")]
    fast: Vec<String>,
    /// Fetches dependencies, with the network of package registries
    #[arg(long = "setup", value_name = "CMD")]
    setup: Vec<String>,
    /// Where the gate leaves JUnit XML; found by itself for well-known runners
    #[arg(long = "report", value_name = "GLOB")]
    reports: Vec<String>,
    /// Seconds that one command may take
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// The branch to repair; the repository's own default when absent
    #[arg(long)]
    branch: Option<String>,
    /// `service.name` of its telemetry; its name when absent
    #[arg(long = "service", value_name = "NAME")]
    services: Vec<String>,
    /// Only watch: nothing is ever proposed
    #[arg(long)]
    observe: bool,
    /// The server; `DEVOS_URL` or the running `devos up` when absent
    #[arg(long)]
    url: Option<String>,
}

/// Connects the repository and says aloud what that grants.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    if arguments.gates.is_empty() && !arguments.observe {
        bail!("say how the repository proves itself with --gate 'CMD', or only watch it with --observe");
    }
    let client = Client::open(arguments.url.clone())?;
    let request = request(arguments)?;
    let repository: Repository = client.post("/repositories", &request)?;
    announce(&client, &repository);
    Ok(ExitCode::SUCCESS)
}

fn request(arguments: Arguments) -> Result<ConnectRepository> {
    let remote = match (&arguments.path, arguments.remote) {
        (Some(path), _) => absolute(path)?,
        (None, Some(remote)) => remote,
        (None, None) => bail!("give --path or --remote"),
    };
    let name = arguments.name.unwrap_or_else(|| last_part(&remote));
    let gates = GatePlan {
        setup: arguments.setup,
        fast: arguments.fast,
        full: arguments.gates,
        reports: arguments.reports,
        timeout_seconds: arguments.timeout,
    };
    let settings = RepositorySettings { enabled: !arguments.observe, gates, ..RepositorySettings::default() };
    Ok(ConnectRepository {
        name,
        remote,
        default_branch: arguments.branch,
        services: arguments.services,
        settings: Some(settings),
    })
}

fn absolute(path: &Path) -> Result<String> {
    let full = path.canonicalize().with_context(|| format!("cannot find {}", path.display()))?;
    full.to_str().map(str::to_owned).with_context(|| format!("{} is not UTF-8", full.display()))
}

fn last_part(remote: &str) -> String {
    let last = remote.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
    last.trim_end_matches(".git").to_owned()
}

/// Says what the connection grants: opting in is never silent.
pub fn announce(client: &Client, repository: &Repository) {
    println!("connected {} ({})", repository.name, repository.remote);
    if repository.settings.enabled {
        println!(
            "self-healing is ON: tier {}, level {} (it opens pull requests, a person merges every one)",
            repository.settings.tier, repository.settings.level
        );
    } else {
        println!("self-healing is OFF: the repository is only watched");
    }
    println!("settings: {}/repositories/{}", client.url(), repository.id);
    println!("next: devos upload junit --repo {} --commit \"$(git rev-parse HEAD)\" report.xml", repository.name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_from_the_remote() {
        for (remote, name) in [
            ("/srv/git/shop", "shop"),
            ("/srv/git/shop.git/", "shop"),
            ("https://git.example/team/shop.git", "shop"),
            ("git@git.example:shop.git", "shop"),
        ] {
            assert_eq!(last_part(remote), name);
        }
    }
}
