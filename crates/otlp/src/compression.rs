//! Decompression under a limit.

use std::{borrow::Cow, io::Read};

use flate2::read::MultiGzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

use crate::error::DecodeError;

/// A zstd frame may ask for a window of 2^27 bytes before it has said anything. 2^25 is the widest that the
/// OpenTelemetry Collector's compressor makes, and RFC 9659 lets nobody on the web ask for more than 2^23.
const MAX_WINDOW_LOG: u32 = 25;

/// The content coding of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As is.
    None,
    /// `gzip`, RFC 1952, one or more members.
    Gzip,
    /// `zstd`, RFC 8878, one or more frames.
    Zstd,
}

impl Compression {
    /// The coding of this name, as HTTP's `content-encoding` and gRPC's `grpc-encoding` write it; `None` when it is
    /// not one of ours.
    pub fn of_name(name: &str) -> Option<Self> {
        let is = |other: &str| name.trim().eq_ignore_ascii_case(other);
        if is("") || is("identity") {
            Some(Self::None)
        } else if is("gzip") {
            Some(Self::Gzip)
        } else if is("zstd") {
            Some(Self::Zstd)
        } else {
            None
        }
    }
}

/// Returns the plain bytes of `body`, never more than `limit`: reading stops with [`DecodeError::TooLarge`] as soon as
/// the output exceeds it, so that a decompression bomb costs no more memory than an honest body.
pub fn decompress(body: &[u8], compression: Compression, limit: usize) -> Result<Cow<'_, [u8]>, DecodeError> {
    match compression {
        Compression::None if body.len() > limit => Err(DecodeError::TooLarge { limit }),
        Compression::None => Ok(Cow::Borrowed(body)),
        Compression::Gzip => read(MultiGzDecoder::new(body), limit, "gzip").map(Cow::Owned),
        Compression::Zstd => unzstd(body, limit).map(Cow::Owned),
    }
}

fn unzstd(body: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    // The decoder takes no frames at all for an empty output, as no other coding does.
    if body.is_empty() {
        return Err(corrupt("zstd", "no frame"));
    }
    let mut decoder = ZstdDecoder::with_buffer(body).map_err(|error| corrupt("zstd", error))?;
    decoder.window_log_max(MAX_WINDOW_LOG).map_err(|error| corrupt("zstd", error))?;
    read(decoder, limit, "zstd")
}

fn read(decoder: impl Read, limit: usize, name: &str) -> Result<Vec<u8>, DecodeError> {
    let mut plain = Vec::new();
    // One byte more than allowed tells a body of exactly the limit from a larger one.
    let cap = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(cap).read_to_end(&mut plain).map_err(|error| corrupt(name, error))?;
    if plain.len() > limit {
        return Err(DecodeError::TooLarge { limit });
    }
    Ok(plain)
}

fn corrupt(name: &str, why: impl std::fmt::Display) -> DecodeError {
    DecodeError::malformed(format!("corrupt {name}: {why}"))
}
