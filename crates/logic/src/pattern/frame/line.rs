//! One line of a trace.

/// What a line of a trace says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// A function whose place may follow; `certain` when the line can be nothing else.
    Function { function: String, certain: bool },
    /// A place, of the function on the line before where there was one.
    Place { file: String, line: Option<u32> },
    /// A whole frame of a language that prints the innermost first; `keep` when the line also says something.
    Inner { function: String, file: Option<String>, line: Option<u32>, keep: bool },
    /// A whole frame of Python; without a function where pytest shows the source instead.
    Outer { function: Option<String>, file: String, line: Option<u32> },
    /// A Python definition, as pytest shows it around a failing line.
    Definition(String),
    /// No frame.
    Other,
}

/// Reads one line.
pub(super) fn parse(text: &str) -> Parsed {
    let line = text.trim();
    python(line)
        .or_else(|| line.strip_prefix("at ").and_then(at))
        .or_else(|| panic(line))
        .or_else(|| backtrace(line))
        .or_else(|| go(text, line))
        .or_else(|| gecko(line))
        .unwrap_or(Parsed::Other)
}

/// `File "a.py", line 3, in f`; pytest's `a.py:3: in f` and `a.py:3: AssertionError`; `def f(...):`.
fn python(line: &str) -> Option<Parsed> {
    if let Some(rest) = line.strip_prefix("File \"") {
        let (file, rest) = rest.split_once("\", line ")?;
        let (number, rest) = rest.split_once(',').unwrap_or((rest, ""));
        let function = rest.trim().strip_prefix("in ").unwrap_or_default();
        let function = Some(function.trim().to_owned());
        return Some(Parsed::Outer { function, file: file.to_owned(), line: number.trim().parse().ok() });
    }
    if let Some(rest) = line.strip_prefix("def ").or_else(|| line.strip_prefix("async def ")) {
        let (name, _) = rest.split_once('(')?;
        return is_identifier(name).then(|| Parsed::Definition(name.to_owned()));
    }
    let (file, rest) = line.split_once(".py:")?;
    let (number, rest) = rest.split_once(':')?;
    let number = number.parse().ok()?;
    if file.contains(char::is_whitespace) {
        return None;
    }
    let function = rest.trim().strip_prefix("in ").map(|name| name.trim().to_owned());
    Some(Parsed::Outer { function, file: format!("{file}.py"), line: Some(number) })
}

/// What follows `at `: a JVM frame, a JavaScript frame, or the place of a Rust frame.
fn at(rest: &str) -> Option<Parsed> {
    let Some((head, place)) = rest.split_once('(') else {
        let rest = rest.strip_prefix("async ").unwrap_or(rest);
        let (file, line) = split_place(rest);
        return line.map(|line| Parsed::Place { file: file.to_owned(), line: Some(line) });
    };
    let (place, _) = place.rsplit_once(')')?;
    if let Some(frame) = jvm(head, place) {
        return Some(frame);
    }
    let head = head.trim();
    let function = head.strip_prefix("async ").or_else(|| head.strip_prefix("new ")).unwrap_or(head);
    // `at eval (eval at f (file:1:2), <anonymous>:1:1)`: the outer place is the one that exists.
    let place = place.rsplit_once('(').map_or(place, |(_, inner)| inner.split(')').next().unwrap_or(inner));
    let (file, line) = split_place(place);
    let known = line.is_some() || matches!(file, "native" | "<anonymous>") || file.starts_with("node:");
    // `f [as g]`: f is what was called.
    let function = function.split(" [as ").next().unwrap_or(function);
    known.then(|| Parsed::Inner { function: function.to_owned(), file: Some(file.to_owned()), line, keep: false })
}

/// `module/pkg.Class.method(File.java:3)`.
fn jvm(head: &str, place: &str) -> Option<Parsed> {
    // Class loaders and modules come in front: `app//`, `java.base/`, `platform/java.sql@17/`.
    let function = head.rsplit('/').next().unwrap_or(head).trim();
    let place = place.split(") ~[").next().unwrap_or(place);
    if function.contains(char::is_whitespace) || !function.contains('.') {
        return None;
    }
    let (file, line) = split_place(place);
    let source = [".java", ".kt", ".kts", ".scala", ".groovy", ".clj"].iter().any(|end| file.ends_with(end));
    let file = if source && !file.contains('/') {
        let package = package(function);
        Some(if package.is_empty() { file.to_owned() } else { format!("{}/{file}", package.replace('.', "/")) })
    } else if matches!(place, "Native Method" | "Unknown Source" | "<generated>") {
        None
    } else {
        return None;
    };
    Some(Parsed::Inner { function: function.to_owned(), file, line, keep: false })
}

