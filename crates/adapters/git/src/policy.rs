//! Which remotes an installation may use.

use std::path::PathBuf;

use crate::GitError;
use crate::credentials;

/// What an installation allows as a remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemotePolicy {
    /// True under `devos up`: paths of this machine, plain or as `file://`, are allowed.
    pub paths: bool,
}

/// A remote that the policy let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A directory of this machine.
    Path(PathBuf),
    /// An `https://` or `ssh://` URL, or `user@host:path`.
    Url(String),
}

impl RemotePolicy {
    /// Reads a remote as a person wrote it, or says clearly why it is refused.
    pub fn locate(self, remote: &str) -> Result<Location, GitError> {
        self.read(remote).map_err(|reason| GitError::RemoteRefused {
            remote: credentials::strip(remote.split('?').next().unwrap_or_default()),
            reason: reason.to_owned(),
        })
    }

    fn read(self, remote: &str) -> Result<Location, &'static str> {
        if remote.is_empty() || remote.chars().any(|c| c.is_control() || c.is_whitespace() && c != ' ') {
            return Err("it is empty or holds control characters");
        }
        if remote.starts_with('-') {
            return Err("it would be read as an option");
        }
        if let Some((scheme, rest)) = remote.split_once("://") {
            return match scheme {
                "https" => https(rest).map(|()| Location::Url(remote.to_owned())),
                "ssh" => ssh(rest).map(|()| Location::Url(remote.to_owned())),
                "file" => self.path(&percent_decode(rest).ok_or("its escapes can not be read")?),
                _ => Err("only https:// and ssh:// are allowed"),
            };
        }
        let before_slash = remote.split('/').next().unwrap_or_default();
        if before_slash.contains("::") {
            return Err("transport helpers can run commands; use https:// or ssh://");
        }
        if let Some((host, path)) = remote.split_once(':').filter(|(host, _)| !host.contains('/')) {
            if path.starts_with('-') || path.is_empty() {
                return Err("it names no path");
            }
            return ssh(host).map(|()| Location::Url(remote.to_owned()));
        }
        self.path(remote)
    }

    fn path(self, path: &str) -> Result<Location, &'static str> {
        if !self.paths {
            return Err("paths of this machine can only be connected under `devos up`; use https:// or ssh://");
        }
        let path = PathBuf::from(path);
        if !path.is_absolute() {
            return Err("give the whole path, from /");
        }
        Ok(Location::Path(path))
    }
}

fn https(rest: &str) -> Result<(), &'static str> {
    let authority = rest.split('/').next().unwrap_or_default();
    if authority.contains('@') || rest.contains('?') || rest.contains('#') {
        return Err("it holds credentials or a query; give the plain URL");
    }
    host(authority)
}

fn ssh(rest: &str) -> Result<(), &'static str> {
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((user, _)) if user.contains(':') => Err("it holds a password; use a key"),
        Some((user, _)) if user.starts_with('-') => Err("its user would be read as an option"),
        Some((_, name)) => host(name),
        None => host(authority),
    }
}

fn host(name: &str) -> Result<(), &'static str> {
    if name.is_empty() || name.starts_with('-') || name.contains(' ') {
        return Err("it names no host");
    }
    Ok(())
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;
