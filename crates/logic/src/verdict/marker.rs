//! One line of a runner's output: which test did what?

use super::trim_name;

/// What a line says about the test it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Failed,
    Passed,
    Skipped,
}

type Marked = Option<(Mark, String)>;

/// Reads a line; `previous` is the line before it, where unittest prints the name of a test with a docstring.
pub(super) fn read(line: &str, previous: &str) -> Marked {
    let text = line.trim();
    unittest(text, previous.trim())
        .or_else(|| pytest(text))
        .or_else(|| cargo(text))
        .or_else(|| nextest(text))
        .or_else(|| tap(text))
        .or_else(|| symbols(text))
        .or_else(|| go(text))
        .or_else(|| maven(text))
        .or_else(|| gradle(line))
}

/// True for a result that stands alone.
pub(super) fn is_result(line: &str) -> bool {
    let line = line.trim();
    matches!(line, "ok" | "FAIL" | "ERROR" | "FAILED") || line.starts_with("skipped '")
}

/// `FAIL: test_x (mod.Class.test_x)`; verbose `test_x (mod.Class.test_x) ... ok`.
fn unittest(text: &str, previous: &str) -> Marked {
    if let Some(rest) = text.strip_prefix("FAIL: ").or_else(|| text.strip_prefix("ERROR: ")) {
        return Some((Mark::Failed, dotted(rest)?));
    }
    let (name, result) =
        text.rsplit_once(" ... ").or_else(|| text.strip_prefix("... ").map(|result| (previous, result)))?;
    let mark = match result {
        "ok" | "expected failure" => Mark::Passed,
        "FAIL" | "ERROR" | "unexpected success" => Mark::Failed,
        result if result.starts_with("skipped") => Mark::Skipped,
        _ => return None,
    };
    // A docstring's first line stands between the name and the result.
    let name = dotted(name).or_else(|| dotted(previous))?;
    Some((mark, name))
}

/// `test_x (mod.Class)` before Python 3.11, `test_x (mod.Class.test_x)` since; a subtest's parameters follow.
fn dotted(text: &str) -> Option<String> {
    let (name, rest) = text.split_once(" (")?;
    let (path, _) = rest.split_once(')')?;
    let plain = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    if !plain(name) || !plain(path) {
        return None;
    }
    let whole = path.ends_with(name) && path[..path.len() - name.len()].ends_with('.');
    Some(if whole { path.to_owned() } else { format!("{path}.{name}") })
}

/// `FAILED path::test - reason`, `path::test PASSED [ 50%]`, `[gw0] [ 50%] PASSED path::test`.
fn pytest(text: &str) -> Marked {
    let text = match text.strip_prefix("[gw") {
        Some(rest) => rest.split_once("%] ").or_else(|| rest.split_once("] "))?.1,
        None => text,
    };
    let mark = |word: &str| match word.split('(').next()? {
        "FAILED" | "ERROR" | "SUBFAILED" | "SUBFAIL" => Some(Mark::Failed),
        "PASSED" | "XFAIL" | "XPASS" => Some(Mark::Passed),
        "SKIPPED" => Some(Mark::Skipped),
        _ => None,
    };
    let (first, rest) = text.split_once(' ')?;
    if let Some(mark) = mark(first) {
        let name = rest.split(" - ").next()?.trim();
        return name.contains("::").then(|| (mark, name.to_owned()));
    }
    // Parameters may hold blanks, so look for the result from the end.
    let (name, result) = ["PASSED", "FAILED", "ERROR", "SKIPPED", "XFAIL", "XPASS"]
        .iter()
        .find_map(|word| text.rfind(&format!(" {word}")).map(|at| (&text[..at], *word)))?;
    let node = name.split_once(".py::").is_some();
    node.then(|| Some((mark(result)?, name.to_owned())))?
}

/// `test a::b ... ok`.
fn cargo(text: &str) -> Marked {
    let (name, result) = text.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let name = name.split(" - should panic").next()?;
    let mark = match result.split([' ', ',']).next()? {
        "ok" => Mark::Passed,
        "FAILED" => Mark::Failed,
        "ignored" => Mark::Skipped,
        _ => return None,
    };
    Some((mark, name.to_owned()))
}

