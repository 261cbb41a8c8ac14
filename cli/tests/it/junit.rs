//! Reports of the well-known runners through `devos upload junit`.

use std::path::Path;

use crate::history::History;
use crate::shop::{GATE, connect, founded};
use crate::system::System;

/// Reports as the runners write them, and what is told of each.
const REPORTS: [(&str, &str, &str); 5] = [
    (
        "pytest",
        r#"<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="0"
failures="1" skipped="1" tests="3" time="0.053" timestamp="2026-11-20T10:00:00.000000+00:00" hostname="ci"><testcase
classname="tests.test_cart" name="test_total[2-3]" time="0.001"><failure message="assert 6 == 5">def test_total():
&gt;       assert total(2, 3) == 5
tests/test_cart.py:4: AssertionError</failure></testcase><testcase classname="tests.test_cart" name="test_empty"
time="0.000" /><testcase classname="tests.test_cart" name="test_later" time="0.000"><skipped type="pytest.skip"
message="later">tests/test_cart.py:9: later</skipped></testcase></testsuite></testsuites>"#,
        "1 passed, 1 failed, 1 skipped",
    ),
    (
        "cargo nextest",
        r#"<?xml version="1.0" encoding="UTF-8"?><testsuites name="nextest-run" tests="2" failures="1" errors="0"
uuid="0c0c5b3d-3c86-4b4e-a5a1-3c1c6c7a3d52" timestamp="2026-11-20T10:00:00.000+00:00" time="0.010"><testsuite
name="shop::cart" tests="2" disabled="0" errors="0" failures="1"><testcase name="total::adds" classname="shop::cart"
timestamp="2026-11-20T10:00:00.000+00:00" time="0.004"><failure message="thread 'total::adds' panicked at
tests/cart.rs:3:5" type="test failure">assertion `left == right` failed</failure><system-err>left: 6</system-err>
</testcase><testcase name="total::is_empty" classname="shop::cart" time="0.003"></testcase></testsuite></testsuites>"#,
        "1 passed, 1 failed, 0 skipped",
    ),
    (
        "node --test",
        r#"<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="cart" time="0.002" disabled="0" errors="0"
tests="2" failures="1" skipped="0" hostname="ci"><testcase name="adds" time="0.001" classname="test"
failure="Expected values to be strictly equal: 6 !== 5"><failure type="testCodeFailure" message="6 !== 5">[Error
[ERR_TEST_FAILURE]: 6 !== 5]</failure></testcase><testcase name="is empty" time="0.000" classname="test"/></testsuite>
<!-- tests 2 --></testsuites>"#,
        "1 passed, 1 failed, 0 skipped",
    ),
    (
        "Maven surefire",
        r#"<?xml version="1.0" encoding="UTF-8"?><testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
version="3.0.2" name="shop.CartTest" time="0.03" tests="2" errors="1" skipped="0" failures="0"><properties><property
name="java.version" value="21"/></properties><testcase name="adds" classname="shop.CartTest" time="0.01"><error
message="/ by zero" type="java.lang.ArithmeticException">java.lang.ArithmeticException: / by zero
	at shop.Cart.total(Cart.java:7)</error></testcase><testcase name="isEmpty" classname="shop.CartTest" time="0.0"/>
</testsuite>"#,
        "1 passed, 1 failed, 0 skipped",
    ),
    (
        "Go (gotestsum)",
        r#"<?xml version="1.0" encoding="UTF-8"?><testsuites tests="3" failures="1" errors="0" time="0.01"><testsuite
tests="3" failures="1" time="0.005" name="shop.example/cart" timestamp="2026-11-20T10:00:00Z"><properties><property
name="go.version" value="go1.25 linux/amd64"></property></properties><testcase classname="shop.example/cart"
name="TestTotal/2_and_3" time="0.000"><failure message="Failed" type="">    cart_test.go:9: got 6</failure></testcase>
<testcase classname="shop.example/cart" name="TestEmpty" time="0.000"></testcase><testcase classname="shop.example/cart"
name="TestLater" time="0.000"><skipped message="cart_test.go:13: later"></skipped></testcase></testsuite></testsuites>"#,
        "1 passed, 1 failed, 1 skipped",
    ),
];

/// Files beside the repository that real tools wrote, and what is told of each.
const SHARED: [(&str, &str); 6] = [
    ("python_report", "1 passed, 2 failed, 0 skipped"),
    ("nextest_basic", "2 passed, 1 failed, 0 skipped"),
    ("nextest_fixtures_fixture-project-junit", "2 passed, 1 failed, 0 skipped"),
    ("maven_surefire_flaky_surefire-report", "1 passed, 0 failed, 0 skipped"),
    ("TEST-action.surefire.report.calc.StringUtilsTest", "2 passed, 2 failed, 1 skipped"),
    ("junit-server-test_report", "2 passed, 1 failed, 1 skipped"),
];

#[test]
fn reports_of_the_well_known_runners_are_understood() {
    let system = System::start();
    let history = founded();
    system.devos_ok(&["connect", "--observe", "--name", "shop", "--path", history.path().to_str().unwrap()]);
    for (runner, report, told) in REPORTS {
        let printed = crate::shop::upload(&system, "shop", &history.head(), report);
        assert!(printed.contains(told), "{runner}: {printed}");
        assert!(printed.contains("/patterns/"), "{runner} has a failure: {printed}");
        let again = crate::shop::upload(&system, "shop", &history.head(), report);
        assert!(again.contains("uploaded before"), "{runner}: {again}");
    }
    shared(&system, &history);
    refused(&system, &history);
}

fn shared(system: &System, history: &History) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/junit");
    let Ok(entries) = directory.read_dir() else {
        println!("skipped: no shared reports beside this checkout");
        return;
    };
    let paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    for (name, told) in SHARED {
        let path =
            paths.iter().find(|path| path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with(name)));
        let report = std::fs::read_to_string(path.unwrap()).unwrap();
        let printed = crate::shop::upload(system, "shop", &history.head(), &report);
        assert!(printed.contains(told), "{name}: {printed}");
    }
}

/// What is no report, or reaches nobody, is refused in one line that says what was wrong.
fn refused(system: &System, history: &History) {
    let directory = tempfile::tempdir().unwrap();
    let (good, bad) = (directory.path().join("good.xml"), directory.path().join("bad.xml"));
    std::fs::write(&good, REPORTS[0].1).unwrap();
    std::fs::write(&bad, "<project>not a report</project>").unwrap();
    let (good, bad) = (good.to_str().unwrap(), bad.to_str().unwrap());
    let head = history.head();
    for (repository, commit, file, words) in [
        ("shop", head.as_str(), bad, "<project> is not that of a JUnit report"),
        ("shop", "HEAD", good, "not a full lower-case commit id"),
        ("nowhere", head.as_str(), good, "not found"),
        ("shop", head.as_str(), "/nowhere.xml", "cannot read /nowhere.xml"),
    ] {
        let output = system.devos(&["upload", "junit", "--repo", repository, "--commit", commit, file]);
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert_eq!(output.status.code(), Some(1), "{words}: {said}");
        assert!(said.contains(&words.to_lowercase()) && said.lines().count() == 1, "{words}: {said}");
    }
    // A gate is needed to repair, and only watching has to be asked for.
    let output = system.devos(&["connect", "--path", history.path().to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("--gate"));
    connect(system, "proven", history.path(), GATE, "20");
}
