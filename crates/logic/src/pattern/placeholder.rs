//! Replaces what varies between two occurrences of one failure by placeholders.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Everything that varies, in order of precedence; one pass, linear time.
static VARYING: LazyLock<Regex> = LazyLock::new(|| {
    let source = r"(?x)
      (?P<uuid> \b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b )
    | (?P<time> \b\d{4}[-/]\d{2}[-/]\d{2} (?: [T\ ]\d{2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:Z|\ ?[+-]\d{2}:?\d{2})? )?
              | \b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\ \d{1,2}\ (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\ \d{4}
                (?:\ \d{2}:\d{2}:\d{2}(?:\ (?:GMT|UTC|[+-]\d{4}))?)?
              | \b\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)? )
    | (?P<addr> \b0x[0-9a-fA-F]+ | @[0-9a-f]{5,16}\b )
    | (?P<before> ^ | [\s\x22'`(\[{=:,;<|] ) (?P<path> (?: [A-Za-z]:[\\/] | / ) (?: [\w.@+~\-]+ [\\/] )+ [\w.@+~\-]* ) (?P<pathline> :\d+ (?: :\d+ )? \b )?
    | (?P<ext> \.(?:py|rs|go|java|kts?|scala|groovy|[mc]?[jt]sx?|rb|php|c|cc|cpp|hh?|hpp|cs|swift|exs?|clj|vue|svelte|sql|html|json|ya?ml|toml|xml) )
      :\d+ (?: :\d+ )?
    | \b (?P<line> [Ll]ine|[Cc]ol(?:umn)?|[Pp]ort ) (?P<gap> [\ :=]{1,2} ) \d+ \b
    | (?P<ip> \b\d{1,3}(?:\.\d{1,3}){3}\b ) (?P<ipport> :\d{1,5}\b )?
    | (?P<host> \blocalhost | \b[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,} ) :\d{2,5} (?P<hostcol> :\d+ )? \b
    | (?P<duration> \b (?: \d+(?:\.\d+)?(?:h|ms|m|s|us|µs|μs|ns) )+ \b
              | \b \d+(?:\.\d+)?\ (?:ns|us|µs|ms|s|secs?|seconds?|mins?|minutes?|hours?|hrs?|days?)\b )
    | (?P<hex> \b[0-9a-fA-F]{7,128}\b )
    | (?P<word> [A-Za-z]+[0-9][A-Za-z0-9]* )
    | (?P<number> \d+(?:[.,]\d+)*(?:[eE][-+]?\d+)? )
    ";
    Regex::new(source).unwrap_or_else(|error| unreachable!("the placeholder expression is constant: {error}"))
});

/// Quoted strings, angle brackets and square brackets: where assertion messages put their values.
static VALUES: LazyLock<Regex> = LazyLock::new(|| {
    let source = r#""[^"]*"|'[^']*'|`[^`]*`|<(?:n|hex|id|time|path|tmp|uuid|addr|ip|duration)>|<[^<>]*>|\[[^\[\]]*\]|\bnone\b|\bnull\b|\btrue\b|\bfalse\b|\bnan\b|\bundefined\b"#;
    Regex::new(source).unwrap_or_else(|error| unreachable!("the value expression is constant: {error}"))
});

/// Numbers that compilers append to names: anonymous classes, lambdas, accessors, symbol hashes.
static GENERATED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"::h[0-9a-f]{16}\b|\$+\d+|\$\$Lambda\S*|\.func\d+(?:\.\d+)*")
        .unwrap_or_else(|error| unreachable!("the name expression is constant: {error}"))
});

/// Text with placeholders for numbers, hex, UUIDs, times, paths, lines, durations, addresses and ports.
///
/// Words that merely contain digits (`utf8`, `int32`) stay; runs of blanks fold to one; line breaks stay.
pub fn normalize(text: &str) -> String {
    let replaced = VARYING.replace_all(text, |found: &Captures<'_>| substitute(found).into_owned());
    let lines = replaced.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn substitute<'a>(found: &'a Captures<'_>) -> Cow<'a, str> {
    let group = |name| found.name(name).map(|matched| matched.as_str());
    if group("uuid").is_some() {
        "<uuid>".into()
    } else if group("time").is_some() {
        "<time>".into()
    } else if let Some(addr) = group("addr") {
        if addr.starts_with('@') { "@<addr>" } else { "<addr>" }.into()
    } else if let Some(path) = group("path") {
        let line = if group("pathline").is_some() { ":<line>" } else { "" };
        format!("{}{}{line}", group("before").unwrap_or_default(), shorten(path)).into()
    } else if let Some(ext) = group("ext") {
        format!("{ext}:<line>").into()
    } else if let Some(word) = group("line") {
        format!("{word}{}<n>", group("gap").unwrap_or_default()).into()
    } else if group("ip").is_some() {
        if group("ipport").is_some() { "<ip>:<port>" } else { "<ip>" }.into()
    } else if let Some(host) = group("host") {
        let column = if group("hostcol").is_some() { ":<n>" } else { "" };
        // `cart.rs:12:5` looks like a host with a port.
        if is_source(host) { format!("{host}:<line>").into() } else { format!("{host}:<port>{column}").into() }
    } else if group("duration").is_some() {
        "<duration>".into()
    } else if let Some(hex) = group("hex") {
        hex_or_number(hex)
    } else if let Some(word) = group("word") {
        if is_random(word) { "<id>".into() } else { word.into() }
    } else {
        "<n>".into()
    }
}

fn hex_or_number(text: &str) -> Cow<'_, str> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits == text.len() {
        "<n>".into()
    } else if digits == 0 {
        text.into()
    } else {
        "<hex>".into()
    }
}

fn is_source(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default();
    ["py", "rs", "go", "java", "kt", "js", "jsx", "mjs", "cjs", "ts", "tsx", "rb", "php", "cpp", "cs", "swift"]
        .contains(&ending)
}

/// True for long runs of letters and digits that no person named.
fn is_random(word: &str) -> bool {
    word.len() >= 16 && word.bytes().filter(u8::is_ascii_digit).count() >= 4
}

/// The last component of an absolute path behind a placeholder; nothing of a temporary one that looks made up.
fn shorten(path: &str) -> String {
    let path = path.replace('\\', "/");
    let temporary = ["/tmp/", "/temp/", "/var/folders/"].iter().any(|part| path.to_ascii_lowercase().contains(part));
    let name = path.rsplit('/').next().unwrap_or_default();
    let made_up = name.to_ascii_lowercase().starts_with("tmp") || name.bytes().any(|b| b.is_ascii_digit());
    let root = if temporary { "<tmp>" } else { "<path>" };
    if name.is_empty() || (temporary && made_up) { root.to_owned() } else { format!("{root}/{name}") }
}

/// True when a lower-cased message comes from a comparison of values in a test.
pub(super) fn is_assertion(error: &str) -> bool {
    ["assert", "comparisonfailure", "expected", "expect("].iter().any(|word| error.contains(word))
}

/// An assertion's message without the values it compared.
pub(super) fn mask_values(error: &str) -> String {
    VALUES.replace_all(error, "<value>").into_owned()
}

/// A function's name without what its compiler numbered.
pub(super) fn function(name: &str) -> String {
    GENERATED.replace_all(name, "").into_owned()
}
