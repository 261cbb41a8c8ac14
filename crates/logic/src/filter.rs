//! Reads the filter language of telemetry.
//!
//! Terms are separated by spaces, and all must hold: `word` or `"two words"` in the text, `key:value`, `key:>=10`,
//! `key:*` (there is one), `-term` (it must not hold); a value ends in `*` to match a beginning. `service`, `severity`,
//! `trace`, `span`, `status`, `name` and `duration` are fields; every other key, and every `"quoted key"`, is an
//! attribute. Quoted values are literal.

mod field;
mod scan;
#[cfg(test)]
mod tests;

use devos_contracts::query::{Field, Filter, Target, Term, Test};

use scan::{Scanner, Word};

/// The longest filter, in characters.
const MAX_LENGTH: usize = 1000;
/// The most terms of a filter: each costs time on every row.
const MAX_TERMS: usize = 20;

/// A text that is not a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("filter, column {column}: expected {expected}")]
pub struct FilterError {
    /// The character at which it goes wrong, from 1.
    pub column: usize,
    /// What should stand there.
    pub expected: String,
}

impl FilterError {
    fn new(column: usize, expected: impl Into<String>) -> Self {
        Self { column, expected: expected.into() }
    }
}

/// Reads a filter for what it is to choose from.
pub fn parse(text: &str, target: Target) -> Result<Filter, FilterError> {
    let mut scanner = Scanner::new(text);
    if scanner.len() > MAX_LENGTH {
        return Err(FilterError::new(MAX_LENGTH + 1, format!("at most {MAX_LENGTH} characters")));
    }
    let mut terms = Vec::new();
    while scanner.skip_spaces() {
        if terms.len() == MAX_TERMS {
            return Err(FilterError::new(scanner.column(), format!("at most {MAX_TERMS} terms")));
        }
        terms.push(term(&mut scanner, target)?);
    }
    Ok(Filter { terms })
}

fn term(scanner: &mut Scanner<'_>, target: Target) -> Result<Term, FilterError> {
    let negated = scanner.take('-');
    let key = scanner.word(Some(':'))?;
    if !scanner.take(':') {
        return Ok(Term { negated, field: Field::Text, test: bare(key, target)? });
    }
    if key.text.is_empty() {
        return Err(FilterError::new(key.column, "a key before `:`"));
    }
    let operator = ["<=", ">=", "<", ">"].into_iter().find(|operator| scanner.take_all(operator));
    let value = scanner.word(None)?;
    if value.text.is_empty() && !value.quoted {
        return Err(FilterError::new(value.column, format!("a value after `{}:`", key.text)));
    }
    let (field, test) = field::read(&key, operator, value, target)?;
    Ok(Term { negated, field, test })
}

/// A word without a key.
fn bare(word: Word, target: Target) -> Result<Test, FilterError> {
    if target == Target::Metrics {
        return Err(FilterError::new(word.column, "`key:value`; metrics have no text"));
    }
    if word.text.is_empty() {
        return Err(FilterError::new(word.column, "a word, or `key:value`"));
    }
    Ok(match word.prefix() {
        Some(prefix) if !prefix.is_empty() => Test::Prefix(prefix.to_owned()),
        _ => Test::Contains(word.text),
    })
}
