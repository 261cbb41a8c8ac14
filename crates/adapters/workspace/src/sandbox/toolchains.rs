//! Languages installed outside the system directories: which directories they need, and nothing beside them.

use std::collections::BTreeSet;
use std::env::split_paths;
use std::path::{Component, Path, PathBuf};

use super::mounts::Mount;
use crate::SandboxConfig;

/// Version managers that keep programs and libraries, and no secrets, below one directory of this name.
const WHOLE: [&str; 10] =
    [".pyenv", ".rbenv", ".nodenv", ".goenv", ".nvm", ".volta", ".asdf", ".sdkman", ".deno", ".bun"];
/// Below these everything is mounted anyway.
const SYSTEM: [&str; 5] = ["/usr", "/bin", "/sbin", "/lib", "/lib64"];

/// What commands find beside the system's own programs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Toolchains {
    pub(super) mounts: Vec<Mount>,
    pub(super) variables: Vec<(String, String)>,
}

impl Toolchains {
    /// Reads the search path: entries of a known layout are mounted where they are, all others are left out.
    pub(super) fn find(config: &SandboxConfig) -> Self {
        let mut path: Vec<PathBuf> = config.toolchains.iter().map(|root| root.join("bin")).collect();
        let mut directories: BTreeSet<PathBuf> = config.toolchains.iter().cloned().collect();
        let mut variables = Vec::new();
        for entry in split_paths(&config.path) {
            if SYSTEM.iter().any(|system| entry.starts_with(system)) {
                path.push(entry);
            } else if entry.ends_with(".cargo/bin") {
                // Not `.cargo` itself, which may hold a registry token.
                let rustup = entry.parent().and_then(Path::parent).map(|home| home.join(".rustup"));
                if let Some(rustup) = rustup.filter(|rustup| rustup.is_dir()) {
                    variables.push(("RUSTUP_HOME".to_owned(), rustup.display().to_string()));
                    directories.insert(rustup);
                }
                directories.insert(entry.clone());
                path.push(entry);
            } else if let Some(root) = root_of(&entry) {
                if root.ends_with(".pyenv") {
                    variables.push(("PYENV_ROOT".to_owned(), root.display().to_string()));
                }
                directories.insert(root);
                path.push(entry);
            }
        }
        for fallback in ["/usr/local/bin", "/usr/bin", "/bin"] {
            path.push(fallback.into());
        }
        let mut seen = BTreeSet::new();
        path.retain(|entry| entry.is_dir() && seen.insert(entry.clone()));
        let path: Vec<String> = path.iter().map(|entry| entry.display().to_string()).collect();
        variables.push(("PATH".to_owned(), path.join(":")));
        variables.dedup();
        let visible = directories.into_iter().filter(|directory| directory.is_dir());
        Self { mounts: visible.map(|directory| Mount::read(directory.clone(), directory)).collect(), variables }
    }
}

/// The directory that a toolchain's programs need, when its layout is known.
fn root_of(entry: &Path) -> Option<PathBuf> {
    if let Ok(below) = entry.strip_prefix("/opt") {
        return below.components().next().map(|name| Path::new("/opt").join(name));
    }
    if entry.starts_with("/nix/store") {
        return Some("/nix/store".into());
    }
    let mut root = PathBuf::new();
    for component in entry.components() {
        root.push(component);
        let Component::Normal(name) = component else { continue };
        if WHOLE.iter().any(|known| name == *known) {
            return Some(root);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::root_of;

    #[test]
    fn known_layouts_are_mounted_and_home_directories_never() {
        let root = |entry: &str| root_of(Path::new(entry)).map(PathBuf::into_os_string);
        assert_eq!(root("/home/a/.pyenv/shims"), Some("/home/a/.pyenv".into()));
        assert_eq!(root("/home/a/.nvm/versions/node/v22/bin"), Some("/home/a/.nvm".into()));
        assert_eq!(root("/opt/jdk/bin"), Some("/opt/jdk".into()));
        for entry in ["/home/a/.local/bin", "/home/a/bin", "/opt", "relative/bin", "/srv", "/"] {
            assert_eq!(root(entry), None, "{entry}");
        }
    }
}
