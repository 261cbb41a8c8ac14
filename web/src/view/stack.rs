//! Stack traces with one's own frames told from the framework's.

/// One entry of a trace: a line that names a frame with the lines that belong to it, or other text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its lines as they were printed.
    pub lines: Vec<String>,
    /// What it is.
    pub kind: Kind,
}

/// What an entry of a trace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A frame of the service's own code.
    Own,
    /// A frame of a runtime, framework or dependency.
    Foreign,
    /// The exception, a heading, or output.
    Text,
}

/// Marks of paths and modules that are not one's own.
const FOREIGN: [&str; 34] = [
    "site-packages",
    "dist-packages",
    "node_modules",
    "/lib/python",
    "/usr/lib/",
    "<frozen ",
    "unittest/",
    "_pytest/",
    "/pluggy/",
    "node:internal",
    "internal/process",
    "/rustc/",
    "/.cargo/",
    "std::",
    "core::",
    "alloc::",
    "tokio::",
    "at java.",
    "at javax.",
    "at jdk.",
    "at sun.",
    "at junit.",
    "at org.junit",
    "at org.springframework",
    "at org.apache.maven",
    "at org.gradle",
    "at kotlin.",
    "at scala.",
    "/go/src/",
    "/usr/local/go/",
    "runtime/",
    "testing.t",
    "reactor.core",
    "io.netty",
];

/// Reads a trace of Python, Java, JavaScript, Rust or Go.
pub fn frames(stack: &str) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for line in stack.lines().filter(|line| !line.trim().is_empty()) {
        // The location under a Rust frame looks like a frame of JavaScript.
        let located = frames.last().is_some_and(|last| is_rust(&last.lines[0])) && line.trim_start().starts_with("at ");
        let kind = if located { Kind::Text } else { kind(line) };
        match frames.last_mut() {
            // The source line under a Python frame, the location under a Rust one.
            Some(last) if kind == Kind::Text && last.kind != Kind::Text && belongs(line, &last.lines[0]) => {
                if is_foreign(line) {
                    last.kind = Kind::Foreign;
                }
                last.lines.push(line.to_owned());
            }
            _ => frames.push(Frame { lines: vec![line.to_owned()], kind }),
        }
    }
    frames
}

/// Own frames with the texts around them; the rest is one fold away.
pub fn own(frames: &[Frame]) -> Vec<&Frame> {
    frames.iter().filter(|frame| frame.kind != Kind::Foreign).collect()
}

fn kind(line: &str) -> Kind {
    let text = line.trim_start();
    let python = text.starts_with("File \"");
    let arrow = text.starts_with("at ") && (text.contains('(') || text.contains(':'));
    let go = line.starts_with('\t') && text.contains(".go:");
    if !(python || arrow || is_rust(text) || go) {
        Kind::Text
    } else if is_foreign(text) {
        Kind::Foreign
    } else {
        Kind::Own
    }
}

/// `   3: shop::cart::total`
fn is_rust(line: &str) -> bool {
    line.trim_start()
        .split_once(": ")
        .is_some_and(|(number, name)| number.parse::<u32>().is_ok() && name.contains("::"))
}

fn is_foreign(text: &str) -> bool {
    let text = text.to_lowercase();
    FOREIGN.iter().any(|mark| text.contains(mark))
}

/// True when a line is indented deeper than the frame above it.
fn belongs(line: &str, frame: &str) -> bool {
    let indent = |text: &str| text.len() - text.trim_start().len();
    indent(line) > indent(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PYTHON: &str = r#"Traceback (most recent call last):
  File "/usr/lib/python3.11/unittest/case.py", line 57, in testPartExecutor
    yield
  File "/srv/checkout/prices.py", line 41, in price
    return self._cache[key]
           ~~~~~~~~~~~^^^^^
KeyError: ('SKU-1', 'EUR')"#;

    fn kinds(stack: &str) -> Vec<Kind> {
        frames(stack).iter().map(|frame| frame.kind).collect()
    }

    #[test]
    fn python_frames_keep_their_source_lines() {
        assert_eq!(kinds(PYTHON), [Kind::Text, Kind::Foreign, Kind::Own, Kind::Text]);
        assert_eq!(frames(PYTHON)[2].lines.len(), 3);
        assert_eq!(own(&frames(PYTHON)).len(), 3);
    }

    #[test]
    fn java_and_javascript_frames_are_told_apart() {
        let java = "java.lang.IllegalStateException: x\n\tat com.shop.Cart.total(Cart.java:12)\n\tat java.base/java.util.List.get(List.java:1)\n\tat org.junit.Run.run(Run.java:2)";
        assert_eq!(kinds(java), [Kind::Text, Kind::Own, Kind::Foreign, Kind::Foreign]);
        let node = "TypeError: x\n    at total (/srv/app/cart.js:3:9)\n    at node:internal/main:1:1";
        assert_eq!(kinds(node), [Kind::Text, Kind::Own, Kind::Foreign]);
    }

    #[test]
    fn a_rust_frame_is_judged_by_its_location_too() {
        let rust = "   3: shop::cart::total\n             at ./src/cart.rs:12:5\n   4: serde::de::run\n             at /home/ci/.cargo/registry/serde.rs:1:1";
        assert_eq!(kinds(rust), [Kind::Own, Kind::Foreign]);
    }
}
