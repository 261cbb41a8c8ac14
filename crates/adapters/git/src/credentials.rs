/// Removes `user:secret@` from every URL in a text that came from git.
pub(crate) fn strip(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        clean.push_str(before);
        let end = after.find(|c: char| c == '/' || c.is_whitespace() || c == '\'' || c == '"').unwrap_or(after.len());
        rest = match after[..end].rfind('@') {
            Some(secret_end) => &after[secret_end + 1..],
            None => after,
        };
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::strip;

    #[test]
    fn removes_user_info_and_nothing_else() {
        assert_eq!(
            strip("fatal: 'https://me:s3cret@example.org/a.git' and ssh://git@host/b, mail a@b.c"),
            "fatal: 'https://example.org/a.git' and ssh://host/b, mail a@b.c"
        );
        assert_eq!(strip("https://a:p@ss@host/x"), "https://host/x");
    }
}
