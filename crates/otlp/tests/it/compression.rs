use std::{borrow::Cow, io::Write};

use devos_otlp::{Compression, DecodeError, decompress};
use flate2::{Compression as Level, write::GzEncoder};

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn plain_bodies_are_borrowed_and_held_to_the_limit() {
    assert!(matches!(decompress(b"abc", Compression::None, 3), Ok(Cow::Borrowed(b"abc"))));
    assert_eq!(decompress(b"abcd", Compression::None, 3), Err(DecodeError::TooLarge { limit: 3 }));
}

#[test]
fn gzip_is_read_up_to_exactly_the_limit() {
    assert_eq!(decompress(&gzip(b"abc"), Compression::Gzip, 3).unwrap(), b"abc".as_slice());
    assert_eq!(decompress(&gzip(b""), Compression::Gzip, 0).unwrap(), b"".as_slice());
    assert_eq!(decompress(&gzip(b"abcd"), Compression::Gzip, 3), Err(DecodeError::TooLarge { limit: 3 }));
}

#[test]
fn several_members_count_together() {
    let body = [gzip(b"ab"), gzip(b"cd")].concat();
    assert_eq!(decompress(&body, Compression::Gzip, 4).unwrap(), b"abcd".as_slice());
    assert_eq!(decompress(&body, Compression::Gzip, 3), Err(DecodeError::TooLarge { limit: 3 }));
}

#[test]
fn a_bomb_is_refused() {
    let bomb = gzip(&vec![0; 64 << 20]);
    assert!(bomb.len() < 100_000);
    assert_eq!(decompress(&bomb, Compression::Gzip, 1 << 20), Err(DecodeError::TooLarge { limit: 1 << 20 }));
}

#[test]
fn a_bomb_is_read_no_further_than_the_limit() {
    // The broken end is never reached when reading stops at the limit.
    let bomb = gzip(&vec![0; 64 << 20]);
    let broken = &bomb[..bomb.len() / 2];
    assert_eq!(decompress(broken, Compression::Gzip, 1 << 20), Err(DecodeError::TooLarge { limit: 1 << 20 }));
    assert!(matches!(decompress(broken, Compression::Gzip, 1 << 30), Err(DecodeError::Malformed { .. })));
}

#[test]
fn corrupt_gzip_is_malformed() {
    let good = gzip(b"some telemetry");
    let mut flipped = good.clone();
    let last = flipped.len() - 6;
    flipped[last] ^= 0xff;
    for body in [b"".as_slice(), b"not gzip", &good[..good.len() - 1], &flipped, &[good.as_slice(), b"rest"].concat()] {
        let error = decompress(body, Compression::Gzip, 1000).unwrap_err();
        assert!(error.to_string().starts_with("malformed body: corrupt gzip: "), "{error}");
    }
}
