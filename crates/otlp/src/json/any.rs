//! `AnyValue` and `KeyValue`.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use opentelemetry_proto::tonic::common::v1::{
    AnyValue as ProtoValue, ArrayValue as ProtoArray, KeyValue as ProtoPair, KeyValueList, any_value::Value,
};
use serde::{Deserialize, Deserializer, de::Error};

use super::{
    message::{Message, Messages, optional, repeated},
    scalar::{Double, Signed},
};

/// One attribute.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct KeyValue {
    key: Option<String>,
    value: Option<Message<AnyValue>>,
}

impl From<KeyValue> for ProtoPair {
    fn from(pair: KeyValue) -> Self {
        Self { key: pair.key.unwrap_or_default(), value: optional(pair.value), ..Self::default() }
    }
}

/// One value of any type; none of the fields is the empty value.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AnyValue {
    #[serde(rename = "stringValue", alias = "string_value")]
    text: Option<String>,
    #[serde(rename = "boolValue", alias = "bool_value")]
    flag: Option<bool>,
    #[serde(rename = "intValue", alias = "int_value")]
    integer: Option<Signed>,
    #[serde(rename = "doubleValue", alias = "double_value")]
    double: Option<Double>,
    #[serde(rename = "arrayValue", alias = "array_value")]
    array: Option<Message<ArrayValue>>,
    #[serde(rename = "kvlistValue", alias = "kvlist_value")]
    map: Option<Message<KvlistValue>>,
    #[serde(rename = "bytesValue", alias = "bytes_value")]
    bytes: Option<Bytes>,
}

impl From<AnyValue> for ProtoValue {
    fn from(any: AnyValue) -> Self {
        let value = any
            .text
            .map(Value::StringValue)
            .or_else(|| any.flag.map(Value::BoolValue))
            .or_else(|| any.integer.map(|number| Value::IntValue(number.0)))
            .or_else(|| any.double.map(|number| Value::DoubleValue(number.0)))
            .or_else(|| optional(any.array).map(Value::ArrayValue))
            .or_else(|| optional(any.map).map(Value::KvlistValue))
            .or_else(|| any.bytes.map(|bytes| Value::BytesValue(bytes.0)));
        Self { value }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ArrayValue {
    values: Messages<AnyValue>,
}

impl From<ArrayValue> for ProtoArray {
    fn from(array: ArrayValue) -> Self {
        Self { values: repeated(array.values) }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct KvlistValue {
    values: Messages<KeyValue>,
}

impl From<KvlistValue> for KeyValueList {
    fn from(map: KvlistValue) -> Self {
        Self { values: repeated(map.values) }
    }
}

/// Base64 of either alphabet, padded or not, as the protobuf JSON mapping asks of readers.
struct Bytes(Vec<u8>);

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?.replace('-', "+").replace('_', "/");
        BASE64.decode(text).map(Self).map_err(|_| D::Error::custom("not base64"))
    }
}
