//! Messages: found by their ids, with their placeholders filled in and their links left out.

use std::borrow::Cow;

use super::log::Message;
use super::rules::{Broken, Rules};
use crate::text::{cut, head};

/// The message of a result; the rule's description where it has none.
pub(super) fn text(said: Option<&Message>, rule: &Broken<'_>, rules: &Rules<'_>, limit: usize) -> String {
    let arguments = said.and_then(|message| message.arguments.as_ref()).map_or(&[][..], |list| &list.items);
    let template = said.and_then(plain).or_else(|| by_id(said?.id.as_deref()?, rule, rules));
    let template = template.or_else(|| {
        let rule = rule.rule?;
        [&rule.short_description, &rule.full_description].into_iter().flatten().find_map(plain)
    });
    let template = head(template.unwrap_or_default(), limit.saturating_mul(2));
    // Without arguments the text stays: then tools do not double their braces, whatever the standard says.
    let filled = if arguments.is_empty() { Cow::Borrowed(template) } else { fill(template, arguments, limit).into() };
    without_links(&cut(&filled, limit))
}

fn by_id<'a>(id: &str, rule: &Broken<'a>, rules: &Rules<'a>) -> Option<&'a str> {
    let own = rule.rule.and_then(|rule| rule.message_strings.as_ref()?.get(id)?.as_ref());
    own.or_else(|| rules.shared_message(id)).and_then(plain)
}

/// The text, or else the Markdown.
fn plain(message: &Message) -> Option<&str> {
    let texts = [message.text.as_deref(), message.markdown.as_deref()];
    texts.into_iter().flatten().find(|text| !text.is_empty())
}

/// Puts arguments for `{0}` and braces for doubled ones; stops once there is more than `limit` bytes.
fn fill(template: &str, arguments: &[String], limit: usize) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(brace) = rest.find(['{', '}']).filter(|_| out.len() <= limit) {
        let (before, from) = rest.split_at(brace);
        out.push_str(before);
        if let Some((index, after)) = placeholder(from)
            && let Some(argument) = arguments.get(index)
        {
            out.push_str(head(argument, limit.saturating_mul(2)));
            rest = after;
        } else {
            out.push_str(&from[..1]);
            let doubled = from.starts_with("{{") || from.starts_with("}}");
            rest = &from[if doubled { 2 } else { 1 }..];
        }
    }
    out.push_str(rest);
    out
}

/// The index of a `{0}`, and what follows.
fn placeholder(text: &str) -> Option<(usize, &str)> {
    let (index, after) = digits(text.strip_prefix('{')?);
    Some((index.parse().ok()?, after.strip_prefix('}')?))
}

/// Leaves the words of links that lead to another place of the log, as in `[user input](1)`.
fn without_links(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        out.push_str(&rest[..open]);
        let from = &rest[open + 1..];
        // No bracket is inside, so that every byte is looked at once.
        let words = from.find(['[', ']']).map_or(from, |end| &from[..end]);
        let target = from[words.len()..].strip_prefix("](").map(digits);
        let after = target.filter(|(target, _)| !target.is_empty()).and_then(|(_, after)| after.strip_prefix(')'));
        if let Some(after) = after {
            out.push_str(words);
            rest = after;
        } else {
            out.push('[');
            rest = from;
        }
    }
    out.push_str(rest);
    out
}

/// The digits that a text begins with, and the rest.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

#[cfg(test)]
mod tests {
    use super::{fill, without_links};

    fn filled(template: &str, arguments: &[&str]) -> String {
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        fill(template, &arguments, 1000)
    }

    #[test]
    fn placeholders_are_filled_in() {
        assert_eq!(filled("'{0}' hides '{1}', {0}", &["a", "b"]), "'a' hides 'b', a");
        assert_eq!(filled("{{0}} is {0}}}", &["{1}"]), "{0} is {1}}", "doubled braces, and arguments as they are");
        assert_eq!(filled("{1} {x} {0", &["a"]), "{1} {x} {0");
        let long = filled(&"{0}".repeat(1000), &[&"x".repeat(1_000_000)]);
        assert!(long.len() < 6000, "{} bytes", long.len());
    }

    #[test]
    fn links_into_the_log_leave_their_words() {
        assert_eq!(without_links("from [a user](1) to [here](22)."), "from a user to here.");
        assert_eq!(without_links("[see](https://x.example) a[0](b) [[c](1)"), "[see](https://x.example) a[0](b) [c");
    }
}
