//! `devos token`: machine tokens.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Subcommand, ValueEnum};
use devos_contracts::api::{CreateToken, CreatedToken, Page};
use devos_contracts::identity::ApiToken;
use devos_contracts::scope::TokenScope;

use crate::client::Client;

/// Subcommands of `devos token`.
#[derive(Subcommand)]
pub enum Token {
    /// Make a token and print its secret, this once
    Create {
        /// What it is for
        name: String,
        /// What it may do
        #[arg(long, value_enum, value_delimiter = ',', default_value = "ingest")]
        scopes: Vec<Scope>,
    },
    /// List the tokens
    List,
    /// Revoke a token
    Revoke {
        /// Its id
        id: String,
    },
}

/// A scope as it is typed.
#[derive(Clone, Copy, ValueEnum)]
pub enum Scope {
    /// Send telemetry and CI results
    Ingest,
    /// Read everything
    Read,
    /// Change repositories, repairs and patterns
    Write,
    /// Change settings and tokens
    Admin,
}

impl From<Scope> for TokenScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Ingest => Self::Ingest,
            Scope::Read => Self::Read,
            Scope::Write => Self::Write,
            Scope::Admin => Self::Admin,
        }
    }
}

/// Runs the subcommand.
pub fn run(what: Token) -> Result<ExitCode> {
    let client = Client::open(None)?;
    match what {
        Token::Create { name, scopes } => {
            let request = CreateToken { name, scopes: scopes.into_iter().map(Into::into).collect() };
            let created: CreatedToken = client.post("/tokens", &request)?;
            println!("{}", created.secret);
        }
        Token::List => {
            let page: Page<ApiToken> = client.get("/tokens")?;
            for token in page.items {
                let state = if token.revoked_at.is_some() { "revoked" } else { "active" };
                println!("{}  {}…  {state}  {}", token.id, token.prefix, token.name);
            }
        }
        Token::Revoke { id } => {
            client.delete(&format!("/tokens/{id}"))?;
            println!("revoked");
        }
    }
    Ok(ExitCode::SUCCESS)
}
