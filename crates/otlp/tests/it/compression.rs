use std::{borrow::Cow, io::Write};

use devos_otlp::{Compression, DecodeError, decompress};
use flate2::{Compression as Level, write::GzEncoder};
use zstd::stream::{encode_all, write::Encoder as ZstdEncoder};

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn zstd(plain: &[u8]) -> Vec<u8> {
    encode_all(plain, 19).unwrap()
}

type Pack = fn(&[u8]) -> Vec<u8>;

/// Each coding with what packs it.
const CODINGS: [(Compression, Pack); 2] = [(Compression::Gzip, gzip), (Compression::Zstd, zstd)];

#[test]
fn codings_are_told_by_their_names() {
    for (name, compression) in [
        ("", Some(Compression::None)),
        ("identity", Some(Compression::None)),
        ("gzip", Some(Compression::Gzip)),
        ("GZIP ", Some(Compression::Gzip)),
        ("zstd", Some(Compression::Zstd)),
        ("deflate", None),
        ("br", None),
        ("gzip, zstd", None),
    ] {
        assert_eq!(Compression::of_name(name), compression, "{name}");
    }
}

#[test]
fn plain_bodies_are_borrowed_and_held_to_the_limit() {
    assert!(matches!(decompress(b"abc", Compression::None, 3), Ok(Cow::Borrowed(b"abc"))));
    assert_eq!(decompress(b"abcd", Compression::None, 3), Err(DecodeError::TooLarge { limit: 3 }));
}

#[test]
fn bodies_are_read_up_to_exactly_the_limit() {
    for (coding, pack) in CODINGS {
        assert_eq!(decompress(&pack(b"abc"), coding, 3).unwrap(), b"abc".as_slice());
        assert_eq!(decompress(&pack(b""), coding, 0).unwrap(), b"".as_slice());
        assert_eq!(decompress(&pack(b"abcd"), coding, 3), Err(DecodeError::TooLarge { limit: 3 }));
    }
}

#[test]
fn several_members_count_together() {
    for (coding, pack) in CODINGS {
        let body = [pack(b"ab"), pack(b"cd")].concat();
        assert_eq!(decompress(&body, coding, 4).unwrap(), b"abcd".as_slice());
        assert_eq!(decompress(&body, coding, 3), Err(DecodeError::TooLarge { limit: 3 }));
    }
}

#[test]
fn a_bomb_is_refused() {
    for (coding, pack) in CODINGS {
        let bomb = pack(&vec![0; 64 << 20]);
        assert!(bomb.len() < 100_000);
        assert_eq!(decompress(&bomb, coding, 1 << 20), Err(DecodeError::TooLarge { limit: 1 << 20 }));
        let bombs = [pack(b""), bomb].concat();
        assert_eq!(decompress(&bombs, coding, 1 << 20), Err(DecodeError::TooLarge { limit: 1 << 20 }));
    }
}

#[test]
fn a_bomb_is_read_no_further_than_the_limit() {
    for (coding, pack) in CODINGS {
        // The broken end is never reached when reading stops at the limit.
        let bomb = pack(&vec![0; 64 << 20]);
        let broken = &bomb[..bomb.len() / 2];
        assert_eq!(decompress(broken, coding, 1 << 20), Err(DecodeError::TooLarge { limit: 1 << 20 }));
        assert!(matches!(decompress(broken, coding, 1 << 30), Err(DecodeError::Malformed { .. })));
    }
}

#[test]
fn corrupt_bodies_are_malformed() {
    for (coding, pack) in CODINGS {
        let good = pack(b"some telemetry");
        let mut flipped = good.clone();
        flipped[1] ^= 0xff;
        let trailed = [good.as_slice(), b"rest"].concat();
        for body in [b"".as_slice(), b"not packed", &good[..good.len() - 1], &flipped, &trailed] {
            let error = decompress(body, coding, 1000).unwrap_err();
            assert!(error.to_string().starts_with("malformed body: corrupt "), "{error}");
        }
    }
    let mut flipped = gzip(b"some telemetry");
    let checksum = flipped.len() - 6;
    flipped[checksum] ^= 0xff;
    assert!(matches!(decompress(&flipped, Compression::Gzip, 1000), Err(DecodeError::Malformed { .. })));
}

fn zstd_of_window(log: u32) -> Vec<u8> {
    let mut encoder = ZstdEncoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(log).unwrap();
    encoder.write_all(b"some telemetry").unwrap();
    encoder.flush().unwrap();
    encoder.write_all(b", and more").unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_zstd_frame_may_not_ask_for_any_window_it_likes() {
    assert_eq!(
        decompress(&zstd_of_window(25), Compression::Zstd, 1000).unwrap(),
        b"some telemetry, and more".as_slice()
    );
    let error = decompress(&zstd_of_window(27), Compression::Zstd, 1000).unwrap_err();
    assert!(error.to_string().starts_with("malformed body: corrupt zstd: "), "{error}");
}
