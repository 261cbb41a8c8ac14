//! A running server on a database of its own, with two tenants.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use devos_contracts::scope::{Role, TokenScope};
use devos_contracts::{Scope, SessionId, TokenId, UserId};
use devos_ports::Store;
use devos_ports::store::NewToken;
use devos_postgres::Inspection;
use devos_server::Config;
use devos_server::config::Database as Addresses;
use devos_server::http::Shared;
use devos_testkit::{Database, Tenant};
use reqwest::{Method, RequestBuilder};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::answer::Answer;

/// A served API.
pub struct Cloud {
    /// `http://127.0.0.1:port`.
    pub url: String,
    /// The same for OTLP over gRPC.
    pub grpc: String,
    /// The same for OTLP over HTTP alone, where it was asked for.
    pub otlp: String,
    /// What its handlers reach.
    pub app: Shared,
    /// The tenant whose rows the tests work on.
    pub tenant: Tenant,
    /// Another tenant.
    pub stranger: Tenant,
    /// Its database.
    pub database: Database,
    /// Its data, and room for a test's own files.
    pub files: TempDir,
    http: reqwest::Client,
    tell: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

/// How a request says who sends it.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// Not at all.
    None,
    /// An API token.
    Token(String),
    /// A signed-in person's cookie.
    Session(String),
}

impl Cloud {
    /// As `devos up` serves: paths of this machine are allowed, cookies go over plain http.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With other settings.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        // The client is built to speak TLS too and wants a provider, although nothing here does.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let database = Database::fresh().await.unwrap();
        let files = tempfile::tempdir().unwrap();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let urls = database.urls();
        let mut config = Config {
            http: any,
            otlp_http: None,
            otlp_grpc: Some(any),
            database: Addresses { app: urls.app.clone(), ingest: urls.ingest.clone() },
            data: files.path().join("data"),
            local_paths: true,
            quota: devos_server::config::Quota::default(),
            secure_cookies: false,
        };
        change(&mut config);
        let bound = devos_server::listen(&config).await.unwrap().connect(&config).await.unwrap();
        let (tell, told) = oneshot::channel::<()>();
        Self {
            url: format!("http://{}", bound.http),
            grpc: format!("http://{}", bound.otlp_grpc.unwrap()),
            otlp: bound.otlp_http.map(|address| format!("http://{address}")).unwrap_or_default(),
            app: bound.app().clone(),
            tenant: Tenant::found(&database, "acme").await.unwrap(),
            stranger: Tenant::found(&database, "globex").await.unwrap(),
            database,
            files,
            http: reqwest::Client::new(),
            tell: Some(tell),
            server: tokio::spawn(async move {
                let stop = async { drop(told.await) };
                bound.serve(stop).await.unwrap();
            }),
        }
    }

    /// Tells the server to stop and waits until it has.
    pub async fn stop(&mut self) {
        drop(self.tell.take());
        (&mut self.server).await.unwrap();
    }

    /// The store behind the API.
    pub fn store(&self) -> &dyn Store {
        &*self.app.store
    }

    /// The first tenant, as the platform itself.
    pub fn scope(&self) -> &Scope {
        &self.tenant.scope
    }

    /// A request to a path.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// A request from an address that nobody has used, for what is limited by address.
    pub fn request_from_elsewhere(&self, method: Method, path: &str) -> RequestBuilder {
        elsewhere().request(method, format!("{}{path}", self.url))
    }

    /// Reads.
    pub async fn get(&self, who: &Credentials, path: &str) -> Answer {
        Answer::to(who.sign(self.request(Method::GET, path))).await
    }

    /// Posts a JSON body.
    pub async fn post(&self, who: &Credentials, path: &str, body: &impl Serialize) -> Answer {
        Answer::to(who.sign(self.request(Method::POST, path)).json(body)).await
    }

    /// Signs the first tenant's person in a role in.
    pub async fn person(&self, role: Role) -> Credentials {
        self.session(self.tenant.member(role).user, &self.tenant, TimeDelta::hours(1)).await
    }

    /// A session that ends after some time, or has ended.
    pub async fn session(&self, user: UserId, tenant: &Tenant, life: TimeDelta) -> Credentials {
        let secret = unique("ses_");
        let expires_at = Utc::now() + life;
        let id = SessionId(Uuid::now_v7());
        self.store().put_session(id, &digest(&secret), user, tenant.scope.tenant, expires_at).await.unwrap();
        Credentials::Session(secret)
    }

    /// A token of the first tenant.
    pub async fn token(&self, scopes: &[TokenScope]) -> Credentials {
        self.token_of(&self.tenant, scopes).await.1
    }

    /// A token of a tenant, with its id.
    pub async fn token_of(&self, tenant: &Tenant, scopes: &[TokenScope]) -> (TokenId, Credentials) {
        let secret = unique("dvs_");
        let token = NewToken {
            id: TokenId(Uuid::now_v7()),
            name: "machine".to_owned(),
            scopes: scopes.to_vec(),
            prefix: secret.chars().take(10).collect(),
            hash: digest(&secret),
            at: now(),
        };
        let mut tx = self.store().begin(&tenant.scope).await.unwrap();
        tx.add_token(&token).await.unwrap();
        tx.commit().await.unwrap();
        (token.id, Credentials::Token(secret))
    }

    /// Runs a statement past row-level security.
    pub async fn run(&self, sql: &str) {
        Inspection::open(self.database.superuser_url()).await.unwrap().run(sql, &[]).await.unwrap();
    }

    /// What a statement answers, seen past row-level security.
    pub async fn rows(&self, sql: &str, values: &[&str]) -> Vec<Value> {
        let mut database = Inspection::open(self.database.superuser_url()).await.unwrap();
        database.rows(sql, values).await.unwrap()
    }
}

impl Credentials {
    /// Adds them to a request.
    pub fn sign(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Token(secret) => request.bearer_auth(secret),
            Self::Session(secret) => request.header("cookie", format!("devos={secret}")),
        }
    }

    /// The token's or session's secret.
    pub fn secret(&self) -> &str {
        match self {
            Self::None => "",
            Self::Token(secret) | Self::Session(secret) => secret,
        }
    }
}

/// A client at an address of the loopback network that nobody has used.
pub fn elsewhere() -> reqwest::Client {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let [high, low] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let address = IpAddr::from(Ipv4Addr::new(127, 1, high, low));
    reqwest::Client::builder().local_address(address).build().unwrap()
}

/// A word that nobody has used.
pub fn unique(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{prefix}{}{}", Uuid::now_v7().simple(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// What is stored of a secret.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// Now, as PostgreSQL keeps it.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(Utc::now().timestamp_micros()).unwrap()
}
