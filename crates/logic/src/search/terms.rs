//! The terms of a failure: what two reports of one fault share.

use crate::pattern::{normalize, scan};

/// Frames that describe a failure; deeper ones are the way there.
const MAX_FRAMES: usize = 30;
/// Characters of messages and other text that are read.
const MAX_TEXT: usize = 4_000;

/// Lower-case terms of a text that may hold a stack trace.
///
/// Framework frames, line numbers and everything that [`normalize`] masks are left out; camelCase, `snake_case` and
/// dotted identifiers are split into their words.
pub fn terms(text: &str) -> Vec<String> {
    let scan = scan(text);
    let in_app = scan.frames.iter().any(|frame| frame.in_app);
    let mut terms = Vec::new();
    let said: String = scan.rest.join("\n").chars().take(MAX_TEXT).collect();
    split_into(&normalize(&said), &mut terms);
    for frame in scan.frames.iter().filter(|frame| frame.in_app || !in_app).take(MAX_FRAMES) {
        split_into(&frame.function, &mut terms);
        if frame.function.is_empty() {
            split_into(frame.file.as_deref().unwrap_or_default(), &mut terms);
        }
    }
    terms
}

/// Appends the words of camelCase, `snake_case` and dotted names; a lone character says nothing.
fn split_into(text: &str, terms: &mut Vec<String>) {
    let mut word = String::new();
    let mut previous = ' ';
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let next_lower = characters.peek().is_some_and(|next| next.is_lowercase());
        let hump = c.is_uppercase() && (previous.is_lowercase() || (previous.is_uppercase() && next_lower));
        if !c.is_alphanumeric() || hump {
            end_word(&mut word, terms);
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        previous = c;
    }
    end_word(&mut word, terms);
}

fn end_word(word: &mut String, terms: &mut Vec<String>) {
    if word.chars().nth(1).is_some() {
        terms.push(std::mem::take(word));
    }
    word.clear();
}
