//! The package proxy: tunnels to allowed hosts, through a socket that is mounted into a setup phase.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

/// Longest request before the tunnel, bytes.
const REQUEST_BYTES: u64 = 16 << 10;
/// Time to say what is wanted, and to reach a host.
const PATIENCE: Duration = Duration::from_secs(30);

/// Refused hosts that are remembered for the person who reads about the failure.
const MOST_REFUSED: usize = 20;

/// A proxy that serves until it is dropped.
#[derive(Debug)]
pub(crate) struct PackageProxy {
    directory: PathBuf,
    refused: Arc<Mutex<BTreeSet<String>>>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Rules {
    hosts: BTreeSet<String>,
    upstream: Option<String>,
    refused: Arc<Mutex<BTreeSet<String>>>,
}

impl Rules {
    fn note_refused(&self, target: String) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() < MOST_REFUSED {
            refused.insert(target);
        }
    }
}

impl PackageProxy {
    /// Opens a socket in a directory of its own below `root`, for tunnels to `hosts` (`host:port`).
    pub(crate) fn open(root: &Path, hosts: BTreeSet<String>, upstream: Option<String>) -> io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let directory = root.join(format!("{}-{number}", std::process::id()));
        DirBuilder::new().recursive(true).mode(0o700).create(root)?;
        match fs::remove_dir_all(&directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir(&directory)?,
        }
        fs::set_permissions(&directory, Permissions::from_mode(0o755))?;
        let socket = directory.join("socket");
        let listener = UnixListener::bind(&socket)?;
        fs::set_permissions(&socket, Permissions::from_mode(0o666))?;
        let refused = Arc::<Mutex<BTreeSet<String>>>::default();
        let rules = Arc::new(Rules { hosts, upstream, refused: Arc::clone(&refused) });
        Ok(Self { directory, refused, server: tokio::spawn(serve(listener, rules)) })
    }

    /// The directory that holds the socket.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Hosts that were asked for and are not allowed.
    pub(crate) fn refused(&self) -> Vec<String> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl Drop for PackageProxy {
    fn drop(&mut self) {
        self.server.abort();
        // An empty directory that stays does no harm.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

async fn serve(listener: UnixListener, rules: Arc<Rules>) {
    // Aborting the server drops the set, which ends every tunnel.
    let mut tunnels = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while tunnels.try_join_next().is_some() {}
        let rules = Arc::clone(&rules);
        tunnels.spawn(async move {
            if let Err(error) = tunnel(client, &rules).await {
                tracing::debug!(%error, "a package connection ended");
            }
        });
    }
}

async fn tunnel(client: UnixStream, rules: &Rules) -> io::Result<()> {
    let mut client = BufReader::new(client);
    let target = tokio::time::timeout(PATIENCE, read_request(&mut client)).await??;
    let Some(target) = target else {
        return client.write_all(b"HTTP/1.1 405 Only CONNECT\r\ncontent-length: 0\r\n\r\n").await;
    };
    if !rules.hosts.contains(&target) {
        tracing::info!(target, "a setup phase asked for a host that is not a package host");
        rules.note_refused(target);
        return client.write_all(b"HTTP/1.1 403 Not a package host\r\ncontent-length: 0\r\n\r\n").await;
    }
    let reached = tokio::time::timeout(PATIENCE, reach(&target, rules.upstream.as_deref())).await;
    let Ok(Ok(mut server)) = reached else {
        return client.write_all(b"HTTP/1.1 502 Not reached\r\ncontent-length: 0\r\n\r\n").await;
    };
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// The `host:port` of a CONNECT request, in lower case; `None` for any other request.
async fn read_request(client: &mut BufReader<UnixStream>) -> io::Result<Option<String>> {
    let mut lines = client.take(REQUEST_BYTES);
    let mut target = None;
    let mut line = String::new();
    for number in 0.. {
        line.clear();
        if lines.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line.trim_end().is_empty() {
            break;
        }
        if number == 0 {
            let mut words = line.split(' ');
            target = (words.next() == Some("CONNECT")).then(|| words.next().unwrap_or_default().to_ascii_lowercase());
        }
    }
    Ok(target)
}

async fn reach(target: &str, upstream: Option<&str>) -> io::Result<TcpStream> {
    let Some(upstream) = upstream else {
        return TcpStream::connect(target).await;
    };
    let mut stream = BufReader::new(TcpStream::connect(upstream).await?);
    stream.write_all(format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n\r\n").as_bytes()).await?;
    let mut head = String::new();
    let mut lines = (&mut stream).take(REQUEST_BYTES);
    while lines.read_line(&mut head).await? > 2 {}
    if head.split(' ').nth(1) != Some("200") || !stream.buffer().is_empty() {
        return Err(io::Error::other("the upstream proxy refused"));
    }
    Ok(stream.into_inner())
}
