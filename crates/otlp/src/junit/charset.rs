//! The character encoding of an XML document.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::error::DecodeError;

/// How far into the document its declaration may reach.
const DECLARATION_BYTES: usize = 256;

/// The document as text. Bytes that its encoding does not know become U+FFFD: test output may contain anything, and
/// one stray byte should not cost the report.
pub(super) fn decode(body: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    let (encoding, marked) = match Encoding::for_bom(body) {
        Some(found) => found,
        None => (guess(body)?, 0),
    };
    let (text, _) = encoding.decode_without_bom_handling(&body[marked..]);
    Ok(text)
}

fn guess(body: &[u8]) -> Result<&'static Encoding, DecodeError> {
    match body {
        [b'<', 0, ..] => return Ok(UTF_16LE),
        [0, b'<', ..] => return Ok(UTF_16BE),
        _ => {}
    }
    let Some(label) = declared(body) else {
        return Ok(UTF_8);
    };
    match Encoding::for_label(label.as_bytes()) {
        // A declaration that can be read byte by byte is not UTF-16, whatever it says; .NET writes such files.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok(UTF_8),
        Some(encoding) => Ok(encoding),
        None => {
            let label: String = label.chars().take(40).collect();
            Err(DecodeError::unsupported(format!("the declared encoding `{label}` is not known")))
        }
    }
}

/// The `encoding` of the XML declaration.
fn declared(body: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&body[..body.len().min(DECLARATION_BYTES)]);
    let (declaration, _) = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let (_, after) = declaration.split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split_once(quote).map(|(label, _)| label.to_owned())
}
