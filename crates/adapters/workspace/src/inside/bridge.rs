//! The only way out of a setup phase: a port inside that leads to the package proxy outside.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::protocol::{PROXY_PORT, PROXY_SOCKET};

/// Connections at a time; more are closed at once.
const MOST_CONNECTIONS: usize = 64;

/// Opens the port and serves it until this process ends.
pub(super) fn open() -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", PROXY_PORT))?;
    let open = Arc::new(AtomicUsize::new(0));
    thread::Builder::new().spawn(move || {
        for client in listener.incoming().flatten() {
            if open.load(Ordering::Relaxed) >= MOST_CONNECTIONS {
                continue;
            }
            open.fetch_add(1, Ordering::Relaxed);
            let open = Arc::clone(&open);
            thread::spawn(move || {
                // A broken connection concerns its two ends only.
                let _ = carry(&client);
                open.fetch_sub(1, Ordering::Relaxed);
            });
        }
    })?;
    Ok(())
}

fn carry(client: &TcpStream) -> io::Result<()> {
    let proxy = UnixStream::connect(PROXY_SOCKET)?;
    thread::scope(|scope| {
        scope.spawn(|| {
            let _ = io::copy(&mut &*client, &mut &proxy);
            let _ = proxy.shutdown(Shutdown::Write);
        });
        let _ = io::copy(&mut &proxy, &mut &*client);
        let _ = client.shutdown(Shutdown::Both);
    });
    Ok(())
}
