//! `devos migrate`: bring the database up to date.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use devos_contracts::UserId;
use tokio::runtime::Runtime;

use crate::config;
use crate::wire::{self, Urls};

/// Arguments of `devos migrate`.
#[derive(Args)]
pub struct Arguments {
    /// Make the first tenant and print the one-time sign-in link of its owner with this address
    #[arg(long, value_name = "EMAIL")]
    owner: Option<String>,
}

/// Migrates, and makes the first owner when asked to.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    config::start_logs("warn");
    let owner = config::owner_url()
        .context("set DATABASE_OWNER_URL to the address of a role that may create roles and tables")?;
    Runtime::new()?.block_on(async {
        let unsaid = Urls::trusting(&owner)?;
        let (app, ingest) = config::role_urls();
        let urls =
            Urls { app: app.unwrap_or(unsaid.app), ingest: ingest.unwrap_or(unsaid.ingest), owner: unsaid.owner };
        wire::migrate(&urls).await?;
        println!("the database is up to date");
        if let Some(email) = &arguments.owner {
            // The other roles' passwords need not be known here.
            let identity = wire::identity(&Urls { app: owner.clone(), ingest: owner.clone(), owner: None }).await?;
            let found = identity.bootstrap("Default", email).await?;
            println!("one-time sign-in link: /sign-in?link={}", identity.make_link(UserId(found.owner.0)).await?);
        }
        Ok(ExitCode::SUCCESS)
    })
}
