//! Finding a command by some of its letters.

/// How well a text answers a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Larger is better.
    pub score: i32,
    /// Positions of the matched characters, in characters.
    pub positions: Vec<usize>,
}

/// Matches the query's characters in order, ignoring case and spaces; none when one is missing.
///
/// Starts of words and runs of neighbours count more, gaps and long texts less.
pub fn find(query: &str, text: &str) -> Option<Hit> {
    let wanted: Vec<char> = query.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let letters: Vec<char> = text.chars().collect();
    let starts = (0..letters.len()).filter(|&at| lower(letters[at]) == *wanted.first().unwrap_or(&'\0'));
    if wanted.is_empty() {
        return Some(Hit { score: 0, positions: Vec::new() });
    }
    starts.filter_map(|start| from(start, &wanted, &letters)).max_by_key(|hit| hit.score)
}

fn from(start: usize, wanted: &[char], letters: &[char]) -> Option<Hit> {
    let mut positions = Vec::with_capacity(wanted.len());
    let mut at = start;
    for letter in wanted {
        at += letters.get(at..)?.iter().position(|c| lower(*c) == *letter)?;
        positions.push(at);
        at += 1;
    }
    let mut score = -i32::try_from(letters.len()).unwrap_or(i32::MAX) / 8;
    for (order, &position) in positions.iter().enumerate() {
        let neighbour = order > 0 && positions[order - 1] + 1 == position;
        let word_start = position == 0 || !letters[position - 1].is_alphanumeric();
        score += 4 + if neighbour { 8 } else { 0 } + if word_start { 10 } else { 0 };
    }
    Some(Hit { score, positions })
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(query: &str, text: &str) -> i32 {
        find(query, text).unwrap().score
    }

    #[test]
    fn letters_must_appear_in_order() {
        assert_eq!(find("gp", "Go to patterns").unwrap().positions, [0, 6]);
        assert!(find("xq", "Go to patterns").is_none());
    }

    #[test]
    fn word_starts_and_runs_win() {
        assert!(score("pat", "Go to patterns") > score("pat", "Open a repair to triage"));
        assert!(score("gr", "Go to repairs") > score("gr", "Settings of greetings"));
    }

    #[test]
    fn an_empty_query_matches_everything() {
        assert_eq!(find("  ", "anything").unwrap().positions, Vec::<usize>::new());
    }
}
