//! A small shop whose total goes wrong, proven by plain `sh`.

use std::path::Path;

use super::history::History;
use super::system::System;

/// Its gate.
pub const GATE: &str = "sh check.sh";
/// Adds its two arguments, as it should.
pub const RIGHT: &str = "echo $(($1 + $2))\n";
/// Multiplies them.
pub const WRONG: &str = "echo $(($1 * $2))\n";

/// Runs the one test and leaves a report where the sandbox collects it.
pub const CHECK: &str = r#"report=${DEVOS_OUT:-.}/report.xml
failure=
[ "$(sh total.sh 2 3)" = 5 ] || failure='<failure message="the total of 2 and 3 is not 5" type="AssertionError"/>'
printf '<testsuite name="shop"><testcase classname="shop" name="total">%s</testcase></testsuite>' "$failure" > "$report"
[ -z "$failure" ]
"#;

/// What the continuous integration of the shop reports on a broken commit.
pub const FAILED: &str = r#"<testsuite name="shop" tests="1" failures="1"><testcase classname="shop" name="total">
<failure message="the total of 2 and 3 is not 5" type="AssertionError">check.sh:3 in total</failure>
</testcase></testsuite>"#;

/// The shop as it was founded.
pub fn founded() -> History {
    let history = History::new();
    history.write("total.sh", RIGHT).write("check.sh", CHECK).commit("Found the shop");
    history.write("README.md", "A shop.\n").commit("Describe the shop");
    history
}

/// A shop that one commit broke, with one more on top; and the culprit. `also` adds to what the culprit changes.
pub fn broken(also: impl FnOnce(&History)) -> (History, String) {
    let history = founded();
    also(&history);
    let culprit = history.write("total.sh", WRONG).commit("Speed up the total");
    history.write("prices.txt", "apple 3\n").commit("Add a price list");
    (history, culprit)
}

/// Connects a repository by the command that people use.
pub fn connect(system: &System, name: &str, path: &Path, gate: &str, timeout: &str) {
    let path = path.to_str().unwrap();
    system.devos_ok(&["connect", "--name", name, "--path", path, "--gate", gate, "--timeout", timeout]);
}

/// Uploads a report by the command that people use; answers what it printed.
pub fn upload(system: &System, name: &str, commit: &str, report: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), report).unwrap();
    system.devos_ok(&["upload", "junit", "--repo", name, "--commit", commit, file.path().to_str().unwrap()])
}

/// Connects a shop, and reports its head as broken.
pub fn report(system: &System, name: &str, history: &History) {
    connect(system, name, history.path(), GATE, "20");
    upload(system, name, &history.head(), FAILED);
}
