use devos_contracts::ci::TestFailure;

use super::*;
use ProbeOutcome::{Failed, Passed, Untestable};

const CART: &str = "tests.test_cart.CartTest::";

macro_rules! corpus {
    ($name:literal) => {
        ($name, include_str!(concat!("../../tests/corpus/verdict/", $name, ".txt")))
    };
}

#[track_caller]
fn assert_says((name, output): (&str, &str), code: i32, expected: &[(&str, ProbeOutcome)]) {
    for (test, outcome) in expected {
        assert_eq!(of(test, RunEnd::Exited { code }, output, &[]), *outcome, "{name} on {test}");
    }
}

fn cart(name: &str) -> String {
    format!("{CART}{name}")
}

#[test]
fn unittest_output_is_read() {
    let (empty, total, error, later, subtests) = (
        &*cart("test_empty"),
        &*cart("test_total"),
        &*cart("test_error"),
        &*cart("test_later"),
        &*cart("test_subtests"),
    );
    let failures = [(total, Failed), (error, Failed), (subtests, Failed), (empty, Passed)];
    assert_says(corpus!("unittest-fail"), 1, &failures);
    assert_says(corpus!("unittest-verbose"), 1, &failures);
    assert_says(
        corpus!("unittest-verbose"),
        1,
        &[(later, Untestable), ("tests.test_cart.CartTest::test_gone", Untestable)],
    );
    assert_says(corpus!("unittest-pass"), 0, &[(empty, Passed)]);
    assert_says(corpus!("unittest-gone"), 1, &[("tests.test_cart.CartTest::test_gone", Untestable)]);
    assert_says(corpus!("unittest-skip"), 0, &[(later, Untestable)]);
    assert_says(
        corpus!("unittest-import"),
        1,
        &[(total, Untestable), ("tests.test_other.OtherTest::test_ok", Untestable)],
    );
}

#[test]
fn pytest_output_is_read() {
    let (empty, total, error, subtests) =
        (&*cart("test_empty"), &*cart("test_total"), &*cart("test_error"), &*cart("test_subtests"));
    let failures = [(total, Failed), (error, Failed), (subtests, Failed), (empty, Passed)];
    assert_says(corpus!("pytest-fail"), 1, &failures);
    assert_says(corpus!("pytest-quiet"), 1, &failures);
    assert_says(corpus!("pytest-pass"), 0, &[(empty, Passed), (total, Untestable)]);
    assert_says(corpus!("pytest-gone"), 4, &[("tests.test_cart.CartTest::test_gone", Untestable)]);
    assert_says(corpus!("pytest-skip"), 0, &[(&cart("test_later"), Untestable)]);
    assert_says(corpus!("pytest-collect"), 2, &[(total, Untestable)]);
}

#[test]
fn rust_output_is_read() {
    let tests = [("shop::tests::adds_up", Failed), ("shop::tests::empty", Passed), ("shop::api::outside", Passed)];
    assert_says(corpus!("nextest-fail"), 100, &tests);
    let tests = [("shop::tests::adds_up", Failed), ("shop::tests::empty", Passed), ("shop::api::outside", Passed)];
    assert_says(corpus!("cargo-fail"), 101, &tests);
    assert_says(corpus!("cargo-fail"), 101, &[("shop::tests::later", Untestable), ("shop::tests::gone", Untestable)]);
    assert_says(corpus!("cargo-gone"), 0, &[("shop::tests::gone", Untestable)]);
    assert_says(corpus!("nextest-gone"), 4, &[("shop::tests::gone", Untestable)]);
    assert_says(corpus!("cargo-compile"), 101, &[("shop::tests::adds_up", Untestable)]);
}

#[test]
fn node_output_is_read() {
    let tests = [
        ("test::adds up", Failed),
        ("test::taxes", Failed),
        ("test::rounds 1.5 up", Passed),
        ("test::later", Untestable),
    ];
    assert_says(corpus!("node-tap"), 1, &tests);
    assert_says(corpus!("node-spec"), 1, &tests);
    assert_says(corpus!("node-tap"), 1, &[("test::gone", Untestable)]);
    assert_says(corpus!("node-syntax"), 1, &[("test::adds up", Untestable)]);
    let jest = [("Cart adds up::Cart adds up", Failed), ("Cart::starts empty", Passed), ("Cart::later", Untestable)];
    assert_says(corpus!("jest-fail"), 1, &jest);
}

#[test]
fn go_output_is_read() {
    let package = "example.org/shop/cart::";
    let name = |test: &str| format!("{package}{test}");
    let verbose = [
        (&*name("TestTotal"), Failed),
        (&*name("TestTax/reduced"), Failed),
        (&*name("TestEmpty"), Passed),
        (&*name("TestLater"), Untestable),
        (&*name("TestGone"), Untestable),
    ];
    assert_says(corpus!("go-verbose"), 1, &verbose);
    assert_says(corpus!("go-quiet"), 1, &[(&name("TestTotal"), Failed), (&name("TestEmpty"), Passed)]);
    assert_says(corpus!("go-build"), 1, &[(&name("TestTotal"), Untestable)]);
}

