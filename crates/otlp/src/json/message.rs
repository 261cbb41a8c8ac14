//! A JSON object that is a message.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// A message, from a JSON object only: derived structs alone would also take an array as their fields in order.
pub(crate) struct Message<T>(pub(crate) T);

/// Several messages; `null` means none, as for every field of the protobuf JSON mapping.
pub(super) type Messages<T> = Option<Vec<Message<T>>>;

/// The messages as their protobuf types.
pub(super) fn repeated<T, P: From<T>>(messages: Messages<T>) -> Vec<P> {
    messages.unwrap_or_default().into_iter().map(|message| P::from(message.0)).collect()
}

/// The message as its protobuf type.
pub(super) fn optional<T, P: From<T>>(message: Option<Message<T>>) -> Option<P> {
    message.map(|message| P::from(message.0))
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Message<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Message)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}
