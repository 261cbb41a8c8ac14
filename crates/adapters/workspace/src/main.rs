//! The inner half of the sandbox as its own program, so that tests need no `devos` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    devos_workspace::sandbox_exec_main(std::env::args_os().skip(1))
}
