//! How many parts a request has, counted before anything is made of them.
//!
//! An empty protobuf message takes two bytes on the wire and hundreds in memory, and so does `{}` in JSON: sixty-four
//! megabytes of them, which gzip makes of sixty-four kilobytes, would become many gigabytes. The count bounds that.

use devos_contracts::telemetry::TelemetrySignal;

use crate::{Encoding, error::DecodeError};

/// How many messages of any kind (records, attributes, values, ...) one request may hold.
pub const MAX_PARTS: usize = 1_000_000;
/// How deep protobuf messages may nest; the decoder's own limit.
const MAX_DEPTH: usize = 100;

/// Fails when the request has more than [`MAX_PARTS`] parts.
pub(crate) fn check(body: &[u8], encoding: Encoding, signal: TelemetrySignal) -> Result<(), DecodeError> {
    let parts = match encoding {
        Encoding::Protobuf => messages(body, Form::Request(signal))?,
        Encoding::Json => objects(body),
    };
    if parts > MAX_PARTS {
        return Err(DecodeError::malformed(format!("more than {MAX_PARTS} attributes and other parts in one request")));
    }
    Ok(())
}

/// The objects of a JSON text; what is not JSON is told by who reads it.
fn objects(body: &[u8]) -> usize {
    let (mut count, mut quoted, mut escaped) = (0, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => count += 1,
            _ => {}
        }
    }
    count
}

/// A message of OTLP, as far as it holds others.
#[derive(Clone, Copy)]
enum Form {
    Request(TelemetrySignal),
    Group(TelemetrySignal),
    ScopeGroup(TelemetrySignal),
    Resource,
    Scope,
    Entity,
    Pair,
    Any,
    Array,
    Map,
    Log,
    Span,
    Event,
    Link,
    Metric,
    Numbers,
    Number,
    Histograms,
    Histogram,
    Exponentials,
    Exponential,
    Summaries,
    Summary,
    Exemplar,
    /// Holds nothing that counts.
    Leaf,
}

impl Form {
    /// What a field of this form holds; `None` for a scalar, or what OTLP does not know.
    fn of_field(self, field: u64) -> Option<Self> {
        use TelemetrySignal::{Logs, Metrics, Traces};
        Some(match (self, field) {
            (Self::Request(signal), 1) => Self::Group(signal),
            (Self::Group(_), 1) => Self::Resource,
            (Self::Group(signal), 2) => Self::ScopeGroup(signal),
            (Self::ScopeGroup(_), 1) => Self::Scope,
            (Self::ScopeGroup(Logs), 2) => Self::Log,
            (Self::ScopeGroup(Traces), 2) => Self::Span,
            (Self::ScopeGroup(Metrics), 2) => Self::Metric,
            (Self::Resource, 3) => Self::Entity,
            (Self::Log, 5) | (Self::Pair, 2) | (Self::Array, 1) => Self::Any,
            (Self::Any, 5) => Self::Array,
            (Self::Any, 6) => Self::Map,
            (Self::Span, 11) => Self::Event,
            (Self::Span, 13) => Self::Link,
            (Self::Metric, 5 | 7) => Self::Numbers,
            (Self::Metric, 9) => Self::Histograms,
            (Self::Metric, 10) => Self::Exponentials,
            (Self::Metric, 11) => Self::Summaries,
            (Self::Numbers, 1) => Self::Number,
            (Self::Histograms, 1) => Self::Histogram,
            (Self::Exponentials, 1) => Self::Exponential,
            (Self::Summaries, 1) => Self::Summary,
            (Self::Number, 5) | (Self::Histogram, 8) | (Self::Exponential, 11) => Self::Exemplar,
            (Self::Resource | Self::Map | Self::Exponential, 1)
            | (Self::Scope | Self::Event, 3)
            | (Self::Link, 4)
            | (Self::Log, 6)
            | (Self::Number | Self::Summary | Self::Exemplar, 7)
            | (Self::Span | Self::Histogram, 9)
            | (Self::Metric, 12) => Self::Pair,
            (Self::Entity, 3 | 4) | (Self::Span, 15) | (Self::Exponential, 8 | 9) | (Self::Summary, 6) => Self::Leaf,
            _ => return None,
        })
    }
}

/// The messages of a protobuf request. What its fields hold is not looked at: that is the decoder's work.
fn messages(body: &[u8], form: Form) -> Result<usize, DecodeError> {
    let mut count = 0;
    let mut open = vec![(form, body)];
    while let Some((form, rest)) = open.last_mut() {
        let (form, field) = match field(rest)? {
            None => {
                open.pop();
                continue;
            }
            Some((number, field)) => (form.of_field(number), field),
        };
        if let Some((form, field)) = form.zip(field) {
            count += 1;
            if count > MAX_PARTS {
                break;
            }
            if open.len() > MAX_DEPTH {
                return Err(DecodeError::malformed(format!(
                    "messages nest deeper than the recursion limit of {MAX_DEPTH}"
                )));
            }
            open.push((form, field));
        }
    }
    Ok(count)
}

/// A field's number, and its bytes where it has a length.
type Field<'a> = (u64, Option<&'a [u8]>);

/// Takes the next field; `None` at the end.
fn field<'a>(rest: &mut &'a [u8]) -> Result<Option<Field<'a>>, DecodeError> {
    if rest.is_empty() {
        return Ok(None);
    }
    let key = varint(rest)?;
    let bytes = match key & 7 {
        0 => {
            varint(rest)?;
            None
        }
        1 => take(rest, 8).map(|_| None)?,
        2 => {
            let length = varint(rest)?;
            Some(take(rest, length)?)
        }
        5 => take(rest, 4).map(|_| None)?,
        // OTLP has no groups, and nobody sends what it does not have.
        _ => return Err(DecodeError::malformed("a field of an unknown wire type")),
    };
    Ok(Some((key >> 3, bytes)))
}

fn take<'a>(rest: &mut &'a [u8], length: u64) -> Result<&'a [u8], DecodeError> {
    let taken = usize::try_from(length).ok().and_then(|length| rest.split_off(..length));
    taken.ok_or_else(|| DecodeError::malformed("a field ends after its message"))
}

fn varint(rest: &mut &[u8]) -> Result<u64, DecodeError> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = rest.split_off_first().ok_or_else(|| DecodeError::malformed("a number ends after its message"))?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(DecodeError::malformed("a number of more than 64 bits"))
}
