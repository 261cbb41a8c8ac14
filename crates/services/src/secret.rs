//! Bearer secrets: made once, shown once, stored as SHA-256.

use devos_ports::store::SecretHash;
use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// `prefix` and 32 random bytes in lower-case base32, safe in headers, URLs and shells.
pub fn format(prefix: &str, bytes: &[u8; 32]) -> String {
    let mut text = String::from(prefix);
    let (mut buffer, mut bits) = (0_u32, 0);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(symbol(buffer >> bits));
        }
        buffer &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(symbol(buffer << (5 - bits)));
    }
    text
}

fn symbol(value: u32) -> char {
    char::from(ALPHABET[(value & 31) as usize])
}

/// What is stored of a secret. The secrets carry 256 random bits, so a fast hash is enough and a
/// look-up by hash compares nothing secret byte by byte.
pub fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_matches_the_rfc_4648_alphabet() {
        let mut bytes = [0_u8; 32];
        bytes[..6].copy_from_slice(b"foobar");
        assert!(format("dvs_", &bytes).starts_with("dvs_mzxw6ytboi"));
        assert_eq!(format("", &bytes).len(), 52);
    }
}
