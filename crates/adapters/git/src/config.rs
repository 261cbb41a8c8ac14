//! What git inherits from our own environment; the only place here that reads it.

use std::env;
use std::ffi::OsString;
use std::time::Duration;

/// Names that git, curl and ssh need to reach a remote, and that hold no secret.
const INHERITED: [&str; 10] = [
    "PATH",
    "GIT_SSL_CAINFO",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSH_AUTH_SOCK",
];

/// Everything that git is told from outside.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The program to run.
    pub program: OsString,
    /// Variables handed to it; there are no others.
    pub variables: Vec<(String, OsString)>,
    /// How it calls ssh; must never ask a person anything.
    pub ssh_command: String,
    /// The longest a call without network may take.
    pub local_timeout: Duration,
    /// The longest a call over the network may take.
    pub network_timeout: Duration,
}

impl Environment {
    /// Reads our own environment: search path, certificates, proxy, ssh agent, and `DEVOS_GIT_SSH` for how to call ssh.
    pub fn current() -> Self {
        Self {
            program: "git".into(),
            variables: INHERITED.iter().filter_map(|&name| Some((name.to_owned(), env::var_os(name)?))).collect(),
            ssh_command: env::var("DEVOS_GIT_SSH")
                .unwrap_or_else(|_| "ssh -oBatchMode=yes -oClearAllForwardings=yes".to_owned()),
            local_timeout: Duration::from_mins(2),
            network_timeout: Duration::from_mins(15),
        }
    }
}
