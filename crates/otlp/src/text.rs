//! Text under a limit.

/// Stands where text was cut.
pub(crate) const CUT: &str = "… [cut]";

/// Text that stops growing at its limit.
pub(crate) struct CappedText {
    kept: String,
    limit: usize,
    cut: bool,
    /// What goes before the next part; `None` inside a part.
    separator: Option<&'static str>,
}

impl CappedText {
    pub(crate) fn new(limit: usize) -> Self {
        Self { kept: String::new(), limit, cut: false, separator: Some("") }
    }

    /// Begins a new part; the space around it gives way to the separator.
    pub(crate) fn separate(&mut self, separator: &'static str) {
        self.kept.truncate(self.kept.trim_end().len());
        self.separator = Some(if self.kept.is_empty() { "" } else { separator });
    }

    pub(crate) fn push(&mut self, text: &str) {
        let Some(separator) = self.separator else {
            return self.append(text);
        };
        let text = text.trim_start();
        if !text.is_empty() {
            self.separator = None;
            self.append(separator);
            self.append(text);
        }
    }

    fn append(&mut self, text: &str) {
        // Later text that would still fit must not hide the hole.
        if self.cut {
            return;
        }
        let fitting = text.floor_char_boundary(self.limit.saturating_sub(self.kept.len()));
        self.cut = fitting < text.len();
        self.kept.extend(text[..fitting].chars().filter(|c| *c != '\0'));
    }

    /// The text, trimmed, and never longer than the limit, marker included.
    pub(crate) fn finish(mut self) -> String {
        if self.cut {
            let room = self.limit.saturating_sub(CUT.len());
            self.kept.truncate(self.kept.floor_char_boundary(room));
            self.kept.push_str(CUT);
        }
        self.kept.truncate(self.kept.trim_end().len());
        self.kept
    }
}

/// Bytes kept of a name. Suite names repeat in every case, so they decide the size of the report in memory, and longer
/// identities would not fit a database index.
const NAME_BYTES: usize = 1024;

/// A name within its limit.
pub(crate) fn name(text: &str) -> String {
    cut(text, NAME_BYTES)
}

/// The text within `limit` bytes.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    let mut capped = CappedText::new(limit);
    capped.push(head(text, limit.saturating_mul(2)));
    capped.finish()
}

/// At most the first `limit` bytes, without a mark. What follows is not even looked at, so that one long text that
/// thousands of items share costs no more than a short one.
pub(crate) fn head(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

#[cfg(test)]
mod tests {
    use super::{CUT, CappedText, cut};

    #[test]
    fn text_within_the_limit_is_kept_and_trimmed() {
        assert_eq!(cut("  a\0b \n", 10), "ab");
        assert_eq!(cut("0123456789", 10), "0123456789");
    }

    #[test]
    fn longer_text_is_cut_at_a_character_and_marked() {
        let text = cut(&"é".repeat(100), 21);
        assert_eq!(text, format!("{}{CUT}", "é".repeat(6)));
        assert!(text.len() <= 21);
    }

    #[test]
    fn parts_are_separated_whatever_space_they_bring() {
        let mut text = CappedText::new(100);
        text.separate("--");
        for part in [" a", " \n", "b \n", "c\n "] {
            text.push(part);
        }
        text.separate("--");
        text.separate("--");
        text.push("\n");
        text.push(" d");
        assert_eq!(text.finish(), "a \nb \nc--d");
    }

    #[test]
    fn nothing_is_added_behind_a_cut() {
        let mut text = CappedText::new(20);
        text.push(&"a".repeat(19));
        text.push("éé");
        text.push("b");
        assert_eq!(text.finish(), format!("{}{CUT}", "a".repeat(11)));
    }
}