/// `PASS [   0.004s] (1/3) crate a::b`, `TRY 2 FAIL [   0.1s] crate::bin a::b`.
fn nextest(text: &str) -> Marked {
    let (status, rest) = text.split_once('[')?;
    let (time, rest) = rest.split_once(']')?;
    if !time.trim().trim_start_matches('>').ends_with('s') {
        return None;
    }
    let mark = match status.split_whitespace().last()? {
        "PASS" | "LEAK" => Mark::Passed,
        "FAIL" | "TIMEOUT" | "ABORT" | "SIGABRT" | "SIGSEGV" | "SIGKILL" | "SIGBUS" | "SIGILL" => Mark::Failed,
        word if status.trim().starts_with("FLAKY") && word.contains('/') => Mark::Passed,
        _ => return None,
    };
    let rest = rest.trim();
    let rest = if rest.starts_with('(') { rest.split_once(')')?.1.trim() } else { rest };
    let (binary, name) = rest.split_once(' ')?;
    Some((mark, format!("{binary}::{name}")))
}

/// `not ok 3 - name # SKIP reason` of the Test Anything Protocol.
fn tap(text: &str) -> Marked {
    let (failed, rest) = match text.strip_prefix("not ok ") {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix("ok ")?),
    };
    let (number, name) = rest.split_once(" - ")?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (name, directive) = name.split_once(" # ").unwrap_or((name, ""));
    let mark = match directive.to_ascii_uppercase() {
        directive if directive.starts_with("SKIP") || directive.starts_with("TODO") => Mark::Skipped,
        _ if failed => Mark::Failed,
        _ => Mark::Passed,
    };
    Some((mark, trim_name(name).into_owned()))
}

/// `✔ name (1.2ms)`, `✕ name`, `● Suite › name`, ` FAIL  file > Suite > name`.
fn symbols(text: &str) -> Marked {
    let (symbol, rest) = text.split_once(' ')?;
    let rest = rest.trim();
    let mark = match symbol {
        "✔" | "✓" => Mark::Passed,
        "✖" | "✕" | "×" | "✗" => Mark::Failed,
        "﹣" | "○" => Mark::Skipped,
        "●" if rest.contains(" › ") => Mark::Failed,
        "FAIL" if rest.contains(" > ") => Mark::Failed,
        _ => return None,
    };
    let rest = rest.split(" # ").next()?.trim();
    let rest = rest.strip_prefix("skipped ").filter(|_| symbol == "○").unwrap_or(rest);
    let timed = rest.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    let rest = timed.filter(|(_, time)| time.ends_with("ms") || time.ends_with('s')).map_or(rest, |(name, _)| name);
    let rest = rest.rsplit_once(' ').filter(|(_, last)| is_time(last)).map_or(rest, |(name, _)| name);
    Some((mark, trim_name(rest).into_owned()))
}

/// `12ms`, as Vitest appends it.
fn is_time(word: &str) -> bool {
    word.strip_suffix("ms").is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// `--- FAIL: TestX/sub (0.00s)`.
fn go(text: &str) -> Marked {
    let (word, rest) = text.strip_prefix("--- ")?.split_once(": ")?;
    let mark = match word {
        "FAIL" => Mark::Failed,
        "PASS" => Mark::Passed,
        "SKIP" => Mark::Skipped,
        _ => return None,
    };
    let name = rest.split_once(" (").map_or(rest, |(name, _)| name);
    Some((mark, name.to_owned()))
}

/// `[ERROR] a.B.c -- Time elapsed: 0.1 s <<< FAILURE!`, `c(a.B)  Time elapsed: 0.1 sec  <<< ERROR!`, `[ERROR]   B.c:12 ...`.
fn maven(text: &str) -> Marked {
    let error = text.strip_prefix("[ERROR]").map(str::trim);
    if text.contains("<<< FAILURE!") || text.contains("<<< ERROR!") {
        let head = error.unwrap_or(text);
        let name = head.split(" -- Time elapsed").next()?.split(" Time elapsed").next()?.trim();
        let named = !name.starts_with("Tests run:") && !name.contains(char::is_whitespace);
        let name = match name.strip_suffix(')').and_then(|name| name.split_once('(')) {
            Some((method, class)) if !class.is_empty() => format!("{class}.{method}"),
            _ => name.to_owned(),
        };
        return named.then_some((Mark::Failed, name));
    }
    let (name, rest) = error?.split_once(':')?;
    let line = rest.starts_with(|c: char| c.is_ascii_digit());
    let qualified = name.contains('.') && !name.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '[' | '\\'));
    (line && qualified).then(|| (Mark::Failed, name.to_owned()))
}

/// `CartTest > total() FAILED`; tasks (`> Task :test FAILED`) begin with the arrow.
fn gradle(line: &str) -> Marked {
    let (name, word) = line.trim_end().rsplit_once(' ')?;
    let mark = match word {
        "FAILED" => Mark::Failed,
        "PASSED" => Mark::Passed,
        "SKIPPED" => Mark::Skipped,
        _ => return None,
    };
    let named = name.contains(" > ") && !name.starts_with(['>', ' ']);
    named.then(|| (mark, name.to_owned()))
}
