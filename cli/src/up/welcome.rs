//! What a newcomer sees, and the token that this machine's commands use.

use std::time::Duration;

use anyhow::Result;
use devos_contracts::api::CreateToken;
use devos_contracts::scope::{Actor, Rights, Role, Scope, TokenScope};
use devos_ports::store::Bootstrap;
use devos_services::Identity;

use super::System;
use crate::place::Place;
use crate::wire;

/// The token of this machine's commands: the one written down if it still works, else a new one.
pub async fn token(place: &Place, identity: &Identity, found: &Bootstrap) -> Result<String> {
    if let Some(known) = place.access()
        && identity.token(&known.token).await?.is_some()
    {
        return Ok(known.token);
    }
    let scope = Scope {
        tenant: found.tenant,
        actor: Actor::User { id: found.owner, email: "owner@localhost".into() },
        rights: Rights::Role(Role::Owner),
    };
    let scopes = vec![TokenScope::Ingest, TokenScope::Read, TokenScope::Write, TokenScope::Admin];
    let request = CreateToken { name: "devos commands on this machine".into(), scopes };
    Ok(identity.create_token(&scope, request).await?.secret)
}

/// Says which isolation repairs run in; without any, nothing is repaired, and a newcomer must know why.
pub async fn print_sandbox(place: &Place) {
    match wire::sandbox_profile(&place.data()).await {
        Ok(profile) if profile.name == "none" => {
            println!("  sandbox     NONE: nothing can be repaired. {}", profile.lacks.join("; "));
        }
        Ok(profile) => println!("  sandbox     {}", profile.name),
        Err(error) => println!("  sandbox     NONE: nothing can be repaired. {error:#}"),
    }
}

/// Says where everything is.
pub fn print(system: &System, took: Duration) {
    println!("DevOS Cloud is ready ({:.1} s)", took.as_secs_f64());
    println!("  dashboard   {}", system.url);
    match &system.link {
        Some(link) => println!("  sign in     {}/sign-in?link={link}   (works once)", system.url),
        None => println!("  sign in     with owner@localhost and your password"),
    }
    let [http, grpc] = system.otlp.map(|address| address.map_or("off".to_owned(), |address| address.to_string()));
    println!("  telemetry   OTLP: HTTP at {http}, gRPC at {grpc}; a token from `devos token create`");
    println!("  repository  devos connect --path DIR --gate 'CMD'");
    println!("  Ctrl-C stops everything; data is in {}", system.place.root().display());
}
