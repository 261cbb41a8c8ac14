//! Stack frames out of the traces of Python, the JVM, JavaScript, Rust and Go.

mod line;

use super::framework;
use line::Parsed;

/// Lines of a trace that are read; deeper recursion says nothing new.
const MAX_LINES: usize = 2_000;

/// One stack frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Qualified as the language does; empty when the trace names only a place.
    pub function: String,
    /// The file, relative where the checkout's root can be told; a JVM frame's file with its package's path.
    pub file: Option<String>,
    /// The line.
    pub line: Option<u32>,
    /// False for runtimes, test runners and installed packages.
    pub in_app: bool,
}

/// A trace, read: its frames, and the lines that are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scan<'a> {
    /// Innermost first; of chained exceptions the one that was reported comes first.
    pub frames: Vec<Frame>,
    /// Messages and other text, in order.
    pub rest: Vec<&'a str>,
}

/// The frames of a trace, innermost first.
pub fn frames(stack: &str) -> Vec<Frame> {
    scan(stack).frames
}

/// Reads a trace line by line; lines that are no frames are kept apart.
pub fn scan(text: &str) -> Scan<'_> {
    let mut reader = Reader::default();
    for line in text.lines().take(MAX_LINES) {
        reader.read(line);
    }
    reader.finish()
}

/// What was read so far.
#[derive(Default)]
struct Reader<'a> {
    /// Frames of languages that print the innermost first.
    inner_first: Vec<Frame>,
    /// Frames of Python, which prints the innermost last.
    inner_last: Vec<Frame>,
    rest: Vec<&'a str>,
    /// A function whose place may follow on the next line (Rust, Go).
    pending: Option<Pending<'a>>,
    /// The function that pytest shows around the failing line.
    enclosing: String,
    /// The last line was a Python frame, so the next shows its source.
    expects_source: bool,
}

struct Pending<'a> {
    function: String,
    text: &'a str,
    certain: bool,
}

impl<'a> Reader<'a> {
    fn read(&mut self, text: &'a str) {
        let source = std::mem::take(&mut self.expects_source);
        match line::parse(text) {
            Parsed::Function { function, certain } => {
                self.settle();
                self.pending = Some(Pending { function, text, certain });
            }
            Parsed::Place { file, line } => {
                let function = self.pending.take().map(|pending| pending.function).unwrap_or_default();
                self.inner_first.push(frame(function, Some(file), line));
            }
            Parsed::Inner { function, file, line, keep } => {
                self.settle();
                self.inner_first.push(frame(function, file, line));
                if keep {
                    self.rest.push(text);
                }
            }
            Parsed::Outer { function, file, line } => {
                self.settle();
                let function = function.unwrap_or_else(|| std::mem::take(&mut self.enclosing));
                self.inner_last.push(frame(function, Some(file), line));
                self.expects_source = true;
            }
            Parsed::Definition(name) => {
                self.settle();
                self.enclosing = name;
                self.rest.push(text);
            }
            Parsed::Other => {
                self.settle();
                if !(source && text.starts_with("    ")) {
                    self.rest.push(text);
                }
            }
        }
    }

    /// No place followed: a backtrace's function is a frame all the same, anything else was only text.
    fn settle(&mut self) {
        match self.pending.take() {
            Some(Pending { function, certain: true, .. }) => self.inner_first.push(frame(function, None, None)),
            Some(Pending { text, .. }) => self.rest.push(text),
            None => {}
        }
    }

    fn finish(mut self) -> Scan<'a> {
        self.settle();
        let mut frames = self.inner_last;
        frames.reverse();
        frames.append(&mut self.inner_first);
        Scan { frames: without_repeated_place(frames), rest: self.rest }
    }
}

fn frame(function: String, file: Option<String>, line: Option<u32>) -> Frame {
    let in_app = framework::is_in_app(&function, file.as_deref());
    Frame { function, file: file.map(|file| super::relative(&file)), line, in_app }
}

/// A panic names its place, and then the backtrace names it again with its function.
fn without_repeated_place(mut frames: Vec<Frame>) -> Vec<Frame> {
    let Some(first) = frames.first() else { return frames };
    let named = |other: &Frame| !other.function.is_empty() && other.file == first.file && other.line == first.line;
    if first.function.is_empty() && frames.iter().skip(1).any(named) {
        frames.remove(0);
    }
    frames
}
