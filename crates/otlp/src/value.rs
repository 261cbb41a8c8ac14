//! OTLP `AnyValue` to JSON.

use base64::{Engine, engine::general_purpose::STANDARD};
use devos_contracts::telemetry::{Attributes, RefusalReason};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Any};
use serde_json::{Number, Value};

/// How deep arrays and maps may nest inside one value.
pub(crate) const MAX_DEPTH: usize = 8;
/// How many attributes one resource, record, event or link may carry.
pub(crate) const MAX_ATTRIBUTES: usize = 256;

/// The attributes of one resource, record, event or link; of equal keys the last wins.
pub(crate) fn attributes(list: Vec<KeyValue>) -> Result<Attributes, RefusalReason> {
    if list.len() > MAX_ATTRIBUTES {
        return Err(RefusalReason::TooManyAttributes);
    }
    object(list, 0)
}

/// A log body: text as it is, anything else as JSON text, nothing as the empty string.
pub(crate) fn body(value: Option<AnyValue>) -> Result<String, RefusalReason> {
    Ok(match json(value, 0)? {
        Value::Null => String::new(),
        Value::String(text) => text,
        structured => structured.to_string(),
    })
}

/// The text without NUL characters, which PostgreSQL cannot store.
pub(crate) fn clean(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text }
}

fn json(value: Option<AnyValue>, depth: usize) -> Result<Value, RefusalReason> {
    Ok(match value.and_then(|value| value.value) {
        // A string-table index occurs in profiles only; here it points nowhere.
        None | Some(Any::StringValueStrindex(_)) => Value::Null,
        Some(Any::StringValue(text)) => Value::String(clean(text)),
        Some(Any::BoolValue(flag)) => Value::Bool(flag),
        Some(Any::IntValue(number)) => Value::from(number),
        Some(Any::DoubleValue(number)) => double(number),
        Some(Any::BytesValue(bytes)) => Value::String(STANDARD.encode(bytes)),
        Some(Any::ArrayValue(array)) => {
            let depth = deeper(depth)?;
            array.values.into_iter().map(|item| json(Some(item), depth)).collect::<Result<Vec<_>, _>>()?.into()
        }
        Some(Any::KvlistValue(map)) => Value::Object(object(map.values, deeper(depth)?)?),
    })
}

fn object(list: Vec<KeyValue>, depth: usize) -> Result<Attributes, RefusalReason> {
    list.into_iter().map(|pair| Ok((clean(pair.key), json(pair.value, depth)?))).collect()
}

fn deeper(depth: usize) -> Result<usize, RefusalReason> {
    if depth < MAX_DEPTH { Ok(depth + 1) } else { Err(RefusalReason::TooDeep) }
}

/// JSON has no numbers for the special values; the protobuf JSON mapping names them.
fn double(number: f64) -> Value {
    let special = || match (number.is_nan(), number > 0.0) {
        (true, _) => "NaN",
        (false, true) => "Infinity",
        (false, false) => "-Infinity",
    };
    Number::from_f64(number).map_or_else(|| Value::from(special()), Value::Number)
}