/// The lower-case start of `pkg.sub.Class.method`.
fn package(function: &str) -> &str {
    let class = function.split('.').take_while(|part| !part.starts_with(|c: char| c.is_uppercase() || c == '$'));
    let length: usize = class.map(|part| part.len() + 1).sum();
    // Without an upper-case class (a Kotlin or Groovy file) the last two parts are class and method.
    if length > function.len() {
        return function.rsplitn(3, '.').nth(2).unwrap_or_default();
    }
    function[..length].trim_end_matches('.')
}

/// `thread 'main' panicked at src/lib.rs:3:5:` and the older `panicked at 'message', src/lib.rs:3:5`.
fn panic(line: &str) -> Option<Parsed> {
    let (_, rest) = line.split_once("panicked at ")?;
    let place = rest.rsplit(", ").next().unwrap_or(rest).trim_end_matches(':');
    let (file, line) = split_place(place);
    let place = line.is_some() && !file.contains(char::is_whitespace);
    place.then(|| Parsed::Inner { function: String::new(), file: Some(file.to_owned()), line, keep: true })
}

/// `  3: crate::module::function` and `  3:  0x55d - crate::module::function` of a Rust backtrace.
fn backtrace(line: &str) -> Option<Parsed> {
    let (number, rest) = line.split_once(": ")?;
    if number.is_empty() || number.len() > 4 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let rest = rest.trim();
    let rest = match rest.split_once(" - ") {
        Some((address, name)) if address.starts_with("0x") => name,
        _ => rest,
    };
    let name = without_symbol_hash(rest);
    let path = name.contains("::") || is_identifier(name);
    path.then(|| Parsed::Function { function: name.to_owned(), certain: true })
}

fn without_symbol_hash(name: &str) -> &str {
    match name.rsplit_once("::h") {
        Some((head, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => head,
        _ => name,
    }
}

/// `main.(*Cart).Total(0x1, ...)`, then `<tab>/src/cart.go:3 +0x1d`; a test's log line `    cart_test.go:3: message`.
fn go(text: &str, line: &str) -> Option<Parsed> {
    if let Some((file, rest)) = line.split_once(".go:")
        && text.starts_with(char::is_whitespace)
        && !file.contains(char::is_whitespace)
    {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].parse().ok()?;
        let file = format!("{file}.go");
        let after = &rest[digits..];
        return Some(if after.starts_with(':') {
            Parsed::Inner { function: String::new(), file: Some(file), line: Some(number), keep: true }
        } else {
            Parsed::Place { file, line: Some(number) }
        });
    }
    if text.starts_with(char::is_whitespace) {
        return None;
    }
    if let Some(rest) = line.strip_prefix("created by ") {
        let function = rest.split(" in goroutine").next().unwrap_or(rest);
        return Some(Parsed::Function { function: function.to_owned(), certain: false });
    }
    // The arguments are the last parentheses; a method's receiver has its own.
    let function = &line.strip_suffix(')')?[..line.rfind('(')?];
    let qualified = function.rsplit('/').next().is_some_and(|last| last.contains('.'));
    let plain = !function.is_empty() && !function.contains(char::is_whitespace);
    (plain && (qualified || function == "panic"))
        .then(|| Parsed::Function { function: function.to_owned(), certain: false })
}

/// Firefox and Safari: `load@https://host/app.js:3:5`.
fn gecko(line: &str) -> Option<Parsed> {
    let (function, place) = line.split_once('@')?;
    let (file, number) = split_place(place);
    let frame =
        number.is_some() && !line.contains(char::is_whitespace) && (file.contains("://") || file.starts_with('/'));
    frame.then(|| Parsed::Inner {
        function: function.to_owned(),
        file: Some(file.to_owned()),
        line: number,
        keep: false,
    })
}

/// `file:line:col` or `file:line`; the line is none where no number follows.
fn split_place(place: &str) -> (&str, Option<u32>) {
    let Some((head, last)) = split_number(place) else {
        return (place, None);
    };
    match split_number(head) {
        Some((file, line)) => (file, Some(line)),
        None => (head, Some(last)),
    }
}

fn split_number(place: &str) -> Option<(&str, u32)> {
    let (head, number) = place.rsplit_once(':')?;
    number.parse().ok().filter(|_| !head.is_empty()).map(|number| (head, number))
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '<' | '>' | '{' | '}'))
}
