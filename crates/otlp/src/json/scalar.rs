//! Scalars of the protobuf JSON mapping: numbers may be strings, and enums may be names.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

use crate::identifier;

/// `fixed64`, as a number or a string.
pub(super) struct Unsigned(pub(super) u64);

/// `int64`, as a number or a string.
pub(super) struct Signed(pub(super) i64);

/// `int32` or `uint32`, as a number or a string.
pub(super) struct Narrow<T>(pub(super) T);

/// `double`, as a number or a string, `NaN` and the infinities among them.
pub(super) struct Double(pub(super) f64);

/// An enum, as its number or its name.
pub(super) enum Code {
    Number(i64),
    Name(String),
}

impl Code {
    /// The number that OTLP gives it; zero (unspecified) for what it does not know.
    pub(super) fn number<E: Into<i32>>(self, named: fn(&str) -> Option<E>) -> i32 {
        match self {
            Self::Number(number) => i32::try_from(number).unwrap_or_default(),
            Self::Name(name) => named(&name).map_or_else(|| name.parse().unwrap_or_default(), Into::into),
        }
    }
}

/// The bytes of a hexadecimal id. Text that is not hexadecimal becomes one byte, a length that no id has, so that it
/// is refused with its record and not with the whole request.
pub(super) fn id(text: Option<String>) -> Vec<u8> {
    identifier::from_hex(&text.unwrap_or_default()).unwrap_or_else(|| vec![0])
}

/// What a scalar can be in JSON.
enum Raw {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
}

struct RawVisitor;

impl Visitor<'_> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number or a string")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Unsigned(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Signed(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }
}

fn raw<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Raw, D::Error> {
    deserializer.deserialize_any(RawVisitor)
}

/// The digits of a whole number written as `1e3` or `10.0`, which the mapping allows for integers.
fn whole(value: f64) -> Option<String> {
    (value.is_finite() && value.fract() == 0.0).then(|| format!("{value:.0}"))
}

fn integer<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok().or_else(|| whole(text.parse().ok()?)?.parse().ok())
}

impl<'de> Deserialize<'de> for Unsigned {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = match raw(deserializer)? {
            Raw::Unsigned(value) => Some(value),
            Raw::Signed(value) => u64::try_from(value).ok(),
            Raw::Float(value) => whole(value).and_then(|text| text.parse().ok()),
            Raw::Text(text) => integer(&text),
        };
        value.map(Self).ok_or_else(|| D::Error::custom("not an unsigned 64-bit integer"))
    }
}

impl<'de> Deserialize<'de> for Signed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = match raw(deserializer)? {
            Raw::Unsigned(value) => i64::try_from(value).ok(),
            Raw::Signed(value) => Some(value),
            Raw::Float(value) => whole(value).and_then(|text| text.parse().ok()),
            Raw::Text(text) => integer(&text),
        };
        value.map(Self).ok_or_else(|| D::Error::custom("not a signed 64-bit integer"))
    }
}

impl<'de, T: TryFrom<i64>> Deserialize<'de> for Narrow<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Signed::deserialize(deserializer)?;
        T::try_from(value.0).map(Self).map_err(|_| D::Error::custom("not a 32-bit integer"))
    }
}

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match raw(deserializer)? {
            Raw::Float(value) => return Ok(Self(value)),
            // Through text: the nearest double, without a lossy cast.
            Raw::Unsigned(value) => value.to_string(),
            Raw::Signed(value) => value.to_string(),
            Raw::Text(text) => text,
        };
        text.parse().map(Self).map_err(|_| D::Error::custom("not a double"))
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match raw(deserializer)? {
            Raw::Unsigned(value) => Ok(Self::Number(i64::try_from(value).unwrap_or_default())),
            Raw::Signed(value) => Ok(Self::Number(value)),
            Raw::Float(value) => {
                whole(value).map(Self::Name).ok_or_else(|| D::Error::custom("not an enum's number or name"))
            }
            Raw::Text(name) => Ok(Self::Name(name)),
        }
    }
}
