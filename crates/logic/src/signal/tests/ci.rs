//! Pipelines and tests that are told by telemetry.

use devos_contracts::signal::RepositoryHint;

use super::*;

const COMMIT: &str = "89abcdef0123456789abcdef0123456789abcdef";

fn work(id: u8, parent: Option<u8>, status: SpanStatus, own: Value) -> Span {
    Span { name: "step".to_owned(), attributes: attributes(own), ..span(id, parent, status, vec![]) }
}

fn told(failures: &[RawFailure]) -> Vec<(SignalType, &str, &str)> {
    failures.iter().map(|found| (found.signal_type, found.message.as_str(), found.trigger_id.as_str())).collect()
}

#[test]
fn a_failing_pipeline_is_one_ci_failure_of_its_deepest_task() {
    let found = detect(
        vec![],
        vec![
            work(
                1,
                None,
                SpanStatus::Error,
                json!({
                    "cicd.pipeline.name": "build", "cicd.pipeline.run.id": "77", "cicd.pipeline.result": "failure",
                }),
            ),
            work(
                2,
                Some(1),
                SpanStatus::Unset,
                json!({
                    "cicd.pipeline.name": "build", "cicd.pipeline.run.id": "77", "cicd.pipeline.task.name": "lint",
                    "cicd.pipeline.task.run.result": "success",
                }),
            ),
            work(
                3,
                Some(1),
                SpanStatus::Unset,
                json!({
                    "cicd.pipeline.name": "build", "cicd.pipeline.run.id": "77", "cicd.pipeline.task.name": "compile",
                    "cicd.pipeline.task.run.result": "FAILURE", "error.type": "exit_code",
                    "vcs.repository.url.full": "https://git.example.com/team/shop", "vcs.repository.name": "shop",
                    "vcs.ref.head.revision": COMMIT,
                }),
            ),
        ],
    );
    assert_eq!(told(&found), [(SignalType::CiFailure, "build / compile: failure", "pipeline:77")]);
    let hint = RepositoryHint { url: Some("https://git.example.com/team/shop".into()), name: Some("shop".into()) };
    assert_eq!((found[0].kind.as_str(), &found[0].repository), ("exit_code", &Some(hint)));
    assert_eq!(found[0].commit.as_ref().map(CommitId::as_str), Some(COMMIT), "its own before the resource's");
}

#[test]
fn what_was_cancelled_or_skipped_is_no_failure() {
    for result in ["success", "skip", "cancellation"] {
        let run = work(1, None, SpanStatus::Error, json!({ "cicd.pipeline.result": result }));
        assert!(detect(vec![], vec![run]).is_empty(), "{result}");
    }
    let unsaid = work(1, None, SpanStatus::Error, json!({ "cicd.pipeline.name": "build" }));
    assert_eq!(
        told(&detect(vec![], vec![unsaid])),
        [(SignalType::CiFailure, "build: failed", "error:0101010101010101")]
    );
}

#[test]
fn older_names_count_as_well() {
    let run = work(
        1,
        None,
        SpanStatus::Unset,
        json!({
            "cicd.pipeline.run.status": "failed", "cicd.pipeline.run.id": "5", "vcs.repository.ref.revision": COMMIT,
            "vcs.repository.url": "git@git.example.com:team/shop.git",
            "code.filepath": "/home/runner/work/shop/shop/ci/build.py", "code.lineno": "12", "code.function": "compile",
        }),
    );
    let found = detect(vec![], vec![run]);
    assert_eq!(told(&found), [(SignalType::CiFailure, "step", "pipeline:5")]);
    assert_eq!(
        (found[0].commit.as_ref().map(CommitId::as_str), &found[0].files[..]),
        (Some(COMMIT), &["ci/build.py".to_owned()][..])
    );
    assert_eq!(found[0].stack.as_deref(), Some("  File \"ci/build.py\", line 12, in compile"));
    let head = work(1, None, SpanStatus::Error, json!({ "cicd.pipeline.name": "b", "vcs.ref.head": COMMIT }));
    assert_eq!(detect(vec![], vec![head])[0].commit.as_ref().map(CommitId::as_str), Some(COMMIT));
}

#[test]
fn a_failing_test_is_a_test_failure() {
    let case = |result: &str, status| {
        work(
            2,
            Some(1),
            status,
            json!({
                "test.case.name": "shop.cart.adds", "test.case.result.status": result, "cicd.pipeline.run.id": "9",
                "code.file.path": "tests/test_cart.py", "code.line.number": 7, "code.function.name": "adds",
            }),
        )
    };
    let suite = work(1, None, SpanStatus::Error, json!({ "cicd.pipeline.result": "failure" }));
    let found = detect(vec![], vec![suite.clone(), case("fail", SpanStatus::Unset)]);
    assert_eq!(told(&found), [(SignalType::TestFailure, "shop.cart.adds: fail", "pipeline:9")]);
    assert_eq!(
        (found[0].test.as_deref(), &found[0].files[..]),
        (Some("shop.cart.adds"), &["tests/test_cart.py".to_owned()][..])
    );
    let frames = pattern::frames(found[0].stack.as_deref().unwrap());
    assert_eq!((frames[0].function.as_str(), frames[0].file.as_deref()), ("adds", Some("tests/test_cart.py")));

    let mut raised = case("pass", SpanStatus::Unset);
    raised.events = span(1, None, SpanStatus::Unset, vec![exception(PYTHON)]).events;
    assert!(detect(vec![], vec![raised.clone()]).is_empty(), "an exception that the test expected");
    raised.attributes.insert("test.case.result.status".to_owned(), json!("fail"));
    let found = detect(vec![], vec![raised]);
    assert_eq!(told(&found), [(SignalType::TestFailure, "'sku-1'", "pipeline:9")]);
    assert_eq!((found[0].kind.as_str(), found[0].stack.as_deref()), ("KeyError", Some(PYTHON)));
}

#[test]
fn logs_tell_of_tests_too() {
    let said = |result: &str, severity| {
        let own = json!({ "test.case.name": "adds", "test.case.result.status": result });
        detect(vec![log(severity, "3 != 2", None, own)], vec![])
    };
    let found = said("fail", 9);
    assert_eq!((found[0].signal_type, found[0].test.as_deref()), (SignalType::TestFailure, Some("adds")));
    assert!(said("pass", 17).is_empty());
}

#[test]
fn what_merely_runs_in_a_pipeline_stays_a_runtime_error() {
    let resource = Resource { attributes: attributes(json!({ "service.name": "shop", "cicd.pipeline.run.id": "7" })) };
    let spans = vec![work(1, None, SpanStatus::Error, json!({ "code.function": "f", "code.filepath": "a.py" }))];
    let batch = TelemetryBatch { resources: vec![resource], spans, ..TelemetryBatch::default() };
    let found = from_batch(&batch, at()).remove(0).1;
    assert_eq!(
        (found.signal_type, found.stack.as_deref(), &found.files[..]),
        (SignalType::RuntimeError, None, &["a.py".to_owned()][..])
    );
}
