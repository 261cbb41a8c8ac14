//! The frame around the one message of a unary call: whether it is compressed, and its length.

use std::convert::Infallible;
use std::future::ready;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::{BufMut, Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use prost::Message;

/// How long a frame's head is, in bytes.
pub const HEAD: usize = 5;

/// True for gRPC with protobuf messages.
pub fn is_grpc(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    matches!(kind, "application/grpc" | "application/grpc+proto")
}

/// The message of a request, and whether it is compressed; `None` when it is not exactly one.
pub fn message(body: &[u8]) -> Option<(bool, &[u8])> {
    let (&[compressed, length @ ..], message) = body.split_first_chunk::<HEAD>()?;
    let compressed = match compressed {
        0 => false,
        1 => true,
        _ => return None,
    };
    let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
    (message.len() == length).then_some((compressed, message))
}

/// The answer to a call that succeeded; gRPC says so after the message.
pub fn success(message: &impl Message) -> Response {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body = Full::new(framed(message)).with_trailers(ready(Some(Ok::<_, Infallible>(trailers))));
    ([(header::CONTENT_TYPE, "application/grpc")], Body::new(body)).into_response()
}

fn framed(message: &impl Message) -> Bytes {
    let message = message.encode_to_vec();
    let mut frame = BytesMut::with_capacity(HEAD + message.len());
    frame.put_u8(0);
    // The answers here are some hundred bytes long.
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(&message);
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_holds_exactly_one_message() {
        assert_eq!(message(b"\0\0\0\0\0"), Some((false, b"".as_slice())));
        assert_eq!(message(b"\x01\0\0\0\x02hi"), Some((true, b"hi".as_slice())));
        for other in [b"".as_slice(), b"\0\0\0\0", b"\0\0\0\0\x03hi", b"\0\0\0\0\x01hi", b"\x02\0\0\0\0"] {
            assert_eq!(message(other), None, "{other:?}");
        }
        assert_eq!(message(b"\0\0\0\0\0\0\0\0\0\0"), None, "two messages");
    }

    #[test]
    fn what_is_framed_can_be_read() {
        let text = String::from("seven");
        assert_eq!(message(&framed(&text)), Some((false, text.encode_to_vec().as_slice())));
    }

    #[test]
    fn only_protobuf_over_grpc_is_taken() {
        for (kind, taken) in [
            ("application/grpc", true),
            ("application/grpc+proto", true),
            ("application/grpc+json", false),
            ("application/grpc-web", false),
            ("application/json", false),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
            assert_eq!(is_grpc(&headers), taken, "{kind}");
        }
    }
}
