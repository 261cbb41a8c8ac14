//! From a checkout to the running product.

use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::bundle::{self, Mode};
use crate::workspace::Workspace;
use crate::{prerequisites, product};

/// Builds what changed, then becomes `devos up`.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let start = Instant::now();
    prerequisites::for_running()?;
    eprintln!("building the dashboard (some minutes the first time, seconds later)");
    bundle::build(workspace, Mode::Quick)?;
    eprintln!("building devos (some minutes the first time, seconds later)");
    let devos = product::debug(workspace)?;
    eprintln!("starting devos up ({:.0} s so far)", start.elapsed().as_secs_f64());
    let error = Command::new(&devos).arg("up").args(arguments).exec();
    Err(error).with_context(|| devos.display().to_string())
}