#[test]
fn jvm_output_is_read() {
    let class = "org.example.shop.CartTest::";
    let tests = [(&*format!("{class}total"), Failed), (&*format!("{class}empty"), Passed)];
    assert_says(corpus!("maven-fail"), 1, &tests);
    assert_says(corpus!("maven-fail"), 1, &[(&format!("{class}tax"), Failed)]);
    assert_says(corpus!("maven-old"), 1, &tests);
    assert_says(corpus!("maven-compile"), 1, &[(&format!("{class}total"), Untestable)]);
    assert_says(
        corpus!("gradle-fail"),
        1,
        &[(&format!("{class}total()"), Failed), (&format!("{class}empty()"), Passed)],
    );
}

#[test]
fn only_a_run_that_ended_by_itself_says_anything() {
    let (_, output) = corpus!("unittest-fail");
    for end in [RunEnd::TimedOut, RunEnd::Signaled { signal: 9 }, RunEnd::DiskFull] {
        assert_eq!(of(&cart("test_total"), end, output, &[]), Untestable);
    }
    assert_eq!(of(&cart("test_total"), RunEnd::Exited { code: 127 }, "sh: 1: pytest: not found", &[]), Untestable);
    assert_eq!(of(&cart("test_total"), RunEnd::Exited { code: 1 }, "", &[]), Untestable);
    assert_eq!(of(&cart("test_total"), RunEnd::Exited { code: 0 }, "", &[]), Passed);
}

#[test]
fn output_of_a_test_does_not_hide_its_result() {
    let output = "test_total (tests.test_cart.CartTest.test_total) ... {\"level\": \"info\"}\nmore\nok\n\
                  test_empty (tests.test_cart.CartTest.test_empty) ... noise\nFAIL\nRan 2 tests in 0.1s\n";
    assert_says(("interleaved", output), 1, &[(&cart("test_total"), Passed), (&cart("test_empty"), Failed)]);
}

#[test]
fn colours_do_not_hide_a_result() {
    let output = "\x1b[32mtest tests::empty ... \x1b[0mok\ntest tests::adds_up ... \x1b[31mFAILED\x1b[0m\n";
    assert_eq!(of("shop::tests::adds_up", RunEnd::Exited { code: 101 }, output, &[]), Failed);
}

fn case(class_name: &str, name: &str, outcome: TestOutcome) -> TestCase {
    TestCase {
        suite: String::new(),
        class_name: class_name.to_owned(),
        name: name.to_owned(),
        file: None,
        line: None,
        duration_ms: 0,
        outcome,
        flaky: false,
    }
}

#[test]
fn a_report_decides() {
    let failed = TestOutcome::Failed(TestFailure::default());
    let report = |cases: Vec<TestCase>| [TestReport { cases }];
    let end = RunEnd::Exited { code: 1 };
    let says = |test: &str, reports: &[TestReport]| of(test, end, "", reports);

    let reports = report(vec![
        case("tests.test_cart.CartTest", "test_total", failed.clone()),
        case("tests.test_cart.CartTest", "test_empty", TestOutcome::Passed),
        case("tests.test_cart.CartTest", "test_later", TestOutcome::Skipped),
    ]);
    assert_eq!(says(&cart("test_total"), &reports), Failed);
    assert_eq!(says(&cart("test_empty"), &reports), Passed);
    assert_eq!(says(&cart("test_later"), &reports), Untestable);
    assert_eq!(says(&cart("test_gone"), &reports), Untestable, "it does not exist there");
    assert_eq!(of(&cart("test_gone"), RunEnd::Exited { code: 0 }, "", &reports), Untestable);
    assert_eq!(of(&cart("test_total"), RunEnd::TimedOut, "", &reports), Failed, "it failed before the time ran out");
    // Run from another directory, the class has another prefix.
    assert_eq!(says("test_cart.CartTest::test_total", &reports), Failed);

    let mut flaky = case("a.B", "c", failed.clone());
    flaky.flaky = true;
    assert_eq!(says("a.B::c", &report(vec![flaky])), Passed);
    let ambiguous = report(vec![case("x.a.B", "c", failed), case("y.a.B", "c", TestOutcome::Passed)]);
    assert_eq!(says("a.B::c", &ambiguous), Untestable);
}

#[test]
fn report_plans_fit_their_runners() {
    let plan = |command: &str| detect_reports(command, "/out/");
    let pytest = plan("python3 -m pytest -q tests");
    assert_eq!(pytest.env, [("PYTEST_ADDOPTS".to_owned(), "--junitxml=/out/pytest.xml".to_owned())]);
    assert_eq!(pytest.paths, ["/out/pytest.xml"]);
    assert_eq!(
        plan("pytest --junitxml=build/r.xml"),
        ReportPlan { env: vec![], paths: vec!["build/r.xml".to_owned()] }
    );
    assert_eq!(plan("python3 tools/junit_runner.py 'report.xml'").paths, ["report.xml"]);
    assert_eq!(plan("cd web && node --test").paths, ["/out/node.xml"]);
    assert_eq!(plan("./mvnw -q -f pom.xml verify").paths[0], "**/target/surefire-reports/TEST-*.xml");
    assert_eq!(plan("./gradlew check").paths, ["**/build/test-results/**/*.xml"]);
    assert_eq!(plan("cargo nextest run").paths, ["target/nextest/*/*.xml"]);
    assert_eq!(plan("make test"), ReportPlan::default());
}
