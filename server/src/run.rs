//! Binding and serving, with a clean end.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;

use crate::config::Config;
use crate::http::{self, Shared};
use crate::{otlp_grpc, wire};

/// How long requests in flight may take to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often refused telemetry of tenants that send nothing else is written down.
const LEDGER: Duration = Duration::from_secs(10);

/// The server does not start, or stops.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The address is taken or not ours.
    #[error("{address} can not be used ({reason}); choose another port or stop what uses it")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] devos_ports::StoreError),
    /// A listener broke.
    #[error("a listener stopped: {0}")]
    Serve(String),
}

/// The server's ports, bound.
pub struct Listeners {
    main: TcpListener,
    otlp_http: Option<TcpListener>,
    otlp_grpc: Option<TcpListener>,
}

/// A server that is ready to serve.
pub struct Bound {
    /// API, OTLP and dashboard; with port 0 asked for, the port that was given.
    pub http: SocketAddr,
    /// OTLP over HTTP alone, likewise.
    pub otlp_http: Option<SocketAddr>,
    /// OTLP over gRPC, likewise.
    pub otlp_grpc: Option<SocketAddr>,
    app: Shared,
    listeners: Listeners,
}

/// Binds every port, before anything else starts, so that a taken one is told at once.
pub async fn listen(config: &Config) -> Result<Listeners, RunError> {
    Ok(Listeners {
        main: bind(config.http).await?,
        otlp_http: optional(config.otlp_http).await?,
        otlp_grpc: optional(config.otlp_grpc).await?,
    })
}

impl Listeners {
    /// Connects the adapters behind the ports.
    pub async fn connect(self, config: &Config) -> Result<Bound, RunError> {
        let http = given(&self.main, config.http)?;
        let otlp_http = self.otlp_http.as_ref().zip(config.otlp_http);
        let otlp_grpc = self.otlp_grpc.as_ref().zip(config.otlp_grpc);
        Ok(Bound {
            http,
            otlp_http: otlp_http.map(|(listener, asked)| given(listener, asked)).transpose()?,
            otlp_grpc: otlp_grpc.map(|(listener, asked)| given(listener, asked)).transpose()?,
            app: Arc::new(wire::app(config).await?),
            listeners: self,
        })
    }
}

/// The address that was given where port 0 was asked for.
fn given(listener: &TcpListener, asked: SocketAddr) -> Result<SocketAddr, RunError> {
    listener.local_addr().map_err(|reason| RunError::Bind { address: asked, reason })
}

async fn bind(address: SocketAddr) -> Result<TcpListener, RunError> {
    TcpListener::bind(address).await.map_err(|reason| RunError::Bind { address, reason })
}

async fn optional(address: Option<SocketAddr>) -> Result<Option<TcpListener>, RunError> {
    match address {
        Some(address) => bind(address).await.map(Some),
        None => Ok(None),
    }
}

impl Bound {
    /// What handlers can reach; `devos up` makes its first owner and token with it.
    pub fn app(&self) -> &Shared {
        &self.app
    }

    /// Serves until `stop` resolves, then gives requests in flight a moment to finish.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> Result<(), RunError> {
        let told = self.app.stopping.subscribe();
        let main = serve(self.listeners.main, http::router(self.app.clone()), told.clone());
        let otlp_http = async {
            match self.listeners.otlp_http {
                Some(listener) => serve(listener, http::otlp_router(self.app.clone()), told.clone()).await,
                None => Ok(()),
            }
        };
        let otlp_grpc = async {
            let Some(listener) = self.listeners.otlp_grpc else { return Ok(()) };
            tonic::transport::Server::builder()
                .add_routes(otlp_grpc::routes(self.app.clone()))
                .serve_with_incoming_shutdown(TcpListenerStream::new(listener), ended(told.clone()))
                .await
                .map_err(|error| RunError::Serve(error.to_string()))
        };
        let all = async { tokio::try_join!(main, otlp_http, otlp_grpc).map(|_| ()) };
        let patience = async {
            stop.await;
            self.app.stopping.send_replace(true);
            tokio::time::sleep(PATIENCE).await;
        };
        let ended = tokio::select! {
            ended = all => ended,
            () = patience => Ok(()),
            never = keep_ledger(&self.app) => match never {},
        };
        keep(&self.app).await;
        self.app.store.close().await;
        ended
    }
}

/// Writes down again and again what was refused.
async fn keep_ledger(app: &Shared) -> Infallible {
    loop {
        tokio::time::sleep(LEDGER).await;
        keep(app).await;
    }
}

async fn keep(app: &Shared) {
    if let Err(error) = app.ingest.flush().await {
        tracing::warn!(%error, "refused telemetry is counted later");
    }
}

async fn serve(listener: TcpListener, router: Router, told: watch::Receiver<bool>) -> Result<(), RunError> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(ended(told))
        .await
        .map_err(|error| RunError::Serve(error.to_string()))
}

async fn ended(mut told: watch::Receiver<bool>) {
    let _ = told.wait_for(|stop| *stop).await;
}
