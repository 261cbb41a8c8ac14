//! The Markdown that pull request texts use, as blocks to draw; HTML in it stays text.

/// A block of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading, 1 to 6.
    Heading(u8, Vec<Inline>),
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list; true when numbered.
    List(bool, Vec<Vec<Inline>>),
    /// Code between fences.
    Code(String),
    /// A quotation.
    Quote(Vec<Inline>),
    /// A table: its head and its rows.
    Table(Vec<Vec<Inline>>, Vec<Vec<Vec<Inline>>>),
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Plain text.
    Text(String),
    /// `code`.
    Code(String),
    /// **strong**.
    Strong(String),
}

/// A note that stands alone begins with a capital, unless it begins with a name, a number or a commit.
pub fn sentence(note: &str) -> String {
    let word = note.split(' ').next().unwrap_or_default().trim_end_matches([',', ':', ';']);
    match note.chars().next() {
        Some(first) if word.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            first.to_ascii_uppercase().to_string() + &note[1..]
        }
        _ => note.to_owned(),
    }
}

/// Reads a text.
pub fn parse(text: &str) -> Vec<Block> {
    let lines: Vec<&str> = text.lines().collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim();
        let (block, next) = if line.is_empty() {
            at += 1;
            continue;
        } else if line.starts_with("```") {
            code(&lines, at)
        } else if let Some(heading) = heading(line) {
            (heading, at + 1)
        } else if line.starts_with('|') && lines.get(at + 1).is_some_and(|next| is_rule(next)) {
            table(&lines, at)
        } else if item(line).is_some() {
            list(&lines, at)
        } else if let Some(rest) = line.strip_prefix('>') {
            (Block::Quote(inlines(rest.trim())), at + 1)
        } else {
            paragraph(&lines, at)
        };
        blocks.push(block);
        at = next;
    }
    blocks
}

fn code(lines: &[&str], at: usize) -> (Block, usize) {
    let end = lines[at + 1..]
        .iter()
        .position(|line| line.trim_start().starts_with("```"))
        .map_or(lines.len(), |found| at + 1 + found);
    (Block::Code(lines[at + 1..end].join("\n")), end + 1)
}

fn heading(line: &str) -> Option<Block> {
    let depth = line.bytes().take_while(|b| *b == b'#').count();
    let text = line.get(depth..)?.strip_prefix(' ')?;
    let depth = u8::try_from(depth).ok().filter(|depth| (1..=6).contains(depth))?;
    Some(Block::Heading(depth, inlines(text.trim())))
}

/// The text of a list item, and whether it is numbered.
fn item(line: &str) -> Option<(bool, &str)> {
    if let Some(text) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some((false, text));
    }
    let (number, text) = line.split_once(". ")?;
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some((true, text))
}

fn list(lines: &[&str], start: usize) -> (Block, usize) {
    let numbered = item(lines[start].trim()).is_some_and(|(numbered, _)| numbered);
    let mut items: Vec<String> = Vec::new();
    let mut at = start;
    while let Some(line) = lines.get(at) {
        match item(line.trim()) {
            Some((_, text)) => items.push(text.to_owned()),
            // An indented line goes on with the item above it.
            None if line.starts_with("  ") && !line.trim().is_empty() => {
                if let Some(last) = items.last_mut() {
                    last.push(' ');
                    last.push_str(line.trim());
                }
            }
            None => break,
        }
        at += 1;
    }
    (Block::List(numbered, items.iter().map(|text| inlines(text)).collect()), at)
}

fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('|') && line.contains('-') && line.bytes().all(|b| matches!(b, b'|' | b'-' | b':' | b' '))
}

fn cells(line: &str) -> Vec<Vec<Inline>> {
    line.trim().trim_matches('|').split('|').map(|cell| inlines(cell.trim())).collect()
}

fn table(lines: &[&str], at: usize) -> (Block, usize) {
    let rows: Vec<_> =
        lines[at + 2..].iter().take_while(|line| line.trim().starts_with('|')).map(|line| cells(line)).collect();
    let next = at + 2 + rows.len();
    (Block::Table(cells(lines[at]), rows), next)
}

fn paragraph(lines: &[&str], at: usize) -> (Block, usize) {
    let ends = |line: &str| {
        let line = line.trim();
        line.is_empty()
            || line.starts_with("```")
            || line.starts_with('|')
            || heading(line).is_some()
            || item(line).is_some()
    };
    let more = lines[at + 1..].iter().take_while(|line| !ends(line)).count();
    let text = lines[at..=at + more].iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    (Block::Paragraph(inlines(&text)), at + more + 1)
}

fn inlines(text: &str) -> Vec<Inline> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let found = enclosed(rest, "`").map(|(inner, rest)| (Inline::Code(inner), rest));
        let found = found.or_else(|| enclosed(rest, "**").map(|(inner, rest)| (Inline::Strong(inner), rest)));
        if let Some((piece, after)) = found {
            if !plain.is_empty() {
                pieces.push(Inline::Text(std::mem::take(&mut plain)));
            }
            pieces.push(piece);
            rest = after;
        } else {
            plain.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    if !plain.is_empty() {
        pieces.push(Inline::Text(plain));
    }
    pieces
}

/// The text between two marks at the start of `text`, and what follows.
fn enclosed<'a>(text: &'a str, mark: &str) -> Option<(String, &'a str)> {
    let (inner, rest) = text.strip_prefix(mark)?.split_once(mark)?;
    (!inner.trim().is_empty()).then(|| (inner.to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Inline {
        Inline::Text(text.into())
    }

    #[test]
    fn a_sentence_begins_with_a_capital_and_names_stay_as_they_are() {
        assert_eq!(sentence("a person decides: at level 0"), "A person decides: at level 0");
        assert_eq!(sentence("allowed; fetching"), "Allowed; fetching");
        for name in ["f7bbfff92fe2 broke it", "Fixed", "7 runs", "", "éclair", ",", "main.rs is gone"] {
            assert_eq!(sentence(name), name);
        }
    }

    #[test]
    fn blocks_of_a_pull_request_are_read() {
        let blocks = parse(
            "## Why\nThe test\nfails.\n\n- one\n- `two`\n  more\n\n```\n- raw\n```\n| a | b |\n|---|---|\n| 1 | 2 |\n> so",
        );
        assert_eq!(
            blocks,
            [
                Block::Heading(2, vec![text("Why")]),
                Block::Paragraph(vec![text("The test fails.")]),
                Block::List(false, vec![vec![text("one")], vec![Inline::Code("two".into()), text(" more")]]),
                Block::Code("- raw".into()),
                Block::Table(vec![vec![text("a")], vec![text("b")]], vec![vec![vec![text("1")], vec![text("2")]]]),
                Block::Quote(vec![text("so")]),
            ]
        );
    }

    #[test]
    fn html_and_lonely_marks_stay_text() {
        assert_eq!(parse("<b>x</b> ** `"), [Block::Paragraph(vec![text("<b>x</b> ** `")])]);
    }

    #[test]
    fn strong_words_are_found_in_a_line() {
        assert_eq!(parse("a **b** c"), [Block::Paragraph(vec![text("a "), Inline::Strong("b".into()), text(" c")])]);
    }

    #[test]
    fn an_unclosed_fence_runs_to_the_end() {
        assert_eq!(parse("```\nx"), [Block::Code("x".into())]);
    }
}
