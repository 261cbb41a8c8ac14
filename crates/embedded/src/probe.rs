//! Asks a server whether it takes connections, in the few bytes of the protocol that this needs.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// The port, which is only a part of the socket's name: no address is listened on.
pub(crate) const PORT: u16 = 5432;

/// The file name of the socket.
pub(crate) const SOCKET: &str = ".s.PGSQL.5432";

/// How long a server that accepted the connection may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// SQLSTATE `cannot_connect_now`, as an error response carries it: starting up, recovering or shutting down.
const CANNOT_CONNECT_NOW: &[u8] = b"C57P03\0";

/// Whether the server behind this socket directory takes connections now.
pub(crate) fn accepts(socket_dir: &Path, user: &str) -> bool {
    answer(socket_dir, user).is_ok_and(|answer| is_ready(&answer))
}

/// Opens a session and returns the beginning of what the server says.
fn answer(socket_dir: &Path, user: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = UnixStream::connect(socket_dir.join(SOCKET))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(&startup(user))?;
    let mut answer = vec![0; 1024];
    let read = stream.read(&mut answer)?;
    answer.truncate(read);
    // Terminate; the server may have hung up already, which is as good.
    let _ = stream.write_all(&[b'X', 0, 0, 0, 4]);
    Ok(answer)
}

/// Protocol 3.0's startup message: length, version, then pairs of strings.
fn startup(user: &str) -> Vec<u8> {
    let body = format!("user\0{user}\0database\0postgres\0\0");
    let length = u32::try_from(body.len() + 8).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], &196_608_u32.to_be_bytes(), body.as_bytes()].concat()
}

/// Any answer but "not now" comes from a server that is up: an authentication request, or another refusal.
fn is_ready(answer: &[u8]) -> bool {
    match answer.first() {
        Some(b'R') => true,
        Some(b'E') => !answer.windows(CANNOT_CONNECT_NOW.len()).any(|window| window == CANNOT_CONNECT_NOW),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starting_up_is_not_ready_and_another_refusal_is() {
        let starting = b"E\0\0\0\x40SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0";
        let unknown = b"E\0\0\0\x40SFATAL\0VFATAL\0C28000\0Mrole does not exist\0\0";
        assert!(!is_ready(starting));
        assert!(is_ready(unknown));
        assert!(is_ready(b"R\0\0\0\x08\0\0\0\0"));
        assert!(!is_ready(b""));
    }

    #[test]
    fn startup_states_its_own_length() {
        let message = startup("postgres");
        assert_eq!(message[..4], u32::try_from(message.len()).unwrap().to_be_bytes());
    }

    #[test]
    fn nobody_listening_is_not_ready() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!accepts(folder.path(), "postgres"));
    }
}
