//! The inner half of the sandbox: process 1 of the new namespaces, and what it starts.
//!
//! Three roles of one program. `stage` runs as root outside and only binds directories where an unprivileged
//! bubblewrap can find them. `init` is process 1 inside: it assembles the private file system, gives up its
//! capabilities, runs the commands one by one and sends the results. `command` restricts itself and becomes the shell.

use std::ffi::OsString;
use std::process::ExitCode;

mod archive;
mod bridge;
mod collect;
mod command;
mod filesystem;
mod init;
mod output;
mod process;
mod seccomp;
mod stage;

pub(crate) use stage::{STAGE, Staging};

/// Runs one role of the sandbox's inner half; `devos sandbox-exec` calls it with the arguments that follow.
pub fn sandbox_exec_main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args = args.into_iter();
    let role = args.next();
    let result = match role.as_ref().and_then(|role| role.to_str()) {
        Some("stage") => stage::run(&args.collect::<Vec<_>>()),
        Some("init") => init::run(),
        Some("command") => command::run(args.next()),
        _ => Err("this program is started by the sandbox, not by people".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("sandbox: {reason}");
            ExitCode::FAILURE
        }
    }
}
