//! Which old line answers which new one, and what differs between the two.

use std::ops::Range;

use super::{Line, Side, Span, Token};

/// Lines of unchanged context kept on either side of a fold.
const KEPT: usize = 3;
/// Two lines that share less than this part of their characters are a replacement, not an edit.
const ALIKE: f64 = 0.4;
/// Blocks with more combinations of old and new lines than this are paired by position.
const LARGEST: usize = 1600;
/// Two lines with more combinations of differing words than this share their ends only.
const MOST_WORDS: usize = 40_000;

/// A stretch of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Lines to show.
    Shown(Range<usize>),
    /// Unchanged lines that may stay hidden.
    Folded(Range<usize>),
}

/// One row of the side-by-side view: indices into the hunk's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The old line.
    pub left: Option<usize>,
    /// The new line.
    pub right: Option<usize>,
}

/// Splits a hunk where long unchanged stretches can be folded away.
pub fn blocks(lines: &[Line]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < lines.len() {
        let end = at + lines[at..].iter().take_while(|line| line.side == Side::Both).count();
        if end - at > 2 * KEPT + 4 {
            // At the edge of a hunk nothing before or after needs the context.
            let first = if at == 0 { at } else { at + KEPT };
            let last = if end == lines.len() { end } else { end - KEPT };
            if start < first {
                blocks.push(Block::Shown(start..first));
            }
            blocks.push(Block::Folded(first..last));
            start = last;
        }
        at = end.max(at + 1);
    }
    if start < lines.len() {
        blocks.push(Block::Shown(start..lines.len()));
    }
    blocks
}

/// Pairs old and new lines for the side-by-side view of a range of a hunk.
pub fn rows(lines: &[Line], range: Range<usize>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut at = range.start;
    while at < range.end {
        if lines[at].side == Side::Both {
            rows.push(Row { left: Some(at), right: Some(at) });
            at += 1;
            continue;
        }
        let (old, new) = change_at(lines, at, range.end);
        at = new.end.max(old.end);
        let (mut left, mut right) = (old.start, new.start);
        for (old_pair, new_pair) in pairs(lines, old.clone(), new.clone()) {
            rows.extend(beside(left..old_pair, right..new_pair));
            rows.push(Row { left: Some(old_pair), right: Some(new_pair) });
            (left, right) = (old_pair + 1, new_pair + 1);
        }
        rows.extend(beside(left..old.end, right..new.end));
    }
    rows
}

/// Lines without counterparts, next to each other to save room.
fn beside(old: Range<usize>, new: Range<usize>) -> impl Iterator<Item = Row> {
    let index = |side: &Range<usize>, offset: usize| (offset < side.len()).then_some(side.start + offset);
    (0..old.len().max(new.len())).map(move |offset| Row { left: index(&old, offset), right: index(&new, offset) })
}

