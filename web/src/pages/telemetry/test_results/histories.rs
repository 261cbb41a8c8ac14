//! Tests with their newest results.

use devos_contracts::query::{TestHistory, TestResult};
use devos_web::view::quantity::{counted, elapsed, grouped};
use devos_web::view::state::Tone;
use devos_web::view::telemetry::outcomes::{View, failure_share, tone};
use leptos::prelude::*;

use crate::browser;
use crate::components::badge::Chip;
use crate::components::copy::Snippet;
use crate::components::empty::Empty;
use crate::components::icon::Name;
use crate::components::loaded::{Broken, Skeleton};
use crate::components::rows::{Cell, Head, Row};
use crate::components::telemetry::older::Older;
use crate::components::telemetry::search_bar::Searching;
use crate::keys::{RowCursor, use_row_cursor};
use crate::paged::{Paged, paged};
use crate::pages::onboarding;
use crate::query::Load;

/// How many tests are looked through for failing ones before the reader is asked to go on.
const LOOKED_THROUGH: usize = 2_000;

/// The tests of a view.
#[component]
pub fn Histories(repository: String, view: View, searching: Searching) -> impl IntoView {
    let flaky = if view == View::Flaky { "true" } else { "" };
    let tests = paged::<TestHistory>(move |cursor| {
        let asked = [
            ("repository", repository.as_str()),
            ("flaky", flaky),
            ("limit", "100"),
            ("cursor", cursor.unwrap_or_default()),
        ];
        format!("/tests{}", searching.api_query(&asked))
    });
    // The API does not choose failing tests: all are looked through.
    Effect::new(move |_| {
        let more = tests.has_more() && !tests.is_busy() && tests.broken().is_none();
        if view == View::Failing && more && tests.with(<[TestHistory]>::len) < LOOKED_THROUGH {
            tests.more();
        }
    });
    let shown = move || tests.with(|rows| rows.iter().filter(|test| view.shows(test)).cloned().collect::<Vec<_>>());
    let names = move || shown().into_iter().map(|test| test.test).collect();
    let cursor = use_row_cursor(names, |_| {});
    let stage = Memo::new(move |_| match tests.stage() {
        Load::Ready(_) => Load::Ready(shown().is_empty()),
        other => other,
    });
    move || match stage.get() {
        Load::Loading => view! { <Skeleton lines=8/> }.into_any(),
        Load::Failed(failure) => view! { <Broken failure retry=move || tests.retry()/> }.into_any(),
        Load::Ready(true) => {
            view! { {view_none(view, tests)}<Older paged=tests label="Look through more tests"/> }.into_any()
        }
        Load::Ready(false) => view! {
            <div class="table is-tests" role="table" aria-label="Tests by name">
                <div class="table-head" role="row">
                    <Head text="Test" class="is-main"/>
                    <Head text="Newest results" class="is-strip"/>
                    <Head text="Failed" class="is-number"/>
                    <Head text="Runs" class="is-number"/>
                    <Head text="Mean time" class="is-time"/>
                </div>
                <For each=shown key=|test| test.test.clone() children=move |test| view_row(test, cursor)/>
            </div>
            <Older paged=tests label="Load more"/>
        }
        .into_any(),
    }
}

fn view_none(view: View, tests: Paged<TestHistory>) -> AnyView {
    let looked = move || {
        let count = tests.with(<[TestHistory]>::len);
        format!("{} looked through.", counted(count, "test"))
    };
    match view {
        View::Failing if tests.has_more() => view! { <p class="calm">{looked}</p> }.into_any(),
        View::Failing => view! { <Empty icon=Name::Check title="No test fails" text="The newest result of every test of this time is not a failure."/> }.into_any(),
        View::Flaky => view! { <Empty icon=Name::Check title="No flaky test" text="No test of this time passed and failed on one commit."/> }.into_any(),
        View::Runs | View::All => view! {
            <Empty icon=Name::Upload title="No results in this time" text="Choose a longer time, or upload results; JUnit XML from any runner will do."><Snippet text=onboarding::tests_snippet()/></Empty>
        }
        .into_any(),
    }
}

fn view_row(test: TestHistory, cursor: RowCursor) -> impl IntoView {
    let flaky = test.flaky.then(|| {
        let title = match (test.flaky_commits, test.reported_flaky) {
            (0, reported) => {
                format!("Reported as flaky by {}", counted(usize::try_from(reported).unwrap_or(0), "result"))
            }
            (commits, _) => {
                format!("Passed and failed on {}", counted(usize::try_from(commits).unwrap_or(0), "commit"))
            }
        };
        view! { <span title=title><Chip tone=Tone::Warn text="Flaky"/></span> }
    });
    // Oldest first, as one reads.
    let strip = test.results.iter().rev().map(view_result).collect_view();
    let words = test.results.first().map(|newest| format!("Newest: {}", newest.outcome));
    let share = failure_share(&test).map_or_else(|| "–".to_owned(), |share| format!("{share} %"));
    let failed = test.failed > 0;
    view! {
        <Row key=test.test.clone() cursor testid="test-row">
            <Cell class="is-main"><span class="test-name" title=test.test.clone()>{test.test.clone()}</span>{flaky}</Cell>
            <Cell class="is-strip" label="Newest results"><span class="outcomes" aria-hidden="true">{strip}</span><span class="unseen">{words}</span></Cell>
            <Cell class="is-number" label="Failed"><span class:tone-bad=failed class:is-inked=failed title=format!("{} of {}", grouped(test.failed), grouped(test.passed + test.failed))>{share}</span></Cell>
            <Cell class="is-number" label="Runs">{grouped(test.passed + test.failed + test.skipped)}</Cell>
            <Cell class="is-time" label="Mean time">{elapsed(u64::try_from(test.mean_duration_ms).unwrap_or(0))}</Cell>
        </Row>
    }
}

fn view_result(result: &TestResult) -> impl IntoView + use<> {
    let title = format!("{} on {}, {}", result.outcome, result.commit.short(), browser::local_time(result.at));
    view! { <i class=format!("{} is-{}", tone(result).class(), result.outcome) title=title></i> }
}
