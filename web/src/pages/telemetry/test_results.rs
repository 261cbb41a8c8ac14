//! Tests of a repository: its runs, what fails, what is flaky.

mod histories;

use devos_contracts::api::{Page, TestRun};
use devos_contracts::ci::{RunKind, RunSource};
use devos_contracts::repository::Repository;
use devos_web::view::quantity::grouped;
use devos_web::view::telemetry::outcomes::View;
use leptos::prelude::*;

use histories::Histories;

use super::super::onboarding;
use crate::components::copy::{Commit, Snippet};
use crate::components::empty::Empty;
use crate::components::field::Segmented;
use crate::components::header::PageHeader;
use crate::components::icon::Name;
use crate::components::loaded::{Broken, Skeleton};
use crate::components::moment::When;
use crate::components::rows::{Cell, Head, Row};
use crate::components::telemetry::search_bar::{SearchBar, Searching, use_search};
use crate::keys::{RowCursor, use_row_cursor};
use crate::query::{Load, Query, query};

/// The page.
#[component]
pub fn TestsPage() -> impl IntoView {
    let searching = use_search("/tests", &["view", "repository"], "7d");
    let repositories = query::<Page<Repository>>(|| "/repositories".into());
    let chosen = Memo::new(move |_| {
        let wanted = searching.other("repository");
        let page = repositories.ready()?;
        let found = page.items.iter().find(|repository| repository.id.to_string() == wanted).or(page.items.first());
        found.map(|repository| repository.id.to_string())
    });
    let view = Memo::new(move |_| View::parse(&searching.other("view")));
    let stage = Memo::new(move |_| match repositories.get() {
        Load::Loading => Load::Loading,
        Load::Failed(failure) => Load::Failed(failure),
        Load::Ready(_) => Load::Ready(chosen.get()),
    });
    view! {
        <div class="page is-telemetry">
            <PageHeader title="Tests"/>
            <div class="filters">
                <Segmented label="View" options=View::OPTIONS.to_vec() chosen=Signal::derive(move || searching.other("view")) choose=move |word| searching.keep("view", word)/>
                <Choice repositories chosen searching/>
                <Show when=move || view.get() != View::Runs><SearchBar searching/></Show>
            </div>
            {move || match stage.get() {
                Load::Loading => view! { <Skeleton lines=10/> }.into_any(),
                Load::Failed(failure) => view! { <Broken failure retry=move || repositories.retry()/> }.into_any(),
                Load::Ready(None) => view! {
                    <Empty icon=Name::Repository title="No repository connected" text="Test results belong to a repository. Connect one, then upload results."><Snippet text=onboarding::connect_snippet()/></Empty>
                }
                .into_any(),
                Load::Ready(Some(repository)) => match view.get() {
                    View::Runs => view! { <Runs repository/> }.into_any(),
                    view => view! { <Histories repository view searching/> }.into_any(),
                },
            }}
        </div>
    }
}

#[component]
fn Choice(repositories: Query<Page<Repository>>, chosen: Memo<Option<String>>, searching: Searching) -> impl IntoView {
    let options = move || {
        let here = chosen.get();
        let option = |repository: Repository| {
            let id = repository.id.to_string();
            let selected = Some(&id) == here.as_ref();
            view! { <option value=id selected=selected>{repository.name}</option> }
        };
        repositories.ready().map(|page| page.items.into_iter().map(option).collect_view())
    };
    view! {
        <label class="filter-select">
            <span class="unseen">"Repository"</span>
            <select class="input" on:change:target=move |event| searching.keep("repository", &event.target().value())>{options}</select>
        </label>
    }
}

#[component]
fn Runs(repository: String) -> impl IntoView {
    let runs = query::<Page<TestRun>>(move || format!("/repositories/{repository}/test-runs"));
    let ids =
        move || runs.ready().map(|page| page.items.iter().map(|run| run.id.to_string()).collect()).unwrap_or_default();
    let cursor = use_row_cursor(ids, |_| {});
    move || {
        match runs.get() {
        Load::Loading => view! { <Skeleton lines=8/> }.into_any(),
        Load::Failed(failure) => view! { <Broken failure retry=move || runs.retry()/> }.into_any(),
        Load::Ready(page) if page.items.is_empty() => view! {
            <Empty icon=Name::Upload title="No runs yet" text="Upload the results of a test run; JUnit XML from any runner will do."><Snippet text=onboarding::tests_snippet()/></Empty>
        }
        .into_any(),
        Load::Ready(page) => table(page.items, cursor),
    }
    }
}

fn table(runs: Vec<TestRun>, cursor: RowCursor) -> AnyView {
    let rows = runs.into_iter().map(|run| view_run(run, cursor)).collect_view();
    view! {
        <div class="table is-runs" role="table" aria-label="Runs, newest first">
            <div class="table-head" role="row">
                <Head text="Commit" class="is-main"/>
                <Head text="Where" class="is-source"/>
                <Head text="Passed" class="is-number"/>
                <Head text="Failed" class="is-number"/>
                <Head text="Skipped" class="is-number"/>
                <Head text="Uploaded" class="is-time"/>
            </div>
            {rows}
        </div>
    }
    .into_any()
}

fn view_run(run: TestRun, cursor: RowCursor) -> impl IntoView {
    let kind = match run.kind {
        RunKind::Test => "Tests",
        RunKind::Lint => "Lint",
    };
    let place = match run.source {
        RunSource::Ci => "CI",
        RunSource::Local => "Somebody's machine",
    };
    let failed = run.failed > 0;
    view! {
        <Row key=run.id.to_string() cursor testid="run-row">
            <Cell class="is-main"><Commit id=run.commit/><span class="row-note">{kind}</span></Cell>
            <Cell class="is-source" label="Where"><span class="source">{place}</span></Cell>
            <Cell class="is-number" label="Passed">{grouped(run.passed.into())}</Cell>
            <Cell class="is-number" label="Failed"><span class:tone-bad=failed class:is-inked=failed>{grouped(run.failed.into())}</span></Cell>
            <Cell class="is-number" label="Skipped">{grouped(run.skipped.into())}</Cell>
            <Cell class="is-time" label="Uploaded"><When at=run.at/></Cell>
        </Row>
    }
}