/// Which removed line became which added one: the pairs, in order, that together have most in common.
fn pairs(lines: &[Line], old: Range<usize>, new: Range<usize>) -> Vec<(usize, usize)> {
    if old.len() * new.len() > LARGEST {
        return old.zip(new).collect();
    }
    let texts = |side: Range<usize>| lines[side].iter().map(Line::text).collect::<Vec<_>>();
    let (old_texts, new_texts) = (texts(old.clone()), texts(new.clone()));
    // best[i][j]: the most that the lines from i and j on can have in common.
    let mut best = vec![vec![0.0_f64; new_texts.len() + 1]; old_texts.len() + 1];
    let mut alike = vec![vec![0.0_f64; new_texts.len()]; old_texts.len()];
    for i in (0..old_texts.len()).rev() {
        for j in (0..new_texts.len()).rev() {
            alike[i][j] = words(&old_texts[i], &new_texts[j]).map_or(0.0, |words| words.alike);
            best[i][j] = best[i + 1][j].max(best[i][j + 1]).max(best[i + 1][j + 1] + alike[i][j]);
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old_texts.len() && j < new_texts.len() {
        if alike[i][j] > 0.0 && best[i + 1][j + 1] + alike[i][j] >= best[i + 1][j].max(best[i][j + 1]) {
            pairs.push((old.start + i, new.start + j));
            (i, j) = (i + 1, j + 1);
        } else if best[i + 1][j] >= best[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// The removed lines at `at` and the added ones right after them.
fn change_at(lines: &[Line], at: usize, end: usize) -> (Range<usize>, Range<usize>) {
    let run = |from: usize, side: Side| from + lines[from..end].iter().take_while(|line| line.side == side).count();
    let old_end = run(at, Side::Old);
    let new_end = run(old_end, Side::New);
    (at..old_end, old_end..new_end)
}

/// For every line the byte ranges that differ from its counterpart.
pub(super) fn changed_ranges(lines: &[Line]) -> Vec<Vec<Range<usize>>> {
    let mut changed = vec![Vec::new(); lines.len()];
    let mut at = 0;
    while at < lines.len() {
        if lines[at].side == Side::Both {
            at += 1;
            continue;
        }
        let (old, new) = change_at(lines, at, lines.len());
        at = new.end.max(old.end);
        for (left, right) in pairs(lines, old, new) {
            if let Some(words) = words(&lines[left].text(), &lines[right].text()) {
                changed[left] = words.before;
                changed[right] = words.after;
            }
        }
    }
    changed
}

/// What two lines have in common and what not.
struct Words {
    /// The part of their characters that they share, up to 1.
    alike: f64,
    /// Byte ranges of the old line that are gone.
    before: Vec<Range<usize>>,
    /// Byte ranges of the new line that came.
    after: Vec<Range<usize>>,
}

/// Compares two lines by words; none when they have too little in common to be one line edited.
fn words(old: &str, new: &str) -> Option<Words> {
    let (old_words, new_words) = (split_words(old), split_words(new));
    let old_texts: Vec<&str> = old_words.iter().map(|word| &old[word.clone()]).collect();
    let new_texts: Vec<&str> = new_words.iter().map(|word| &new[word.clone()]).collect();
    let mut shared = 0;
    let mut before = Vec::new();
    let mut after = Vec::new();
    let (mut i, mut j) = (0, 0);
    let end = (old_texts.len(), new_texts.len());
    for (old_at, new_at) in common(&old_texts, &new_texts).into_iter().chain([end]) {
        before.extend(bytes(&old_words, i..old_at));
        after.extend(bytes(&new_words, j..new_at));
        shared += old_texts.get(old_at).map_or(0, |word| word.trim().len());
        (i, j) = (old_at + 1, new_at + 1);
    }
    let total = (old.trim().len() + new.trim().len()).max(1);
    let alike = ratio(2 * shared, total);
    (alike >= ALIKE).then(|| Words { alike, before: join(before, old), after: join(after, new) })
}

/// The longest common subsequence: positions of equal words, in order.
fn common(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| old == new).count();
    let (old_rest, new_rest) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);
    let mut pairs: Vec<_> = (0..head).map(|at| (at, at)).collect();
    // Minified code: the ends have to do.
    if old_rest.len() * new_rest.len() <= MOST_WORDS {
        // longest[i][j]: how many words can be shared from i and j on.
        let mut longest = vec![vec![0_u32; new_rest.len() + 1]; old_rest.len() + 1];
        for i in (0..old_rest.len()).rev() {
            for j in (0..new_rest.len()).rev() {
                longest[i][j] = if old_rest[i] == new_rest[j] {
                    longest[i + 1][j + 1] + 1
                } else {
                    longest[i + 1][j].max(longest[i][j + 1])
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < old_rest.len() && j < new_rest.len() {
            if old_rest[i] == new_rest[j] {
                pairs.push((head + i, head + j));
                (i, j) = (i + 1, j + 1);
            } else if longest[i + 1][j] >= longest[i][j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
    }
    pairs.extend((0..tail).rev().map(|back| (old.len() - 1 - back, new.len() - 1 - back)));
    pairs
}

fn ratio(part: usize, whole: usize) -> f64 {
    let wide = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    wide(part) / wide(whole)
}

fn bytes(words: &[Range<usize>], range: Range<usize>) -> Option<Range<usize>> {
    let (first, last) = (words.get(range.start)?, words.get(range.end.checked_sub(1)?)?);
    (range.start < range.end).then_some(first.start..last.end)
}

/// Joins ranges with only white space between them: two words of one edit read as one.
fn join(ranges: Vec<Range<usize>>, line: &str) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if line[last.end..range.start].trim().is_empty() => last.end = range.end,
            _ => joined.push(range),
        }
    }
    joined
}

/// Identifiers, runs of white space, and single other characters.
fn split_words(line: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut previous = None;
    for (start, character) in line.char_indices() {
        let kind = match character {
            c if c.is_alphanumeric() || c == '_' => 'w',
            c if c.is_whitespace() => ' ',
            _ => '.',
        };
        let end = start + character.len_utf8();
        match words.last_mut() {
            Some(word) if previous == Some(kind) && kind != '.' => word.end = end,
            _ => words.push(start..end),
        }
        previous = Some(kind);
    }
    words
}

/// Cuts a line at every border of a token or a changed range.
pub(super) fn split(line: &str, tokens: &[(Range<usize>, Token)], changed: &[Range<usize>]) -> Vec<Span> {
    let mut borders: Vec<usize> = vec![0, line.len()];
    borders.extend(tokens.iter().flat_map(|(range, _)| [range.start, range.end]));
    borders.extend(changed.iter().flat_map(|range| [range.start, range.end]));
    borders.sort_unstable();
    borders.dedup();
    let spans = borders.windows(2).filter_map(|border| {
        let token =
            tokens.iter().find(|(range, _)| range.contains(&border[0])).map_or(Token::Plain, |(_, token)| *token);
        let changed = changed.iter().any(|range| range.contains(&border[0]));
        Some(Span { text: line.get(border[0]..border[1])?.to_owned(), token, changed })
    });
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if last.token == span.token && last.changed == span.changed => last.text.push_str(&span.text),
            _ => joined.push(span),
        }
    }
    joined
}
