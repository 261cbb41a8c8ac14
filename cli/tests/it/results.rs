//! `devos upload json` and `devos upload sarif`.

use std::path::Path;

use crate::shop::founded;
use crate::system::System;

const TESTS: &str = r#"{"tests": [{"class": "shop.Cart", "name": "adds", "outcome": "passed"},
    {"class": "shop.Cart", "name": "totals", "outcome": "failed", "message": "6 != 5"}]}"#;

#[test]
fn plain_results_and_lint_findings_are_uploaded() {
    let system = System::start();
    let history = founded();
    system.devos_ok(&["connect", "--observe", "--name", "shop", "--path", history.path().to_str().unwrap()]);
    let head = history.head();
    let upload = |format: &str, source: &str, file: &Path| {
        let file = file.to_str().unwrap();
        system.devos_ok(&["upload", format, "--repo", "shop", "--commit", &head, "--source", source, file])
    };
    let directory = tempfile::tempdir().unwrap();
    let tests = directory.path().join("tests.json");
    std::fs::write(&tests, TESTS).unwrap();
    let printed = upload("json", "ci", &tests);
    assert!(printed.contains("1 passed, 1 failed, 0 skipped\n") && printed.contains("/patterns/"), "{printed}");
    std::fs::write(&tests, TESTS.replace("failed", "passed")).unwrap();
    upload("json", "ci", &tests);
    std::fs::write(&tests, TESTS.replace("6 != 5", "7 != 5")).unwrap();
    let printed = upload("json", "ci", &tests);
    assert!(printed.contains("1 passed, 1 failed, 0 skipped, 1 flaky"), "{printed}");

    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/otlp/tests/corpus/sarif");
    for (file, told) in [
        ("clippy.sarif", "2 errors, 4 warnings, 0 notes, 0 suppressed"),
        ("codeql-shape.sarif", "1 error, 0 warnings, 0 notes, 1 suppressed"),
        ("eslint.sarif", "3 errors, 2 warnings, 0 notes, 1 suppressed"),
        ("ruff.sarif", "5 errors, 0 warnings, 0 notes, 0 suppressed"),
        ("semgrep.sarif", "1 error, 1 warning, 0 notes, 0 suppressed"),
    ] {
        let printed = upload("sarif", "local", &corpus.join(file));
        assert!(printed.contains(told) && printed.contains("/patterns/"), "{file}: {printed}");
    }
    std::fs::write(&tests, "{\n]").unwrap();
    let output = system.devos(&["upload", "sarif", "--repo", "shop", "--commit", &head, tests.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("line 2 column 1"), "{said}");
}
