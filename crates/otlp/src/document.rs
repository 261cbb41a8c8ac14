//! JSON documents that people's tools write: bounded before they are read, and with the place of every error.

use serde::de::DeserializeOwned;

use crate::error::DecodeError;
use crate::json::Message;
use crate::text::cut;

/// Bytes kept of serde's own words.
const WORDS: usize = 200;

/// How much of a document is taken.
pub(crate) struct Bounds {
    /// Open objects and arrays at any point.
    pub(crate) depth: usize,
    /// Objects in all; small ones take far more memory than text.
    pub(crate) objects: usize,
}

/// Reads a document whose root is an object; `what` names its kind in errors.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8], what: &str, bounds: &Bounds) -> Result<T, DecodeError> {
    // .NET tools begin their files with a byte order mark, which JSON does not know.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    measure(body, what, bounds)?;
    serde_json::from_slice::<Message<T>>(body).map(|message| message.0).map_err(|error| {
        let words = error.to_string();
        // serde's other words quote the value, which may be a secret.
        let harmless =
            ["unknown field", "missing field", "duplicate field"].iter().any(|start| words.starts_with(start));
        DecodeError::malformed(match error.is_data() {
            true if harmless => format!("not {what}: {}", cut(&words, WORDS)),
            true => format!("a value is not what {what} has there, line {} column {}", error.line(), error.column()),
            false => format!("not JSON: {}", cut(&words, WORDS)),
        })
    })
}

fn measure(body: &[u8], what: &str, bounds: &Bounds) -> Result<(), DecodeError> {
    let (mut depth, mut objects) = (0_usize, 0_usize);
    let (mut quoted, mut escaped) = (false, false);
    for byte in body {
        match (quoted, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            (false, b'{' | b'[') => {
                depth += 1;
                objects += usize::from(*byte == b'{');
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > bounds.depth {
            return Err(DecodeError::unsupported(format!("{what} nests deeper than {}", bounds.depth)));
        }
        if objects > bounds.objects {
            return Err(DecodeError::unsupported(format!("{what} has more than {} objects", bounds.objects)));
        }
    }
    Ok(())
}
