//! What must be on the machine: found, else installed where we may, else named.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::command::{self, Cargo, located, on_path};

/// Where a package's presence is seen: any of these programs.
struct Need {
    package: &'static str,
    programs: &'static [&'static str],
}

/// What running the product needs.
const RUNNING: [Need; 3] = [
    Need { package: "bubblewrap", programs: &["bwrap"] },
    Need { package: "git", programs: &["git"] },
    Need { package: "python3-pip", programs: &["pip3", "pip"] },
];

/// What the tests need besides.
const TESTING: [Need; 2] =
    [Need { package: "chromium", programs: &CHROMIUMS }, Need { package: "npm", programs: &["npm"] }];

/// The names Chromium goes by.
const CHROMIUMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The test runner's version; the newest may want a newer compiler.
const NEXTEST: &str = "cargo-nextest@0.9.143";

/// The dashboard's target.
const WASM: &str = "wasm32-unknown-unknown";

/// Makes sure that the product can run here.
pub fn for_running() -> Result<()> {
    install(&missing(&RUNNING))
}

/// Makes sure that the tests can run here.
pub fn for_testing(root: &Path) -> Result<()> {
    let mut packages = missing(&RUNNING);
    packages.extend(missing(&TESTING));
    install(&packages)?;
    if !on_path("cargo-nextest") {
        eprintln!("installing {NEXTEST}, once");
        Cargo::new(root, &["install", "--locked", NEXTEST]).run()?;
    }
    wasm_target()
}

/// The browser's program, for the end-to-end tests.
pub fn chromium() -> Option<PathBuf> {
    CHROMIUMS.into_iter().find_map(located)
}

/// Makes sure that the compiler can build for the browser.
pub fn wasm_target() -> Result<()> {
    let sysroot = command::capture(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(WASM).exists() {
        return Ok(());
    }
    if !on_path("rustup") {
        bail!("this Rust has no standard library for {WASM}; install Rust with rustup, or that library");
    }
    command::run(Command::new("rustup").args(["target", "add", WASM]))
}

fn missing(needs: &[Need]) -> Vec<&'static str> {
    let absent = needs.iter().filter(|need| !need.programs.iter().any(|program| on_path(program)));
    absent.map(|need| need.package).collect()
}

/// Installs packages with apt, as root or through a sudo that asks nothing.
fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    let Some(apt) = privileged_apt() else {
        bail!("missing: {list}. Install with: sudo apt-get install {list}");
    };
    eprintln!("installing {list}");
    let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    if command::run(&mut apt(&install)).is_ok() {
        return Ok(());
    }
    // A machine that never fetched the package lists fails at first.
    command::run(&mut apt(&["update"]))?;
    command::run(&mut apt(&install))
}

/// How to call apt with the rights it needs, if we have them.
fn privileged_apt() -> Option<fn(&[&str]) -> Command> {
    let quiet = |program: &str, arguments: &[&str]| {
        let run = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output();
        run.ok().filter(|output| output.status.success()).map(|output| output.stdout)
    };
    if !on_path("apt-get") {
        return None;
    }
    if quiet("id", &["-u"]).is_some_and(|id| id.trim_ascii() == b"0") {
        return Some(|arguments| {
            let mut command = Command::new("apt-get");
            command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
            command
        });
    }
    quiet("sudo", &["-n", "true"])?;
    Some(|arguments| {
        let mut command = Command::new("sudo");
        command.args(["-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
        command
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_missing_when_none_of_its_programs_is_there() {
        let any = Need { package: "shell", programs: &["no-such-program", "sh"] };
        let none = Need { package: "absent", programs: &["no-such-program"] };
        assert_eq!(missing(&[any, none]), ["absent"]);
        assert!(install(&[]).is_ok(), "nothing missing, nothing installed");
    }
}
