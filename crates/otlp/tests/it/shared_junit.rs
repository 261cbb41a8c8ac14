//! Reports that real tools wrote, kept outside the repository; skipped where they are absent.

use std::path::Path;

use devos_otlp::{JunitLimits, decode_junit};

use crate::summarise;

#[test]
fn every_real_report_is_read_or_refused_with_a_reason() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/junit");
    let Ok(entries) = directory.read_dir() else {
        println!("skipped: no shared reports beside this checkout");
        return;
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let summary: String = paths
        .iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy();
            let name = name.rsplit_once("test_results_").map_or(&*name, |(_, name)| name);
            summarise(name, &decode_junit(&std::fs::read(path).unwrap(), JunitLimits::default()))
        })
        .collect();
    insta::assert_snapshot!(summary, @r#"
    catch2_report: passed 0 failed 1 skipped 0 flaky 0
    container-structure_test: passed 3 failed 0 skipped 0 flaky 0
    corrupt-junit_e2e-tests_corrupt_target_sf-reports_TEST-test.CorruptTest: malformed body: not well-formed XML, line 18 (byte 1219): syntax error: CDATA not closed: `]]>` not found before end of input
    cunit_testEmpty: passed 0 failed 0 skipped 0 flaky 0
    cunit_testFailure: passed 3 failed 1 skipped 0 flaky 0
    flaky_retries_flaky_all_failures: passed 0 failed 3 skipped 0 flaky 0
    flaky_retries_flaky_success_first: passed 1 failed 2 skipped 0 flaky 3
    flaky_retries_flaky_with_classname_file: passed 3 failed 2 skipped 0 flaky 3
    issues_testDisabled: passed 6 failed 6 skipped 10 flaky 0
    issues_testFailedDisabled: passed 0 failed 1 skipped 0 flaky 0
    junit-server-test_report: passed 2 failed 1 skipped 1 flaky 2
    junit-web-test_expected: malformed body: not well-formed XML, line 9 (byte 504): an attribute value contains `<`
    junit-web-test_expectedRetries: malformed body: not well-formed XML, line 9 (byte 504): an attribute value contains `<`
    junit_flaky_failure_marathon_junit_report: passed 1 failed 0 skipped 0 flaky 1
    junit_flaky_failure_mixed_flaky_and_passed: passed 3 failed 0 skipped 0 flaky 1
    marathon_tests_com.mikepenz.DummyTest#test_02_dummy: passed 1 failed 0 skipped 0 flaky 0
    marathon_tests_com.mikepenz.DummyTest3#test_01: passed 0 failed 1 skipped 0 flaky 0
    marathon_tests_com.mikepenz.DummyUtilTest#test_01_dummy: passed 0 failed 1 skipped 0 flaky 0
    maven_surefire_flaky_surefire-report: passed 1 failed 0 skipped 0 flaky 1
    mocha_mocha: passed 1 failed 0 skipped 0 flaky 0
    multiple_failures_test_multiple_errors: passed 1 failed 2 skipped 0 flaky 0
    multiple_failures_test_multiple_failures: passed 1 failed 2 skipped 1 flaky 0
    multiple_test_10: passed 3 failed 0 skipped 0 flaky 0
    multiple_test_11: passed 2 failed 1 skipped 0 flaky 0
    multiple_test_12: passed 2 failed 0 skipped 1 flaky 0
    nested_junit: passed 2 failed 3 skipped 0 flaky 0
    nested_multi-level: passed 3 failed 0 skipped 0 flaky 0
    nextest_basic: passed 2 failed 1 skipped 0 flaky 0
    perl_result: passed 1 failed 0 skipped 0 flaky 0
    python_report: passed 1 failed 2 skipped 0 flaky 0
    python_report_flaky: passed 2 failed 2 skipped 0 flaky 0
    tests_email_pom: unsupported body: the root element <project> is not that of a JUnit report
    tests_email_target_surefire-reports_TEST-action.surefire.report.email.EmailAddressTest: passed 2 failed 7 skipped 0 flaky 0
    tests_pom: unsupported body: the root element <project> is not that of a JUnit report
    tests_utils_pom: unsupported body: the root element <project> is not that of a JUnit report
    tests_utils_target_surefire-reports_TEST-action.surefire.report.calc.AllOkTest: passed 1 failed 0 skipped 0 flaky 0
    tests_utils_target_surefire-reports_TEST-action.surefire.report.calc.CalcUtilsTest: passed 0 failed 2 skipped 0 flaky 0
    tests_utils_target_surefire-reports_TEST-action.surefire.report.calc.StringUtilsTest: passed 2 failed 2 skipped 1 flaky 0
    xunit_report: passed 3 failed 1 skipped 0 flaky 0
    xunit_report_fl_on_f: passed 3 failed 1 skipped 0 flaky 0
    nextest-rs+nextest_fixtures_fixture-project-junit: passed 2 failed 1 skipped 0 flaky 1
    nextest-rs+nextest_fixtures_setup-script-junit: passed 1 failed 0 skipped 0 flaky 0
    nextest-rs+nextest_fixtures_stress-test-junit: passed 4 failed 0 skipped 0 flaky 0
    testmoapp+junitxml_examples_conventions: passed 1 failed 0 skipped 0 flaky 0
    testmoapp+junitxml_examples_junit-basic: passed 8 failed 1 skipped 0 flaky 0
    testmoapp+junitxml_examples_junit-complete: passed 5 failed 2 skipped 1 flaky 0
    testmoapp+junitxml_examples_testcase-output: passed 1 failed 0 skipped 0 flaky 0
    testmoapp+junitxml_examples_testcase-properties: passed 1 failed 0 skipped 0 flaky 0
    "#);
}
