use devos_contracts::ci::{TestCase, TestFailure, TestOutcome, TestReport};
use devos_otlp::{DecodeError, JunitLimits, decode_junit};

use crate::{corpus, summarise};

fn decode(xml: &str) -> Result<TestReport, DecodeError> {
    decode_junit(xml.as_bytes(), JunitLimits::default())
}

fn report(file: &str) -> TestReport {
    decode_junit(&corpus(&format!("junit/{file}")), JunitLimits::default()).unwrap()
}

fn case(file: &str, name: &str) -> TestCase {
    report(file).cases.into_iter().find(|case| case.name == name).unwrap()
}

fn failure(case: TestCase) -> TestFailure {
    match case.outcome {
        TestOutcome::Failed(failure) => failure,
        other => panic!("{}: {other:?}", case.name),
    }
}

#[test]
fn every_file_is_read_or_refused_with_a_reason() {
    let directory = format!("{}/tests/corpus/junit", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let summary: String = names
        .iter()
        .map(|name| summarise(name, &decode_junit(&corpus(&format!("junit/{name}")), JunitLimits::default())))
        .collect();
    insta::assert_snapshot!(summary, @r#"
    broken-ampersand.xml: malformed body: not well-formed XML, line 3 (byte 67): ill-formed document: entity or character reference not closed: `;` not found before end of input
    broken-attribute.xml: malformed body: not well-formed XML, line 2 (byte 26): an attribute value contains `<`
    broken-cdata.xml: malformed body: not well-formed XML, line 2 (byte 60): syntax error: CDATA not closed: `]]>` not found before end of input
    broken-duplicate.xml: malformed body: not well-formed XML, line 2 (byte 26): position 21: duplicated attribute, previous declaration at position 9
    broken-entity.xml: malformed body: not well-formed XML, line 2 (byte 58): a reference to an entity that is not defined
    broken-log.xml: malformed body: not well-formed XML, line 1 (byte 0): text outside the root element
    broken-mismatched.xml: malformed body: not well-formed XML, line 2 (byte 59): ill-formed document: expected `</failure>`, but `</error>` was found
    broken-trailing.xml: malformed body: not well-formed XML, line 2 (byte 25): text outside the root element
    broken-unclosed.xml: malformed body: not well-formed XML, line 5 (byte 114): the document ends before its elements are closed
    catch2.xml: passed 0 failed 2 skipped 1 flaky 0
    ctest.xml: passed 1 failed 1 skipped 1 flaky 0
    empty.xml: passed 0 failed 0 skipped 0 flaky 0
    go-junit-report.xml: passed 1 failed 1 skipped 0 flaky 0
    googletest.xml: passed 1 failed 1 skipped 2 flaky 0
    gotestsum.xml: passed 2 failed 1 skipped 1 flaky 2
    mocha.xml: passed 1 failed 1 skipped 1 flaky 0
    nextest.xml: passed 2 failed 2 skipped 0 flaky 2
    node-test.xml: passed 2 failed 2 skipped 2 flaky 0
    phpunit.xml: passed 2 failed 1 skipped 0 flaky 0
    pytest.xml: passed 2 failed 3 skipped 2 flaky 0
    refused-charset.xml: unsupported body: the declared encoding `klingon` is not known
    refused-file.xml: unsupported body: XML document type declarations are not accepted
    refused-laughs.xml: unsupported body: XML document type declarations are not accepted
    refused-pom.xml: unsupported body: the root element <project> is not that of a JUnit report
    several-roots.xml: passed 1 failed 1 skipped 0 flaky 0
    surefire.xml: passed 1 failed 2 skipped 1 flaky 1
    "#);
}

#[test]
fn nested_suites_are_a_path_and_lend_their_file() {
    let nested = case("phpunit.xml", "testSums with data set #0");
    assert_eq!(nested.suite, r"unit > Shop\CartTest > Shop\CartTest::testSums");
    assert_eq!(nested.class_name, "Shop.CartTest");
    assert_eq!((nested.file.as_deref(), nested.line), (Some("/home/ci/shop/tests/CartTest.php"), Some(20)));
    assert_eq!(case("phpunit.xml", "testSums with data set #1").class_name, r"Shop\CartTest");
    assert_eq!(case("node-test.xml", "is zero").suite, "cart > empty");
    assert_eq!(case("node-test.xml", "top level").suite, "");
    assert_eq!(case("mocha.xml", "cart adds").file.as_deref(), Some("/home/ci/shop/test/cart.js"));
}

#[test]
fn failures_carry_kind_message_and_text() {
    let pytest = failure(case("pytest.xml", "test_fails"));
    assert!(pytest.message.starts_with("AssertionError: assert {'total': 1} == {'total': 2}\n"), "{}", pytest.message);
    assert!(pytest.text.starts_with("def test_fails():\n"), "{}", pytest.text);
    assert!(pytest.text.ends_with("test_cart.py:5: AssertionError"), "{}", pytest.text);

    let mocha = failure(case("mocha.xml", "cart sums"));
    assert_eq!((mocha.kind.as_str(), mocha.message.as_str()), ("AssertionError", "expected 2 to equal 3"));
    assert_eq!(mocha.text, "AssertionError: expected 2 to equal 3\n    at Context.<anonymous> (test/cart.js:10:5)");
    assert_eq!(failure(case("several-roots.xml", "b")), TestFailure::default());
    assert_eq!(failure(case("ctest.xml", "cart.sums")), TestFailure::default());
}

#[test]
fn several_failures_of_one_test_become_one_text() {
    let catch2 = case("catch2.xml", "sums");
    assert_eq!((catch2.file.as_deref(), catch2.line), (Some("test/cart.cpp"), Some(19)));
    let catch2 = failure(catch2);
    assert_eq!((catch2.kind.as_str(), catch2.message.as_str()), ("REQUIRE", "sum == 3"));
    insta::assert_snapshot!(catch2.text, @r#"
    FAILED:
      REQUIRE( sum == 3 )
    with expansion:
      2 == 3
    at test/cart.cpp:19

    count == 1
    at test/cart.cpp:23
    "#);
}

#[test]
fn reruns_and_flakes_are_told_apart() {
    let flaky = case("nextest.xml", "is_flaky");
    assert_eq!((flaky.outcome, flaky.flaky), (TestOutcome::Passed, true));
    let forbidden = case("nextest.xml", "is_flaky_and_must_not_be");
    assert!(forbidden.flaky);
    assert_eq!(failure(forbidden).kind, "flaky failure");
    let failed = case("nextest.xml", "sums");
    assert!(!failed.flaky);
    assert_eq!(
        failure(failed).text,
        "thread 'sums' panicked at src/cart.rs:19:5:\nassertion `left == right` failed\n  left: 4\n right: 5"
    );
    let surefire = case("surefire.xml", "adds");
    assert_eq!((surefire.outcome, surefire.flaky, surefire.duration_ms), (TestOutcome::Passed, true, 1_204_051));
    let only_reruns = failure(case("surefire.xml", "onlyReruns"));
    assert_eq!(
        (only_reruns.message.as_str(), only_reruns.text.as_str()),
        ("still wrong", "java.lang.AssertionError: still wrong")
    );
}

#[test]
fn repeated_cases_that_fail_and_pass_are_flaky_and_all_stay() {
    let cases = report("gotestsum.xml").cases;
    let summary: Vec<_> = cases.iter().map(|case| (case.name.as_str(), case.flaky)).collect();
    assert_eq!(summary, [("TestReserve", true), ("TestShip", false), ("TestSum/empty", false), ("TestReserve", true)]);
    assert!(matches!(cases[0].outcome, TestOutcome::Failed(_)));
    assert_eq!(cases[3].outcome, TestOutcome::Passed);
}

#[test]
fn a_failure_that_names_its_place_is_still_the_same_test() {
    let xml = "<testsuite file='a.js'><testcase name='t'><failure file='b.js' line='3'/></testcase>\
               <testcase name='t'/></testsuite>";
    let cases = decode(xml).unwrap().cases;
    let places: Vec<_> = cases.iter().map(|case| (case.file.as_deref(), case.line, case.flaky)).collect();
    assert_eq!(places, [(Some("b.js"), Some(3), true), (Some("a.js"), None, true)]);
}

#[test]
fn nameless_cases_are_not_taken_for_one_test() {
    let cases = decode("<testsuite><testcase/><testcase><error/></testcase></testsuite>").unwrap().cases;
    assert!(cases.iter().all(|case| !case.flaky));
}

#[test]
fn documents_are_read_in_their_encoding() {
    let xml = |encoding: &str| {
        format!("<?xml version='1.0' encoding='{encoding}'?>\n<testsuite><testcase name='Größe ✓'/></testsuite>")
    };
    let utf16 = |xml: &str, bytes: fn(u16) -> [u8; 2]| xml.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let latin1 = xml("ISO-8859-1").replace(" ✓", "").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let bodies: [(Vec<u8>, &str); 7] = [
        (xml("utf-8").into_bytes(), "Größe ✓"),
        (format!("\u{feff}{}", xml("utf-8")).into_bytes(), "Größe ✓"),
        (format!(" \n{}", xml("UTF-16")).into_bytes(), "Größe ✓"),
        (latin1, "Größe"),
        (utf16(&xml("utf-16"), u16::to_le_bytes), "Größe ✓"),
        (utf16(&format!("\u{feff}{}", xml("utf-16")), u16::to_be_bytes), "Größe ✓"),
        (b"<testsuite><testcase name='bad \xff byte'/></testsuite>".to_vec(), "bad \u{fffd} byte"),
    ];
    for (body, name) in bodies {
        let report = decode_junit(&body, JunitLimits::default()).unwrap();
        assert_eq!(report.cases[0].name, name);
    }
}

#[test]
fn references_resolve_once_and_line_ends_are_one_character() {
    let xml = "<testsuite><testcase name='&lt;a&gt; &amp;amp; &#65;&#x42;'><failure message='x&#10;y'>\r\n\
               1 &lt; 2 &amp;&amp; <![CDATA[3 > 2 &amp;]]>\r\nend &#x1b;[0m</failure></testcase></testsuite>";
    let case = decode(xml).unwrap().cases.remove(0);
    assert_eq!(case.name, "<a> &amp; AB");
    let failure = failure(case);
    assert_eq!((failure.message.as_str(), failure.text.as_str()), ("x\ny", "1 < 2 && 3 > 2 &amp;\nend \x1b[0m"));
}

#[test]
fn empty_reports_are_fine_and_empty_documents_are_not() {
    for xml in
        ["<testsuites/>", "<testsuite name='x' tests='0'></testsuite>", "<!-- c --><?pi?><testsuites> </testsuites>\n"]
    {
        assert_eq!(decode(xml).unwrap(), TestReport::default(), "{xml}");
    }
    for xml in ["", " \n", "<?xml version='1.0'?>", "not xml", "{}"] {
        let error = decode(xml).unwrap_err();
        assert!(matches!(error, DecodeError::Malformed { .. }), "{xml}: {error}");
    }
}
