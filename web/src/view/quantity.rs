//! Numbers with their units.

use std::fmt::Write;

/// A count with thin groups of three: `12,345`.
pub fn grouped(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + 4);
    if count < 0 {
        text.push('-');
    }
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count in at most four characters: `999`, `1.2k`, `34k`, `5.6M`.
pub fn compact(count: i64) -> String {
    let units = [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    for (size, unit) in units {
        if count >= size * 10 {
            return format!("{}{unit}", count / size);
        }
        if count >= size {
            let tenths = count * 10 / size;
            return if tenths % 10 == 0 {
                format!("{}{unit}", tenths / 10)
            } else {
                format!("{}.{}{unit}", tenths / 10, tenths % 10)
            };
        }
    }
    count.to_string()
}

/// A count and its noun: `1 file`, `3 files`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Bytes in binary units: `812 B`, `1.4 KiB`, `3 MiB`.
pub fn bytes(count: u64) -> String {
    let mut size = count;
    let mut remainder = 0;
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    while size >= 1024 && unit + 1 < units.len() {
        remainder = size % 1024;
        size /= 1024;
        unit += 1;
    }
    let tenths = remainder * 10 / 1024;
    if tenths > 0 && size < 100 {
        format!("{size}.{tenths} {}", units[unit])
    } else {
        format!("{size} {}", units[unit])
    }
}

/// Wall-clock time of a run: `820 ms`, `1.24 s`, `2 m 03 s`, `1 h 04 m`.
pub fn elapsed(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{seconds}.{:02} s", milliseconds % 1000 / 10),
        60_000..3_600_000 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} m", seconds / 3600, seconds / 60 % 60),
    }
}

/// A configured span of time in its largest whole unit: `90 seconds`, `15 minutes`, `24 hours`, `7 days`.
pub fn span(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let (size, noun) = units
        .into_iter()
        .find(|(size, _)| seconds >= 2 * size && seconds.is_multiple_of(*size))
        .unwrap_or((1, "second"));
    let count = seconds / size;
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The start of a long id, for people.
pub fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// Percent-encodes a query value.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(byte.into());
        } else {
            // Writing to a String can not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// How often: `once`, `12 times`.
pub fn times(count: i64) -> String {
    if count == 1 { "once".into() } else { format!("{} times", grouped(count)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_and_compacted() {
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(-1000), "-1,000");
        assert_eq!(grouped(7), "7");
        assert_eq!((times(0), times(1), times(1200)), ("0 times".into(), "once".into(), "1,200 times".into()));
        for (count, text) in [(999, "999"), (1000, "1k"), (1250, "1.2k"), (34_900, "34k"), (5_600_000, "5.6M")] {
            assert_eq!(compact(count), text);
        }
    }

    #[test]
    fn sizes_and_times_carry_units() {
        assert_eq!(bytes(812), "812 B");
        assert_eq!(bytes(1434), "1.4 KiB");
        assert_eq!(bytes(3 << 20), "3 MiB");
        assert_eq!(elapsed(820), "820 ms");
        assert_eq!(elapsed(1245), "1.24 s");
        assert_eq!(elapsed(123_000), "2 m 03 s");
        assert_eq!(elapsed(3_840_000), "1 h 04 m");
    }

    #[test]
    fn spans_use_the_largest_whole_unit() {
        assert_eq!(span(24 * 3600), "24 hours");
        assert_eq!(span(7 * 86_400), "7 days");
        assert_eq!(span(90), "90 seconds");
        assert_eq!(span(900), "15 minutes");
    }

    #[test]
    fn query_values_are_encoded_by_byte() {
        assert_eq!(encode("a b&c=ä"), "a%20b%26c%3D%C3%A4");
    }

    #[test]
    fn nouns_agree_with_their_count() {
        assert_eq!(counted(1, "file"), "1 file");
        assert_eq!(counted(0, "file"), "0 files");
    }
}
