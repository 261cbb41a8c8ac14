//! What a command writes: all of it hashed and counted, the end of it kept.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::Read;

use sha2::{Digest, Sha256};

/// The output of a finished command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) tail: Vec<u8>,
    pub(super) sha256: String,
    pub(super) total: u64,
}

/// Reads to the end and keeps the last `limit` bytes.
pub(super) fn read(mut source: impl Read, limit: usize) -> Output {
    let mut tail = VecDeque::new();
    let mut hash = Sha256::new();
    let mut total = 0;
    let mut chunk = vec![0; 64 << 10];
    // A reading error ends the output like its end does.
    while let Ok(read @ 1..) = source.read(&mut chunk) {
        let bytes = &chunk[..read];
        hash.update(bytes);
        total += read as u64;
        tail.extend(&bytes[read.saturating_sub(limit)..]);
        tail.drain(..tail.len().saturating_sub(limit));
    }
    let sha256 = hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    Output { tail: tail.into(), sha256, total }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn keeps_the_end_and_counts_everything() {
        let all: Vec<u8> = (0..200_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let output = read(all.as_slice(), 1000);
        assert_eq!(output.tail, all[all.len() - 1000..]);
        assert_eq!(output.total, 200_000);
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let nothing = read([].as_slice(), 10);
        assert_eq!((nothing.tail.as_slice(), nothing.sha256.as_str(), nothing.total), (&[][..], empty, 0));
    }
}
