use devos_contracts::ci::TestOutcome;
use devos_otlp::{DecodeError, JunitLimits, decode_junit};

fn decode(xml: &str) -> Result<devos_contracts::ci::TestReport, DecodeError> {
    decode_junit(xml.as_bytes(), JunitLimits::default())
}

#[test]
fn elements_nest_no_deeper_than_the_limit() {
    let nested = |depth: usize| {
        format!("{}<testcase name='t'/>{}", "<testsuite>".repeat(depth - 1), "</testsuite>".repeat(depth - 1))
    };
    assert_eq!(decode(&nested(64)).unwrap().cases.len(), 1);
    let error = decode(&nested(65)).unwrap_err();
    assert_eq!(error.to_string(), "unsupported body: XML elements nest deeper than 64");
}

#[test]
fn cases_are_counted() {
    let xml = format!("<testsuite>{}</testsuite>", "<testcase name='t'/>".repeat(3));
    let limits = |cases| JunitLimits { cases, ..JunitLimits::default() };
    assert_eq!(decode_junit(xml.as_bytes(), limits(3)).unwrap().cases.len(), 3);
    let error = decode_junit(xml.as_bytes(), limits(2)).unwrap_err();
    assert_eq!(error.to_string(), "unsupported body: more than 2 test cases in one report");
}

#[test]
fn long_failures_are_cut_at_a_character_and_marked() {
    let long = "ä".repeat(100_000);
    let xml = format!(
        "<testsuite><testcase name='t'><failure message='{long}'>{long}</failure><error>{long}</error></testcase></testsuite>"
    );
    let report = decode(&xml).unwrap();
    let TestOutcome::Failed(failure) = &report.cases[0].outcome else { panic!("the test failed") };
    for text in [&failure.message, &failure.text] {
        assert!(text.len() <= 65_536 && text.len() > 65_500, "{}", text.len());
        assert!(text.ends_with("ä… [cut]"));
    }
}

#[test]
fn names_are_cut_so_that_suites_do_not_multiply() {
    let long = "s".repeat(1_000_000);
    let xml = format!(
        "<testsuite name='{long}' file='{long}'><testsuite name='{long}'>{}</testsuite></testsuite>",
        format!("<testcase classname='{long}' name='t'/>") + &"<testcase name='t'/>".repeat(1000),
    );
    for case in decode(&xml).unwrap().cases {
        assert!(case.suite.len() <= 1024 && case.class_name.len() <= 1024);
        assert!(case.file.is_some_and(|file| file.len() <= 1024));
    }
}
