//! What the operator decides about the sandbox; the only place here that reads the environment.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::protocol::Require;

/// Variables that tell package clients which certificates to trust; they hold paths, never secrets.
const CERTIFICATE_VARIABLES: [&str; 8] = [
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "PIP_CERT",
    "GIT_SSL_CAINFO",
    "CARGO_HTTP_CAINFO",
];

/// How the sandbox is built and what it may use of this machine.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// Checkouts and prepared dependencies; ours alone.
    pub directory: PathBuf,
    /// The program, and the arguments before the role, that call [`crate::sandbox_exec_main`].
    pub helper: Vec<OsString>,
    /// The bubblewrap program.
    pub bubblewrap: PathBuf,
    /// The account that runs commands when we are root; made when it is missing.
    pub account: String,
    /// Isolation without which nothing runs.
    pub require: Require,
    /// The search path in which toolchains are found.
    pub path: OsString,
    /// The home directory in which toolchains are found; none of the rest is visible inside.
    pub home: Option<PathBuf>,
    /// More directories that are visible inside, read-only; their `bin` comes first in the search path.
    pub toolchains: Vec<PathBuf>,
    /// More package hosts that a setup phase may reach, as `host` or `host:port`, beside the ones that this
    /// machine's package clients are set to.
    pub package_hosts: Vec<String>,
    /// The proxy through which this machine itself reaches package hosts, as `host:port`.
    pub upstream_proxy: Option<String>,
    /// Package indexes named by our environment, as (variable, URL); credentials are stripped before use.
    pub indexes: Vec<(String, String)>,
    /// Certificate variables handed to package clients inside.
    pub certificates: Vec<(String, String)>,
    /// Commands of different runs at a time.
    pub parallel_runs: usize,
    /// Largest result of a setup phase, bytes.
    pub prepared_bytes: u64,
    /// Checkouts, packed histories, and results of setup phases, kept for later runs; so many of each.
    pub kept: usize,
}

impl SandboxConfig {
    /// The defaults for a state directory and a helper, with `DEVOS_SANDBOX_*` and the search path of our environment.
    ///
    /// `DEVOS_SANDBOX_TOOLCHAINS` (paths joined by `:`), `DEVOS_SANDBOX_PACKAGE_HOSTS` (hosts joined by `,`),
    /// `DEVOS_SANDBOX_PARALLEL_RUNS` and `DEVOS_SANDBOX_WITHOUT` (`landlock`, `seccomp`, `user`, joined by `,`).
    pub fn current(directory: PathBuf, helper: Vec<OsString>) -> Self {
        let without = env::var("DEVOS_SANDBOX_WITHOUT").unwrap_or_default();
        let without: Vec<&str> = without.split(',').map(str::trim).collect();
        let toolchains = env::var_os("DEVOS_SANDBOX_TOOLCHAINS").unwrap_or_default();
        let hosts = env::var("DEVOS_SANDBOX_PACKAGE_HOSTS").unwrap_or_default();
        let named = |names: &[&str]| -> Vec<(String, String)> {
            names.iter().filter_map(|&name| Some((name.to_owned(), env::var(name).ok()?))).collect()
        };
        let proxy = env::var("HTTPS_PROXY").or_else(|_| env::var("https_proxy")).ok();
        Self {
            directory,
            helper,
            bubblewrap: "bwrap".into(),
            account: "devos-sandbox".to_owned(),
            require: Require {
                landlock: !without.contains(&"landlock"),
                seccomp: !without.contains(&"seccomp"),
                dedicated_user: !without.contains(&"user"),
            },
            path: env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into()),
            home: env::home_dir(),
            toolchains: env::split_paths(&toolchains).filter(|path| path.is_absolute()).collect(),
            package_hosts: hosts.split(',').map(str::trim).filter(|host| !host.is_empty()).map(str::to_owned).collect(),
            upstream_proxy: proxy.and_then(|url| crate::packages::authority(&url)),
            indexes: named(&["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "npm_config_registry", "GOPROXY"]),
            certificates: named(&CERTIFICATE_VARIABLES),
            parallel_runs: env::var("DEVOS_SANDBOX_PARALLEL_RUNS").ok().and_then(|n| n.parse().ok()).unwrap_or(1),
            prepared_bytes: 2 << 30,
            kept: 24,
        }
    }
}
