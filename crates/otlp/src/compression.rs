//! Decompression under a limit.

use std::{borrow::Cow, io::Read};

use flate2::read::MultiGzDecoder;

use crate::error::DecodeError;

/// The content coding of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As is.
    None,
    /// `gzip`, RFC 1952, one or more members.
    Gzip,
}

/// Returns the plain bytes of `body`, never more than `limit`: reading stops with [`DecodeError::TooLarge`] as soon as
/// the output exceeds it, so that a decompression bomb costs no more memory than an honest body.
pub fn decompress(body: &[u8], compression: Compression, limit: usize) -> Result<Cow<'_, [u8]>, DecodeError> {
    match compression {
        Compression::None if body.len() > limit => Err(DecodeError::TooLarge { limit }),
        Compression::None => Ok(Cow::Borrowed(body)),
        Compression::Gzip => gunzip(body, limit).map(Cow::Owned),
    }
}

fn gunzip(body: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    let mut plain = Vec::new();
    // One byte more than allowed tells a body of exactly the limit from a larger one.
    let cap = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(body)
        .take(cap)
        .read_to_end(&mut plain)
        .map_err(|error| DecodeError::malformed(format!("corrupt gzip: {error}")))?;
    if plain.len() > limit {
        return Err(DecodeError::TooLarge { limit });
    }
    Ok(plain)
}
