//! What a runner says at its end: did it run to completion, and did it run anything?

use std::sync::LazyLock;

use regex::Regex;

/// Signs that some tests never got the chance to run.
const BROKEN: &[&str] = &[
    // Python
    "unittest.loader._FailedTest",
    "ImportError",
    "ModuleNotFoundError",
    "SyntaxError",
    "IndentationError",
    "setUpClass (",
    "setUpModule (",
    "error during collection",
    "errors during collection",
    "Interrupted:",
    "stopping after",
    "INTERNALERROR",
    "INTERNAL ERROR",
    "ERROR collecting",
    // Rust, Go, JVM
    "error: could not compile",
    "error[E",
    "[build failed]",
    "[setup failed]",
    "COMPILATION ERROR",
    "Compilation failed",
    "compileJava FAILED",
    "compileTestJava FAILED",
    "panic: ",
    "The forked VM terminated",
    // JavaScript and shells
    "Cannot find module",
    "ERR_MODULE_NOT_FOUND",
    "Test suite failed to run",
    "command not found",
    "No such file or directory",
    "Killed",
    "Segmentation fault",
    "out of memory",
    "No space left on device",
];

/// A runner's closing lines, with the number of tests where it gives one.
static COUNTS: LazyLock<Regex> = LazyLock::new(|| {
    let source = r"(?m)^(?:Ran\ (\d+)\ tests?\ in
        | (?:=+\ )?(?:.*?\b)?(\d+)\ (?:passed|failed)\b.*\ in\ [\d.]+s
        | \#\ tests\ (\d+) | ℹ\ tests\ (\d+)
        | (?:\[\w+\]\ )?Tests\ run:\ (\d+),
        | (\d+)\ tests?\ completed
        | Tests:\ .*?(\d+)\ total
        | (?:ok|FAIL)\ *\t\S+\t(?:\(cached\)|[\d.]+s)(?:\t|$)()
        | (?:running|\s*Summary\ \[.*\])\ (\d+)\ tests?)";
    let source = format!("(?x){source}");
    Regex::new(&source).unwrap_or_else(|error| unreachable!("the expression is constant: {error}"))
});

/// Runners' words for a run without a test, and for one in which all were skipped.
static NOTHING: LazyLock<Regex> = LazyLock::new(|| {
    let source = r"(?m)^NO TESTS RAN|^=*\s*no tests ran|no tests to run|^No tests found|^=+ (?:\d+ (?:skipped|deselected)(?:, )?)+ in [\d.]+s|^error: no tests";
    Regex::new(source).unwrap_or_else(|error| unreachable!("the expression is constant: {error}"))
});

/// `OK (skipped=3)` of unittest.
static SKIPPED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^OK \(skipped=(\d+)\)").unwrap_or_else(|error| unreachable!("the expression is constant: {error}"))
});

/// The end of a run without a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Summary {
    /// The runner printed its closing summary.
    pub completed: bool,
    /// Something kept tests from running.
    pub broken: bool,
    /// No test ran.
    pub ran_nothing: bool,
}

impl Summary {
    pub fn read(output: &str) -> Self {
        let counts: Vec<Option<u64>> = COUNTS
            .captures_iter(output)
            .map(|found| found.iter().skip(1).flatten().find_map(|number| number.as_str().parse().ok()))
            .collect();
        let ran: u64 = counts.iter().map(|count| count.unwrap_or(1)).sum();
        let skipped: u64 = SKIPPED.captures_iter(output).filter_map(|found| found[1].parse::<u64>().ok()).sum();
        let nothing = !counts.is_empty() && ran <= skipped;
        Self {
            completed: !counts.is_empty(),
            broken: BROKEN.iter().any(|sign| output.contains(sign)),
            ran_nothing: nothing || (NOTHING.is_match(output) && ran == 0),
        }
    }
}
