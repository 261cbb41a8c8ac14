//! What a key means, and which values it takes.

use devos_contracts::query::{Field, Target, Test};

use super::FilterError;
use super::scan::Word;

/// Severity words with their first and last number.
const SEVERITIES: [(&str, f64, f64); 8] = [
    ("unspecified", 0.0, 0.0),
    ("trace", 1.0, 4.0),
    ("debug", 5.0, 8.0),
    ("info", 9.0, 12.0),
    ("warn", 13.0, 16.0),
    ("warning", 13.0, 16.0),
    ("error", 17.0, 20.0),
    ("fatal", 21.0, 24.0),
];

/// Units of duration with their nanoseconds; longer ones first, so that `ms` is not read as `s`.
const UNITS: [(&str, f64); 7] =
    [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];

/// Reads `key:value` and `key:>=value`.
pub(super) fn read(
    key: &Word,
    operator: Option<&'static str>,
    value: Word,
    target: Target,
) -> Result<(Field, Test), FilterError> {
    let field = field(key, target)?;
    if operator.is_none() && !value.quoted && value.text == "*" {
        return Ok((field, Test::Exists));
    }
    let test = match (&field, operator) {
        (Field::Severity, _) => severity(operator, &value)?,
        (Field::Duration, _) => compare(
            operator.ok_or_else(|| FilterError::new(value.column, "`>`, `>=`, `<` or `<=` and a duration"))?,
            duration(&value)?,
        ),
        (Field::Attribute(_), Some(operator)) => compare(operator, number(&value)?),
        (_, Some(_)) => {
            return Err(FilterError::new(value.column, format!("a text; `{}` is not a number", key.text)));
        }
        (Field::Status, None) => status(&value)?,
        (Field::Trace, None) => identifier(&value, 32)?,
        (Field::Span, None) => identifier(&value, 16)?,
        _ => text(value),
    };
    Ok((field, test))
}

fn field(key: &Word, target: Target) -> Result<Field, FilterError> {
    let (field, of) = match key.text.as_str() {
        _ if key.quoted => return Ok(Field::Attribute(key.text.clone())),
        "service" => return Ok(Field::Service),
        "severity" => (Field::Severity, &[Target::Logs][..]),
        "trace" => (Field::Trace, &[Target::Logs, Target::Spans][..]),
        "span" => (Field::Span, &[Target::Logs, Target::Spans][..]),
        "name" => (Field::Name, &[Target::Logs, Target::Spans][..]),
        "status" => (Field::Status, &[Target::Spans][..]),
        "duration" => (Field::Duration, &[Target::Spans][..]),
        other => return Ok(Field::Attribute(other.to_owned())),
    };
    if of.contains(&target) {
        return Ok(field);
    }
    let what = match target {
        Target::Logs => "logs",
        Target::Spans => "spans",
        Target::Metrics => "metrics",
    };
    let key_text = &key.text;
    Err(FilterError::new(
        key.column,
        format!("a field of {what}, which have no {key_text}; an attribute of this name is `\"{key_text}\":...`"),
    ))
}

fn text(value: Word) -> Test {
    match value.prefix() {
        Some(prefix) => Test::Prefix(prefix.to_owned()),
        None => Test::Equals(value.text),
    }
}

fn compare(operator: &str, number: f64) -> Test {
    match operator {
        "<" => Test::Less(number),
        "<=" => Test::AtMost(number),
        ">" => Test::Greater(number),
        _ => Test::AtLeast(number),
    }
}

fn number(value: &Word) -> Result<f64, FilterError> {
    let number = value.text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| FilterError::new(value.column, "a number"))
}

fn severity(operator: Option<&'static str>, value: &Word) -> Result<Test, FilterError> {
    let named = SEVERITIES.iter().find(|(word, ..)| value.text.eq_ignore_ascii_case(word));
    let numbered = || value.text.parse::<u8>().ok().filter(|number| *number <= 24).map(f64::from);
    let range = named.map(|(_, first, last)| (*first, *last)).or_else(|| numbered().map(|number| (number, number)));
    let (first, last) = range.ok_or_else(|| {
        FilterError::new(value.column, "trace, debug, info, warn, error, fatal, unspecified or a number from 0 to 24")
    })?;
    // A word stands for several numbers: above it is above the last, below it is below the first.
    Ok(match operator {
        None => Test::Within(first, last),
        Some("<") => Test::Less(first),
        Some("<=") => Test::AtMost(last),
        Some(">") => Test::Greater(last),
        Some(_) => Test::AtLeast(first),
    })
}

fn status(value: &Word) -> Result<Test, FilterError> {
    let known = ["unset", "ok", "error"].into_iter().find(|word| value.text.eq_ignore_ascii_case(word));
    let known = known.ok_or_else(|| FilterError::new(value.column, "unset, ok or error"))?;
    Ok(Test::Equals(known.to_owned()))
}

fn identifier(value: &Word, digits: usize) -> Result<Test, FilterError> {
    let prefix = value.prefix();
    let hex = prefix.unwrap_or(&value.text).to_ascii_lowercase();
    let fits = if prefix.is_some() { hex.len() <= digits } else { hex.len() == digits };
    if !fits || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(FilterError::new(value.column, format!("{digits} hex digits, or fewer and `*`")));
    }
    Ok(if prefix.is_some() { Test::Prefix(hex) } else { Test::Equals(hex) })
}

/// In nanoseconds.
fn duration(value: &Word) -> Result<f64, FilterError> {
    let split = UNITS.iter().find_map(|(unit, nanoseconds)| Some((value.text.strip_suffix(unit)?, *nanoseconds)));
    let read = split.and_then(|(amount, nanoseconds)| Some(amount.parse::<f64>().ok()? * nanoseconds));
    read.filter(|nanoseconds| nanoseconds.is_finite() && *nanoseconds >= 0.0)
        .ok_or_else(|| FilterError::new(value.column, "a duration, e.g. 100ms; units are ns, us, ms, s, m and h"))
}
