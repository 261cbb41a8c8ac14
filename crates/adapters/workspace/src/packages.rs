//! Package hosts: which ones a setup phase may reach, found by asking this machine's own package clients.
//!
//! No registry is named here. A client that is set to a mirror leads to that mirror, and an air-gapped machine to
//! nothing at all.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::SandboxConfig;

mod proxy;

pub(crate) use proxy::PackageProxy;

/// How long one client may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where packages come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PackageSources {
    /// Allowed authorities, `host:port`.
    pub(crate) hosts: BTreeSet<String>,
    /// Client settings without credentials, as variables.
    pub(crate) variables: Vec<(String, String)>,
}

impl PackageSources {
    /// Asks the clients that are installed; one that is missing or silent adds nothing.
    pub(crate) async fn find(config: &SandboxConfig) -> Self {
        let mut sources = Self::default();
        for (name, value) in &config.indexes {
            let urls: Vec<String> = value.split([' ', ',', '|']).filter_map(|url| sources.add(url)).collect();
            if !urls.is_empty() {
                sources.variables.push((name.clone(), urls.join(if name == "GOPROXY" { "," } else { " " })));
            }
        }
        let named = |name: &str| config.indexes.iter().any(|(variable, _)| variable == name);
        if !named("PIP_INDEX_URL") {
            match ask(config, "pip", &["config", "get", "global.index-url"]).await.and_then(|url| sources.add(&url)) {
                Some(url) => sources.variables.push(("PIP_INDEX_URL".to_owned(), url)),
                None => sources.add_all(ask(config, "python3", &["-c", PIP_DEFAULTS]).await.as_deref()),
            }
        }
        if !named("npm_config_registry")
            && let Some(url) =
                ask(config, "npm", &["config", "get", "registry"]).await.and_then(|url| sources.add(&url))
        {
            sources.variables.push(("npm_config_registry".to_owned(), url));
        }
        sources.add_all(ask(config, "go", &["env", "GOPROXY", "GOSUMDB"]).await.as_deref());
        if let Some(home) = &config.home {
            sources.add_cargo(&home.join(".cargo"));
        }
        for host in &config.package_hosts {
            sources.add(&if host.contains("://") { host.clone() } else { format!("https://{host}") });
        }
        sources.variables.extend(config.certificates.iter().cloned());
        sources
    }

    /// Allows a URL's host; answers the URL without credentials.
    fn add(&mut self, url: &str) -> Option<String> {
        let authority = authority(url)?;
        self.hosts.insert(authority);
        let (scheme, rest) = url.trim().split_once("://")?;
        let (before, after) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = before.rsplit('@').next().unwrap_or(before);
        Some(format!("{scheme}://{host}{after}"))
    }

    /// Allows every URL in an answer, and bare host names as `go env GOSUMDB` gives them.
    fn add_all(&mut self, answer: Option<&str>) {
        for word in answer.unwrap_or_default().split([' ', ',', '|', '\n']) {
            if word.contains("://") {
                self.add(word);
            } else if word.contains('.') && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-') {
                self.add(&format!("https://{word}"));
            }
        }
    }

    /// Cargo keeps the name of each index that it used as a folder, and the download host in that index's settings.
    fn add_cargo(&mut self, home: &Path) {
        let indexes = std::fs::read_dir(home.join("registry/index"));
        for index in indexes.into_iter().flatten().flatten() {
            let name = index.file_name();
            if let Some((host, _)) = name.to_str().and_then(|name| name.rsplit_once('-')) {
                self.add(&format!("https://{host}"));
            }
            let settings = std::fs::read(index.path().join("config.json")).ok();
            let settings = settings.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
            if let Some(download) = settings.as_ref().and_then(|settings| settings.get("dl")?.as_str()) {
                self.add(download);
            }
        }
    }
}

/// What pip uses when nothing else is set.
const PIP_DEFAULTS: &str = "from pip._internal.models.index import PyPI\n\
    print(PyPI.simple_url, 'https://' + PyPI.file_storage_domain)";

/// The `host:port` of a URL, in lower case; `None` when it is not one of http or https.
pub(crate) fn authority(url: &str) -> Option<String> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let port = match scheme {
        "https" | "sparse+https" => 443,
        "http" | "sparse+http" => 80,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?.to_ascii_lowercase();
    if authority.is_empty() {
        return None;
    }
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Some(if has_port { authority } else { format!("{authority}:{port}") })
}

/// What a client of this machine prints, outside of any project.
async fn ask(config: &SandboxConfig, program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).env("PATH", &config.path).current_dir("/").stdin(Stdio::null()).stderr(Stdio::null());
    let output = tokio::time::timeout(PATIENCE, command.kill_on_drop(true).output()).await.ok()?.ok()?;
    let answer = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !answer.is_empty() && answer != "undefined").then_some(answer)
}

#[cfg(test)]
mod tests {
    use super::{PackageSources, authority};

    #[test]
    fn authorities_have_a_port_and_no_credentials() {
        assert_eq!(authority("https://me:pw@Example.org/simple").as_deref(), Some("example.org:443"));
        assert_eq!(authority("http://example.org:8081?x").as_deref(), Some("example.org:8081"));
        assert_eq!(authority("https://[::1]/x").as_deref(), Some("[::1]:443"));
        for url in ["file:///srv/wheels", "example.org", "https://", "off", "direct"] {
            assert_eq!(authority(url), None, "{url}");
        }
    }

    #[test]
    fn settings_lose_their_credentials() {
        let mut sources = PackageSources::default();
        assert_eq!(sources.add("https://me:pw@example.org/a@b/").as_deref(), Some("https://example.org/a@b/"));
        sources.add_all(Some("https://proxy.example.org,direct\nsum.example.org"));
        let hosts: Vec<_> = sources.hosts.iter().map(String::as_str).collect();
        assert_eq!(hosts, ["example.org:443", "proxy.example.org:443", "sum.example.org:443"]);
    }
}
