//! Does a change make tests prove less?

use std::sync::LazyLock;

use regex::Regex;

use super::diff::{FileChange, Line};
use super::path;

fn expression(source: &str) -> Regex {
    Regex::new(source).unwrap_or_else(|error| unreachable!("the expression is constant: {error}"))
}

/// A line that checks something.
static ASSERTION: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"\b(?:assert\w*!?\s*[(\s]|expect\w*\s*\(|should\w*\b|self\.fail\w*\(|pytest\.raises|t\.(?:Error|Fatal|Fail)\w*\(|require\.\w+\(|verify\w*\(|prop_assert\w*!|XCTAssert\w*\()",
    )
});

/// The beginning of a test or of another function, with its name.
static DEFINITION: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r#"(?:\b(?:async\s+)?(?:def|fn|func|fun)\s+(?:\([^)]*\)\s*)?`?(?P<function>\w+)|\bvoid\s+(?P<method>\w+)\s*\(|\b(?:it|test|specify)\w*(?:\.\w+)*\(\s*["'`](?P<title>[^"'`]+)["'`])"#,
    )
});

/// A definition that a runner takes for a test.
static TEST: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r#"\b(?:async\s+)?def\s+test\w*|#\[(?:\w+::)*test\b|\bfunc\s+(?:Test|Fuzz)\w*\(|@(?:Parameterized)?Test\b|^\s*(?:it|test|specify)\(\s*["'`]"#,
    )
});

/// An order not to run a test.
static SKIP: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"@(?:unittest\.)?(?:skip|expectedFailure)\w*|\bpytest\.(?:mark\.)?(?:skip|xfail)\w*|self\.skipTest\(|#\[ignore|\bt\.Skip\w*\(|@(?:Disabled|Ignore)\b|\b(?:it|test|describe)\.(?:skip|todo)\b|\b(?:xit|xtest|xdescribe)\(|skip:\s*true",
    )
});

/// What a change takes away from the tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Loss {
    /// Tests that are gone, less those that came.
    pub tests: u32,
    /// Assertions that are gone, less those that came.
    pub assertions: u32,
    /// Skip marks that came, less those that went.
    pub skips: u32,
}

impl Loss {
    /// The losses of one file; a file that is no test file counts only for tests inside the source.
    pub fn of(change: &FileChange) -> Self {
        if !path::is_test(&change.path) && path::ending(&change.path) != "rs" {
            return Self::default();
        }
        let whole = path::is_test(&change.path);
        let count = |expression: &Regex| {
            let matched = |text: &str| i64::from(expression.is_match(text));
            lines(change).fold(0_i64, |sum, line| match line {
                Line::Added(text) => sum + matched(text),
                Line::Removed(text) => sum - matched(text),
                Line::Context(_) => sum,
            })
        };
        Self {
            tests: positive(-count(&TEST)),
            assertions: if whole { positive(-count(&ASSERTION)) } else { 0 },
            skips: positive(count(&SKIP)),
        }
    }

    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// True when the named test is taken out or loses assertions.
pub(super) fn hits(change: &FileChange, test: &str) -> bool {
    let name = test_function(test);
    let (mut definitions, mut assertions) = (0_i32, 0_i32);
    for hunk in &change.hunks {
        let mut inside = defines(&hunk.heading, name);
        for line in &hunk.lines {
            let (content, sign) = match line {
                Line::Context(content) => (content, 0),
                Line::Added(content) => (content, 1),
                Line::Removed(content) => (content, -1),
            };
            if DEFINITION.is_match(content) {
                inside = defines(content, name);
                definitions += if inside { sign } else { 0 };
            }
            if inside && ASSERTION.is_match(content) {
                assertions += sign;
            }
        }
    }
    definitions < 0 || assertions < 0
}

fn defines(text: &str, name: &str) -> bool {
    let found = DEFINITION.captures(text);
    let found = found
        .as_ref()
        .and_then(|found| found.name("function").or_else(|| found.name("method")).or_else(|| found.name("title")));
    found.is_some_and(|found| found.as_str() == name)
}

/// `tests.test_cart.CartTest::test_total[3]` is the function `test_total`.
fn test_function(test: &str) -> &str {
    let name = test.split('[').next().unwrap_or(test);
    let name = name.rsplit("::").next().unwrap_or(name);
    let name = name.split('/').next().unwrap_or(name);
    // A title may hold a full stop, a dotted id may not hold blanks.
    let name = if name.contains(' ') { name } else { name.rsplit('.').next().unwrap_or(name) };
    name.trim_end_matches("()")
}

fn lines(change: &FileChange) -> impl Iterator<Item = &Line> {
    change.hunks.iter().flat_map(|hunk| &hunk.lines)
}

fn positive(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(0)
}
