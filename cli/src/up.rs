//! `devos up`: the whole system in one foreground process.

mod database;
mod supervise;
mod welcome;

use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use tokio::runtime::Runtime;

use crate::place::{Access, Claim, Place};
use crate::{config, demo, serve};

/// Arguments of `devos up`.
#[derive(Args, Clone)]
pub struct Arguments {
    /// The address that everything listens on
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// API, OTLP and dashboard
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// OTLP over HTTP, where SDKs look for it
    #[arg(long, default_value_t = 4318)]
    otlp_port: u16,
    /// OTLP over gRPC, where SDKs look for it
    #[arg(long, default_value_t = 4317)]
    grpc_port: u16,
    /// Throw away everything and start over
    #[arg(long)]
    fresh: bool,
    /// Leave the demo out
    #[arg(long)]
    no_demo: bool,
    /// Keep this installation apart from others on this machine
    #[arg(long, default_value = "local", value_parser = name)]
    name: String,
}

fn name(text: &str) -> Result<String, String> {
    let fine = !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fine { Ok(text.to_owned()) } else { Err("use lower-case letters, digits and -".into()) }
}

/// A running system, stopped by [`System::stop`].
pub struct System {
    /// The API's address.
    pub url: String,
    /// Where OTLP is taken beside it: over HTTP and over gRPC.
    pub otlp: [Option<SocketAddr>; 2],
    /// A token with every scope.
    pub token: String,
    /// A one-time sign-in link's token; none once the owner has a password.
    pub link: Option<String>,
    /// Where it keeps its things.
    pub place: Place,
    database: database::Database,
    worker: supervise::Worker,
    server: tokio::task::JoinHandle<Result<(), devos_server::RunError>>,
    tell: tokio::sync::oneshot::Sender<()>,
    /// Let go last of all.
    _claim: Claim,
}

impl Arguments {
    /// A system of its own on free ports, for `devos demo --once`.
    pub fn private(name: &str) -> Self {
        Self {
            host: IpAddr::from([127, 0, 0, 1]),
            port: 0,
            otlp_port: 0,
            grpc_port: 0,
            fresh: true,
            no_demo: true,
            name: name.to_owned(),
        }
    }
}

/// Starts the system, shows where it is, and runs it until Ctrl-C.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    config::start_logs("warn");
    let started = Instant::now();
    Runtime::new()?.block_on(async move {
        let mut system = start(&arguments, &|line| eprintln!("  {line}")).await?;
        welcome::print(&system, started.elapsed());
        welcome::print_sandbox(&system.place).await;
        if !arguments.no_demo {
            demo::show(&system);
        }
        let code = tokio::select! {
            () = serve::told_to_stop() => {
                eprintln!("stopping");
                ExitCode::SUCCESS
            }
            reason = system.broken() => {
                eprintln!("devos: {reason}; stopping");
                ExitCode::FAILURE
            }
        };
        system.stop().await?;
        eprintln!("stopped; everything is kept for the next start");
        Ok(code)
    })
}

/// Starts every part; `say` tells each long step.
pub async fn start(arguments: &Arguments, say: &(dyn Fn(&str) + Sync)) -> Result<System> {
    let place = Place::locate(&arguments.name)?;
    let at = |port| SocketAddr::from((arguments.host, port));
    let mut settings = devos_server::Config {
        http: at(arguments.port),
        otlp_http: Some(at(arguments.otlp_port)),
        otlp_grpc: Some(at(arguments.grpc_port)),
        database: devos_server::config::Database { app: String::new(), ingest: String::new() },
        data: place.data(),
        local_paths: true,
        quota: devos_server::config::Quota::default(),
        secure_cookies: false,
    };
    let listeners = devos_server::listen(&settings).await?;
    let claim = place.claim()?;
    supervise::end_leftover(&place).await?;
    let database = database::start(&place, arguments.fresh, say).await?;
    settings.database =
        devos_server::config::Database { app: database.urls.app.clone(), ingest: database.urls.ingest.clone() };

    let bound = listeners.connect(&settings).await?;
    let url = format!("http://{}", bound.http);
    let otlp = [bound.otlp_http, bound.otlp_grpc];
    let identity = &bound.app().identity;
    let found = identity.bootstrap("Local", "owner@localhost").await?;
    let link = if found.owner_has_password { None } else { Some(identity.make_link(found.owner).await?) };
    let token = welcome::token(&place, identity, &found).await?;
    place.put_access(&Access { url: url.clone(), token: token.clone() })?;

    let worker = supervise::start(&place, &database.urls)?;
    let (tell, told) = tokio::sync::oneshot::channel();
    let server = tokio::spawn(bound.serve(async move {
        let _ = told.await;
    }));
    Ok(System { url, otlp, token, link, place, database, worker, server, tell, _claim: claim })
}

impl System {
    /// Resolves, with the reason, when a part that can not be started again is gone.
    async fn broken(&mut self) -> String {
        tokio::select! {
            ended = &mut self.server => match ended {
                Ok(Ok(())) => "the server ended".into(),
                Ok(Err(error)) => error.to_string(),
                Err(error) => error.to_string(),
            },
            () = self.database.exited() => "PostgreSQL ended".into(),
        }
    }

    /// Stops the parts in the reverse order of their start.
    pub async fn stop(self) -> Result<()> {
        let _ = self.tell.send(());
        let _ = self.server.await;
        self.worker.stop().await;
        self.database.stop().await.context("PostgreSQL did not stop cleanly")
    }
}
