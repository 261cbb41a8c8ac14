//! A light colouring that is right often enough to help the eye and never changes the text.

use std::ops::Range;

use super::{Line, Side};

/// The syntactic role of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// Anything else.
    Plain,
    /// A word of the language.
    Keyword,
    /// A string or character literal.
    Text,
    /// A comment.
    Comment,
    /// A number.
    Number,
    /// A name that is called.
    Call,
    /// A name that starts with a capital: by convention a type.
    Type,
}

/// What a file's extension says about its syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Language {
    line_comment: &'static str,
    /// Delimiters of texts and comments that may span lines: opening, closing, role.
    blocks: &'static [(&'static str, &'static str, Token)],
    keywords: &'static [&'static str],
}

const PROSE: Language = Language { line_comment: "", blocks: &[], keywords: &[] };

const SCRIPT: Language = Language {
    line_comment: "#",
    blocks: &[],
    keywords: &[
        "if", "then", "else", "elif", "fi", "for", "do", "done", "case", "esac", "while", "function", "true", "false",
        "null", "yes", "no",
    ],
};

const PYTHON: Language = Language {
    line_comment: "#",
    blocks: &[("\"\"\"", "\"\"\"", Token::Text), ("'''", "'''", Token::Text)],
    keywords: &[
        "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
        "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "match", "nonlocal", "not", "or",
        "pass", "raise", "return", "self", "try", "while", "with", "yield", "None", "True", "False",
    ],
};

const BRACES: Language = Language {
    line_comment: "//",
    blocks: &[("/*", "*/", Token::Comment), ("`", "`", Token::Text)],
    keywords: &[
        "abstract",
        "as",
        "async",
        "await",
        "bool",
        "boolean",
        "break",
        "byte",
        "case",
        "catch",
        "char",
        "class",
        "const",
        "continue",
        "crate",
        "def",
        "default",
        "defer",
        "do",
        "double",
        "dyn",
        "else",
        "enum",
        "export",
        "extends",
        "false",
        "final",
        "finally",
        "float",
        "fn",
        "for",
        "from",
        "func",
        "function",
        "go",
        "if",
        "impl",
        "implements",
        "import",
        "in",
        "instanceof",
        "int",
        "interface",
        "let",
        "long",
        "loop",
        "map",
        "match",
        "mod",
        "move",
        "mut",
        "new",
        "nil",
        "null",
        "of",
        "override",
        "package",
        "private",
        "protected",
        "pub",
        "public",
        "range",
        "return",
        "select",
        "self",
        "static",
        "struct",
        "super",
        "switch",
        "this",
        "throw",
        "throws",
        "trait",
        "true",
        "try",
        "type",
        "typeof",
        "undefined",
        "unsafe",
        "use",
        "val",
        "var",
        "void",
        "where",
        "while",
        "yield",
    ],
};

impl Language {
    pub(super) fn of(path: &str) -> Self {
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension {
            "py" | "pyi" => PYTHON,
            "rs" | "js" | "mjs" | "cjs" | "jsx" | "ts" | "tsx" | "java" | "kt" | "go" | "c" | "h" | "cc" | "cpp"
            | "hpp" | "cs" | "swift" | "scala" | "php" | "css" | "scss" | "json" => BRACES,
            "sh" | "bash" | "yml" | "yaml" | "toml" | "rb" | "tf" | "conf" | "cfg" | "ini" => SCRIPT,
            _ => PROSE,
        }
    }
}

/// A text or comment that the previous line left open: its closing delimiter and role.
type Open = Option<(&'static str, Token)>;

/// Tokens of every line; a text left open on one side goes on in the next line of that side.
pub(super) fn colour(lines: &[Line], language: Language) -> Vec<Vec<(Range<usize>, Token)>> {
    let mut old: Open = None;
    let mut new: Open = None;
    lines
        .iter()
        .map(|line| {
            let text = line.text();
            let mut open = if line.side == Side::Old { old } else { new };
            let tokens = tokens(&text, language, &mut open);
            match line.side {
                Side::Old => old = open,
                Side::New => new = open,
                Side::Both => (old, new) = (open, open),
            }
            tokens
        })
        .collect()
}

fn tokens(line: &str, language: Language, open: &mut Open) -> Vec<(Range<usize>, Token)> {
    let mut tokens = Vec::new();
    if language == PROSE {
        return tokens;
    }
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let (length, token) = match *open {
            Some((close, token)) => {
                let end = rest.find(close).map(|found| found + close.len());
                if end.is_some() {
                    *open = None;
                }
                (end.unwrap_or(rest.len()), token)
            }
            None => {
                one(rest, at > 0 && line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'), language, open)
            }
        };
        if token != Token::Plain {
            tokens.push((at..at + length, token));
        }
        at += length.max(1);
    }
    tokens
}

/// The token at the start of `rest`: its length in bytes and its role.
fn one(rest: &str, inside_word: bool, language: Language, open: &mut Open) -> (usize, Token) {
    if !language.line_comment.is_empty() && rest.starts_with(language.line_comment) {
        return (rest.len(), Token::Comment);
    }
    if let Some((start, close, token)) = language.blocks.iter().find(|(start, ..)| rest.starts_with(start)) {
        let end = rest[start.len()..].find(close).map(|found| start.len() + found + close.len());
        if end.is_none() {
            *open = Some((close, *token));
        }
        return (end.unwrap_or(rest.len()), *token);
    }
    let Some(first) = rest.chars().next() else {
        return (0, Token::Plain);
    };
    match first {
        '"' => (quoted(rest, '"').unwrap_or(1), Token::Text),
        // An apostrophe without a partner is a lifetime or prose.
        '\'' => quoted(rest, '\'').map_or((1, Token::Plain), |length| (length, Token::Text)),
        c if c.is_ascii_digit() && !inside_word => {
            (run(rest, |c| c.is_ascii_alphanumeric() || c == '.' || c == '_'), Token::Number)
        }
        c if c.is_alphabetic() || c == '_' => {
            let length = run(rest, |c| c.is_alphanumeric() || c == '_');
            (length, name(&rest[..length], &rest[length..], language))
        }
        c => (c.len_utf8(), Token::Plain),
    }
}

fn name(word: &str, after: &str, language: Language) -> Token {
    if language.keywords.contains(&word) {
        Token::Keyword
    } else if word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase) {
        Token::Type
    } else if after.starts_with('(') || after.starts_with("!(") {
        Token::Call
    } else {
        Token::Plain
    }
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}
