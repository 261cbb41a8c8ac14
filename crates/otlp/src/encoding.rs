//! How an OTLP message is written.

use prost::Message;
use serde::de::DeserializeOwned;

use crate::{error::DecodeError, json};

/// The encoding of an OTLP/HTTP body, from its content type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-protobuf`.
    Protobuf,
    /// `application/json`.
    Json,
}

/// Reads a protobuf message `P`, or its JSON form `J`.
pub(crate) fn read<P, J>(body: &[u8], encoding: Encoding) -> Result<P, DecodeError>
where
    P: Message + Default + From<J>,
    J: DeserializeOwned,
{
    match encoding {
        Encoding::Protobuf => P::decode(body).map_err(|error| DecodeError::malformed(error.to_string())),
        Encoding::Json => json::read::<J>(body).map(P::from),
    }
}
