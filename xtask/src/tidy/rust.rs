//! What a Rust file names, read from its tokens: comments, strings and test code do not count.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What a file names.
#[derive(Debug, Default)]
pub struct Code {
    /// Every path (`std::fs::read`, also out of grouped imports) with its line.
    pub paths: Vec<(usize, String)>,
    /// Every literal as written, with its line.
    pub literals: Vec<(usize, String)>,
    /// First and last line of every inline test module.
    pub test_modules: Vec<(usize, usize)>,
}

impl Code {
    /// Reads a file; nothing if it is not Rust.
    pub fn read(text: &str) -> Option<Self> {
        let tokens: TokenStream = text.parse().ok()?;
        let mut code = Self::default();
        code.walk(tokens, "");
        Some(code)
    }

    fn walk(&mut self, tokens: TokenStream, prefix: &str) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut index = 0;
        while let Some(token) = tokens.get(index) {
            index = match token {
                TokenTree::Punct(_) if is_test_attribute(&tokens[index..]) => self.skip_item(&tokens, index + 2),
                TokenTree::Ident(_) => self.path(&tokens, index, prefix),
                TokenTree::Group(group) => {
                    self.walk(group.stream(), "");
                    index + 1
                }
                TokenTree::Literal(literal) => {
                    self.literals.push((literal.span().start().line, literal.to_string()));
                    index + 1
                }
                TokenTree::Punct(_) => index + 1,
            }
        }
    }

    /// Notes the path that starts here and returns where it ends.
    fn path(&mut self, tokens: &[TokenTree], start: usize, prefix: &str) -> usize {
        let line = tokens[start].span().start().line;
        let mut path = prefix.to_owned();
        let mut index = start;
        while let Some(TokenTree::Ident(ident)) = tokens.get(index) {
            // In a grouped import, `self` is the prefix.
            if ident != "self" || prefix.is_empty() {
                if !path.is_empty() {
                    path.push_str("::");
                }
                path.push_str(&ident.to_string());
            }
            index += 1;
            if !is_colons(&tokens[index..]) {
                break;
            }
            match tokens.get(index + 2) {
                Some(TokenTree::Ident(_)) => index += 2,
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.walk(group.stream(), &path);
                    return index + 3;
                }
                _ => break,
            }
        }
        self.paths.push((line, path));
        index
    }

    /// Passes over the item that a test attribute is on: up to its braces or its semicolon.
    fn skip_item(&mut self, tokens: &[TokenTree], start: usize) -> usize {
        let mut is_module = false;
        for (index, token) in tokens.iter().enumerate().skip(start) {
            match token {
                TokenTree::Ident(ident) if ident == "mod" => is_module = true,
                TokenTree::Punct(punct) if punct.as_char() == ';' => return index + 1,
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    if is_module {
                        self.test_modules.push((group.span_open().start().line, group.span_close().end().line));
                    }
                    return index + 1;
                }
                _ => {}
            }
        }
        tokens.len()
    }
}

/// `#[cfg(test)]`, and `cfg` of a condition that names `test` without `not`.
fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = tokens else {
        return false;
    };
    if hash.as_char() != '#' || attribute.delimiter() != Delimiter::Bracket {
        return false;
    }
    let text = attribute.stream().to_string();
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
    words.first() == Some(&"cfg") && words.contains(&"test") && !words.contains(&"not")
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    let colon = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':');
    matches!(tokens, [one, two, ..] if colon(one) && colon(two))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        Code::read(text).unwrap().paths.into_iter().map(|(_, path)| path).collect()
    }

    #[test]
    fn paths_come_out_of_calls_imports_and_attributes() {
        let found = paths("use std::{fs::{self, File}, env};\n#[tokio::main]\nasync fn f() { ::chrono::Utc::now() }");
        for path in ["std::fs", "std::fs::File", "std::env", "tokio::main", "chrono::Utc::now"] {
            assert!(found.iter().any(|found| found == path), "{path}: {found:?}");
        }
    }

    #[test]
    fn comments_strings_and_test_code_do_not_count() {
        let text = r##"
            // std::fs::read
            /// std::fs::read
            const A: &str = r#"std::fs::read"#;
            #[cfg(test)]
            use std::fs;
            #[cfg(test)]
            mod tests {
                use std::fs;
            }
            #[cfg(not(test))]
            use std::net;
        "##;
        let found = paths(text);
        assert!(!found.iter().any(|path| path.starts_with("std::fs")), "{found:?}");
        assert!(found.iter().any(|path| path == "std::net"), "code after the tests counts");
        assert_eq!(Code::read(text).unwrap().test_modules, [(8, 10)]);
    }
}
