//! Lists and maps of which the first few are kept: many small items take far more memory than their text.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The first `N` items of a list; `null` is an empty one.
#[derive(Debug)]
pub(super) struct First<T, const N: usize> {
    pub(super) items: Vec<T>,
    /// True when there were more.
    pub(super) more: bool,
}

/// The first `N` texts of a map; values that are no texts are left out.
#[derive(Debug)]
pub(super) struct Texts<const N: usize> {
    pub(super) items: Vec<(String, String)>,
}

impl<T, const N: usize> Default for First<T, N> {
    fn default() -> Self {
        Self { items: Vec::new(), more: false }
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for First<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Texts<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TextsVisitor)
    }
}

struct ListVisitor<T, const N: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for ListVisitor<T, N> {
    type Value = First<T, N>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut kept = First::default();
        while kept.items.len() < N {
            match list.next_element()? {
                Some(item) => kept.items.push(item),
                None => return Ok(kept),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            kept.more = true;
        }
        Ok(kept)
    }
}

struct TextsVisitor<const N: usize>;

impl<'de, const N: usize> Visitor<'de> for TextsVisitor<N> {
    type Value = Texts<N>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let value: serde_json::Value = map.next_value()?;
            if let (serde_json::Value::String(text), true) = (value, items.len() < N) {
                items.push((key, text));
            }
        }
        Ok(Texts { items })
    }
}
