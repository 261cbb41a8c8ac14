//! The whole way: an OTLP request over HTTP, decoded, redacted, stored and acknowledged by our server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, ensure};
use devos_contracts::api::CreateToken;
use devos_contracts::scope::{Actor, Rights, TokenScope};
use devos_contracts::{Scope, TenantId};
use devos_ports::Store;
use devos_postgres::PostgresStore;
use devos_services::Identity;
use devos_system::{SystemClock, SystemEntropy};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::Plan;
use super::drive::{Watched, Writer, drive};
use super::payload::Payload;
use crate::figures::Lane;

/// Who sends.
pub struct Access {
    /// The tenant.
    pub tenant: TenantId,
    token: String,
}

/// Makes a tenant and a token that may send.
pub async fn admit(store: &Arc<PostgresStore>) -> Result<Access> {
    let shared: Arc<dyn Store> = store.clone();
    let identity = Identity::new(shared, Arc::new(SystemClock), Arc::new(SystemEntropy));
    let tenant = identity.bootstrap("Bench", "bench@localhost").await?.tenant;
    let scope = Scope { tenant, actor: Actor::System, rights: Rights::System };
    let request = CreateToken { name: "bench".to_owned(), scopes: vec![TokenScope::Ingest] };
    Ok(Access { tenant, token: identity.create_token(&scope, request).await?.secret })
}

/// A connection that is kept, as SDKs keep theirs. It is written by hand, because it shares the machine's cores with
/// what is measured.
pub struct OtlpWriter {
    stream: BufReader<TcpStream>,
    head: String,
    payload: Arc<Payload>,
    numbers: Arc<AtomicU64>,
}

/// Sends batches on every connection until the time is over.
pub async fn run(
    plan: &Plan,
    address: SocketAddr,
    access: &Access,
    payload: &Arc<Payload>,
    watched: Watched,
) -> Result<Lane> {
    let numbers = Arc::new(AtomicU64::new(1));
    let mut writers = Vec::new();
    for _ in 0..plan.connections {
        writers.push(OtlpWriter::connect(address, access, payload, &numbers).await?);
    }
    drive(plan, payload.rows, watched, writers).await
}

impl OtlpWriter {
    /// Opens a connection.
    pub async fn connect(
        address: SocketAddr,
        access: &Access,
        payload: &Arc<Payload>,
        numbers: &Arc<AtomicU64>,
    ) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\ncontent-type: application/x-protobuf\r\n",
            payload.telemetry.path(),
            access.token
        );
        Ok(Self { stream: BufReader::new(stream), head, payload: payload.clone(), numbers: numbers.clone() })
    }

    /// Sends a batch; answers the status and the body of the answer.
    pub async fn send(&mut self) -> Result<(u16, Vec<u8>)> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let body = self.payload.variant(number).numbered(number);
        let head = format!("{}content-length: {}\r\n\r\n", self.head, body.len());
        self.stream.write_all(head.as_bytes()).await?;
        self.stream.write_all(&body).await?;

        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        let status = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut length = 0;
        loop {
            line.clear();
            ensure!(self.stream.read_line(&mut line).await? > 0, "the server ended the connection");
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().context("the answer's length")?;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).await?;
        Ok((status.parse().context("the answer's status")?, answer))
    }
}

impl Writer for OtlpWriter {
    async fn write(&mut self) -> Result<()> {
        let (status, answer) = self.send().await?;
        // An ack without anything refused is an empty message.
        ensure!(status == 200 && answer.is_empty(), "{status}: {}", String::from_utf8_lossy(&answer));
        Ok(())
    }
}
