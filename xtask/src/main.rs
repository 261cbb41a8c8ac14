//! Developers' tasks: `cargo xtask help` lists them.

mod bundle;
mod command;
mod openapi;
mod prerequisites;
mod product;
mod test;
mod tidy;
mod tree;
mod up;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Developers' tasks of DevOS Cloud.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the dashboard and the product, then run `devos up` with the arguments given
    Up {
        /// Passed on to `devos up`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure the product against physical limits: `bench ingest`
    Bench {
        /// Passed on
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Everything CI runs, stopping at the first failure
    Test {
        /// Only these steps
        steps: Vec<String>,
    },
    /// Check the architecture's rules over the tree and the dependency graph
    Tidy,
    /// Bundle the dashboard into web/dist
    Web {
        /// The small build that ships, instead of the quick one
        #[arg(long)]
        release: bool,
    },
    /// Build the product for release; the last line printed is the path of the binary
    Build,
    /// Write openapi/devos.json from the handlers
    Openapi {
        /// Compare instead of writing
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let task = Arguments::parse().task;
    match Workspace::locate().and_then(|workspace| run(&workspace, task)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(workspace: &Workspace, task: Task) -> anyhow::Result<()> {
    match task {
        Task::Up { arguments } => up::run(workspace, &arguments),
        Task::Bench { arguments } => product::bench(workspace, &arguments),
        Task::Test { steps } => test::run(workspace, &steps),
        Task::Tidy => tidy::run(workspace),
        Task::Web { release } => bundle::build(workspace, bundle::Mode::of(release)),
        Task::Build => {
            println!("{}", product::release(workspace)?.display());
            Ok(())
        }
        Task::Openapi { check } => openapi::run(workspace, check),
    }
}
