//! Characters to words.

use super::FilterError;

/// A word with where it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Without its quotes.
    pub(super) text: String,
    /// The column of its first character.
    pub(super) column: usize,
    /// True when it stood in quotes, and so means just what it says.
    pub(super) quoted: bool,
}

impl Word {
    /// What stands before a trailing `*`.
    pub(super) fn prefix(&self) -> Option<&str> {
        if self.quoted { None } else { self.text.strip_suffix('*') }
    }
}

/// A text with a place in it.
pub(super) struct Scanner<'a> {
    rest: std::str::Chars<'a>,
    length: usize,
    column: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text.chars(), length: text.chars().count(), column: 1 }
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn column(&self) -> usize {
        self.column
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.column += usize::from(next.is_some());
        next
    }

    /// Goes to the next term; false at the end.
    pub(super) fn skip_spaces(&mut self) -> bool {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
        self.peek().is_some()
    }

    /// Takes the character when it is next.
    pub(super) fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.next();
        }
        found
    }

    /// Takes the text when it is next.
    pub(super) fn take_all(&mut self, wanted: &str) -> bool {
        let found = self.rest.as_str().starts_with(wanted);
        if found {
            for _ in wanted.chars() {
                self.next();
            }
        }
        found
    }

    /// A quoted text, or everything up to a space or `end`.
    pub(super) fn word(&mut self, end: Option<char>) -> Result<Word, FilterError> {
        let column = self.column;
        if self.take('"') {
            let text = self.quoted(column)?;
            if self.peek().is_some_and(|next| !next.is_whitespace() && Some(next) != end) {
                return Err(FilterError::new(self.column, "a space after the quoted text"));
            }
            return Ok(Word { text, column, quoted: true });
        }
        let mut text = String::new();
        while let Some(next) = self.peek().filter(|next| !next.is_whitespace() && Some(*next) != end) {
            text.push(next);
            self.next();
        }
        Ok(Word { text, column, quoted: false })
    }

    /// The rest of a quoted text; `\"` and `\\` stand for `"` and `\`.
    fn quoted(&mut self, opened: usize) -> Result<String, FilterError> {
        let mut text = String::new();
        loop {
            match self.next() {
                None => {
                    return Err(FilterError::new(self.column, format!("`\"`, to end the text from column {opened}")));
                }
                Some('"') => return Ok(text),
                Some('\\') if matches!(self.peek(), Some('"' | '\\')) => text.extend(self.next()),
                Some(other) => text.push(other),
            }
        }
    }
}
