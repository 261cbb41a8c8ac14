//! Names and sizes of files.

use super::Offence;
use super::rust::Code;
use crate::tree::Source;

/// Kinds of files that people write and read.
const WRITTEN: [&str; 7] = ["rs", "css", "ts", "mjs", "js", "py", "sql"];

/// More than this is several things.
const CEILING: usize = 600;

/// Tests longer than this get a file of their own.
const INLINE_TESTS: usize = 80;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 9] = ["util", "utils", "common", "helper", "helpers", "manager", "managers", "misc", "stuff"];

/// Checks every file that people write.
pub fn check(sources: &[Source]) -> Vec<Offence> {
    let written = sources.iter().filter(|source| WRITTEN.contains(&source.extension()));
    written.flat_map(|source| [names(source), sizes(source)].concat()).collect()
}

fn names(source: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    if source.name() == "mod.rs" {
        offences.push(Offence::of(&source.path, "a module is `foo.rs` and `foo/`, never `mod.rs`"));
    }
    for part in source.path.split('/') {
        let stem = part.split('.').next().unwrap_or_default();
        if EMPTY_NAMES.contains(&stem) {
            offences.push(Offence::of(&source.path, format!("`{stem}` says nothing; name what is inside")));
        }
    }
    offences
}

fn sizes(source: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    let lines = source.text.lines().count();
    if lines > CEILING {
        offences
            .push(Offence::of(&source.path, format!("has {lines} lines, over {CEILING}; divide it by what it does")));
    }
    if source.extension() == "rs"
        && let Some(code) = Code::read(&source.text)
    {
        let long = code.test_modules.into_iter().filter(|(first, last)| last - first > INLINE_TESTS);
        offences.extend(long.map(|(first, last)| {
            let says = format!("{} lines of tests; over {INLINE_TESTS} they go to `tests.rs`", last - first);
            Offence::at(&source.path, first, says)
        }));
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(path: &str, text: &str) -> usize {
        check(&[Source { path: path.to_owned(), text: text.to_owned() }]).len()
    }

    #[test]
    fn names_that_say_nothing_are_told() {
        for name in EMPTY_NAMES {
            assert_eq!(offences(&format!("server/src/{name}.rs"), ""), 1, "{name}");
            assert_eq!(offences(&format!("web/src/{name}/list.rs"), ""), 1, "{name}");
        }
        assert_eq!(offences("server/src/http/mod.rs", ""), 1);
        assert_eq!(offences("server/src/commons.rs", ""), 0);
    }

    #[test]
    fn long_files_and_long_inline_tests_are_told() {
        assert_eq!(offences("web/style/app.css", &"a\n".repeat(CEILING + 1)), 1);
        assert_eq!(offences("web/style/app.css", &"a\n".repeat(CEILING)), 0);
        assert_eq!(offences("docs/long.md", &"a\n".repeat(CEILING + 1)), 0);
        let tests = |lines: usize| format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "fn f() {}\n".repeat(lines));
        assert_eq!(offences("server/src/a.rs", &tests(INLINE_TESTS + 1)), 1);
        assert_eq!(offences("server/src/a.rs", &tests(INLINE_TESTS - 1)), 0);
    }
}
