//! Measured values with their units (UCUM).

/// A value with its unit, at most three significant digits: `182 ms`, `1.4 MiB/s`, `12 %`, `3 requests`.
pub fn measure(value: f64, unit: &str) -> String {
    let (base, per) = unit.split_once('/').map_or((unit, ""), |(base, per)| (base, per));
    let per = if per.is_empty() { String::new() } else { format!("/{}", bare(per)) };
    let seconds = |factor: f64| time(value * factor);
    let text = match base {
        "s" if per.is_empty() => seconds(1.0),
        "ms" if per.is_empty() => seconds(1e-3),
        "us" if per.is_empty() => seconds(1e-6),
        "ns" if per.is_empty() => seconds(1e-9),
        "min" if per.is_empty() => seconds(60.0),
        "h" if per.is_empty() => seconds(3600.0),
        "By" => binary(value),
        "KiBy" => binary(value * 1024.0),
        "MiBy" => binary(value * 1_048_576.0),
        "1" | "" => number(value),
        "%" => format!("{} %", number(value)),
        other => format!("{} {}", number(value), bare(other)),
    };
    format!("{text}{per}")
}

/// A unit as a heading shows it; empty for mere counts.
pub fn unit(unit: &str) -> String {
    match unit {
        "" | "1" => String::new(),
        "By" => "bytes".to_owned(),
        "s" => "seconds".to_owned(),
        "ms" => "milliseconds".to_owned(),
        "%" => "percent".to_owned(),
        other => bare(other),
    }
}

/// A span's time: `812 ns`, `12.3 µs`, `4.21 ms`, `1.24 s`, `2 m 03 s`.
pub fn nanoseconds(count: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let seconds = count as f64 / 1e9;
    time(seconds)
}

/// UCUM's annotations without their braces.
fn bare(unit: &str) -> String {
    unit.chars().filter(|letter| !matches!(letter, '{' | '}')).collect()
}

fn time(seconds: f64) -> String {
    let size = seconds.abs();
    // What rounds to a thousand belongs to the next unit.
    let units = [(1e-9, "ns", 999.5e-9), (1e-6, "µs", 999.5e-6), (1e-3, "ms", 999.5e-3), (1.0, "s", 59.95)];
    if size == 0.0 {
        return "0 s".to_owned();
    }
    for (unit, name, end) in units {
        if size < end {
            return format!("{} {name}", digits(seconds / unit));
        }
    }
    let sign = if seconds < 0.0 { "-" } else { "" };
    #[expect(clippy::cast_possible_truncation, reason = "far below 2^63, and saturating else")]
    let whole = size.round() as i64;
    match whole {
        0..3_600 => format!("{sign}{} m {:02} s", whole / 60, whole % 60),
        3_600..86_400 => format!("{sign}{} h {:02} m", whole / 3600, whole / 60 % 60),
        _ => format!("{sign}{} d {:02} h", whole / 86_400, whole / 3600 % 24),
    }
}

fn binary(bytes: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut value, mut at) = (bytes, 0);
    while value.abs() >= 1023.5 && at + 1 < units.len() {
        value /= 1024.0;
        at += 1;
    }
    format!("{} {}", digits(value), units[at])
}

/// A number with `k`, `M` or `G` from ten thousand on.
pub fn number(value: f64) -> String {
    let size = value.abs();
    for (unit, name) in [(1e12, "T"), (1e9, "G"), (1e6, "M")] {
        if size >= unit {
            return format!("{}{name}", digits(value / unit));
        }
    }
    if size >= 10_000.0 { format!("{}k", digits(value / 1e3)) } else { digits(value) }
}

/// Three significant digits without trailing zeros; whole numbers stay whole.
fn digits(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || !value.is_finite() {
        return if value.is_finite() { "0".to_owned() } else { "–".to_owned() };
    }
    if size < 0.001 {
        return format!("{value:.1e}");
    }
    let places = match size {
        s if s >= 99.95 => 0,
        s if s >= 9.995 => 1,
        s if s >= 0.9995 => 2,
        s if s >= 0.09995 => 3,
        _ => 4,
    };
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_take_the_unit_that_fits() {
        let cases =
            [(0.000_012_34, "12.3 µs"), (0.182, "182 ms"), (1.2399, "1.24 s"), (123.0, "2 m 03 s"), (0.0, "0 s")];
        for (value, text) in cases {
            assert_eq!(measure(value, "s"), text);
        }
        assert_eq!(measure(1500.0, "ms"), "1.5 s");
        assert_eq!(
            (nanoseconds(812), nanoseconds(999_999), nanoseconds(90_000_000_000_000)),
            ("812 ns".into(), "1 ms".into(), "1 d 01 h".into())
        );
    }

    #[test]
    fn sizes_counts_and_shares_carry_their_units() {
        assert_eq!(measure(1536.0, "By"), "1.5 KiB");
        assert_eq!(measure(3.0 * 1_048_576.0, "By/s"), "3 MiB/s");
        assert_eq!(measure(12.5, "%"), "12.5 %");
        assert_eq!(measure(3.0, "{request}"), "3 request");
        assert_eq!(measure(0.25, "{request}/s"), "0.25 request/s");
        assert_eq!(measure(0.25, "1/s"), "0.25/s");
        assert_eq!(measure(2.0, "s/s"), "2 s/s");
        assert_eq!((unit("1"), unit("By"), unit("{request}/s")), (String::new(), "bytes".into(), "request/s".into()));
    }

    #[test]
    fn numbers_keep_three_digits() {
        let cases =
            [(1234.0, "1234"), (34_900.0, "34.9k"), (5_612_000.0, "5.61M"), (-0.5, "-0.5"), (0.000_12, "1.2e-4")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(f64::NAN), "–");
    }
}
