//! Traces: what was asked of the services, and how long it took.

use devos_contracts::query::TraceSummary;
use devos_contracts::telemetry::SpanStatus;
use devos_web::view::quantity::{encode, grouped};
use devos_web::view::telemetry::measure::nanoseconds;
use devos_web::view::telemetry::search::{complaint, written};
use leptos::prelude::*;

use super::{view_silence, view_unread};
use crate::browser;
use crate::components::button::Button;
use crate::components::empty::Empty;
use crate::components::header::PageHeader;
use crate::components::icon::Name;
use crate::components::loaded::{Broken, Skeleton};
use crate::components::rows::{Cell, Head, Row};
use crate::components::telemetry::older::Older;
use crate::components::telemetry::search_bar::{SearchBar, Searching, use_search};
use crate::keys::{RowCursor, use_row_cursor};
use crate::navigator::use_navigator;
use crate::paged::{Paged, paged};
use crate::query::Load;

/// The page.
#[component]
pub fn TracesPage() -> impl IntoView {
    let searching = use_search("/traces", &[], "1h");
    let traces = paged::<TraceSummary>(move |cursor| {
        format!("/traces{}", searching.api_query(&[("cursor", cursor.unwrap_or_default())]))
    });
    let failure = Signal::derive(move || if let Load::Failed(failure) = traces.stage() { Some(failure) } else { None });
    view! {
        <div class="page is-telemetry">
            <PageHeader title="Traces"/>
            <SearchBar searching placeholder="service:checkout status:error duration:>=200ms name:POST*" failure/>
            <Table traces searching/>
        </div>
    }
}

/// The address of a trace.
fn address(trace: &TraceSummary) -> String {
    format!("/traces/{}?at={}", trace.trace_id, encode(&written(trace.start)))
}

#[component]
fn Table(traces: Paged<TraceSummary>, searching: Searching) -> impl IntoView {
    let navigate = use_navigator();
    let open = move |place: &str| {
        let index = place.parse::<usize>().unwrap_or(usize::MAX);
        if let Some(path) = untrack(|| traces.with(|rows| rows.get(index).map(address))) {
            navigate.open(&path);
        }
    };
    let cursor = use_row_cursor(move || traces.places(), open);
    let stage = Memo::new(move |_| traces.stage());
    let longest =
        Memo::new(move |_| traces.with(|rows| rows.iter().map(|row| row.duration_ns).max().unwrap_or(1).max(1)));
    move || {
        match stage.get() {
        Load::Loading => view! { <Skeleton lines=12/> }.into_any(),
        Load::Failed(failure) if complaint(&failure.detail).is_some() => view_unread(),
        Load::Failed(failure) => view! { <Broken failure retry=move || traces.retry()/> }.into_any(),
        Load::Ready(true) if searching.search.with(|search| !search.filter.is_empty()) => view! {
            <Empty icon=Name::Search title="Nothing matches" text="No trace of this time fits the filter.">
                <Button label="Clear the filter" press=move || searching.apply(&searching.search.with_untracked(|search| search.filtered("")))/>
            </Empty>
        }
        .into_any(),
        Load::Ready(true) => view_silence(
            "No traces in this time",
            "Choose a longer time, or send traces: any OpenTelemetry SDK or Collector will do.",
        ),
        Load::Ready(false) => view! {
            <div class="table is-traces" role="table" aria-label="Traces, newest first">
                <div class="table-head" role="row">
                    <Head text="Trace" class="is-main"/>
                    <Head text="Service" class="is-source"/>
                    <Head text="Started" class="is-time"/>
                    <Head text="Duration" class="is-duration"/>
                    <Head text="Spans" class="is-number"/>
                    <Head text="Errors" class="is-number"/>
                </div>
                <For
                    each=move || traces.placed()
                    key=|(place, _)| *place
                    children=move |(place, trace)| view_row(place, trace, longest, cursor)
                />
            </div>
            <Older paged=traces/>
        }
        .into_any(),
    }
    }
}

fn view_row(place: usize, trace: TraceSummary, longest: Memo<i64>, cursor: RowCursor) -> impl IntoView {
    let href = address(&trace);
    let failed = trace.status == SpanStatus::Error || trace.errors > 0;
    let duration = trace.duration_ns;
    #[expect(clippy::cast_precision_loss, reason = "a length on the screen")]
    let width = move || format!("{:.1}%", duration as f64 * 100.0 / longest.get() as f64);
    // A trace found by an entry into a service says whose trace it is.
    let root = trace.root_name.filter(|root| *root != trace.name).map(|root| {
        let service = trace.root_service.map(|service| format!(" of {service}")).unwrap_or_default();
        format!("in {root}{service}")
    });
    let at = trace.start;
    let spans = if trace.spans >= 10_000 { "10,000+".to_owned() } else { grouped(trace.spans) };
    let errors = trace.errors;
    view! {
        <Row key=place.to_string() cursor testid="trace-row">
            <Cell class="is-main">
                <a class="row-link" href=href>{trace.name}</a>
                <span class="row-note">{root}</span>
            </Cell>
            <Cell class="is-source" label="Service"><span class="source">{trace.service.unwrap_or_else(|| "unknown".into())}</span></Cell>
            <Cell class="is-time" label="Started"><time datetime=at.to_rfc3339() title=browser::local_time(at)>{browser::local_moment(at)}</time></Cell>
            <Cell class="is-duration" label="Duration">
                <span class="duration" class:is-failed=failed><i style:width=width aria-hidden="true"></i></span>
                <span class="figure">{nanoseconds(duration)}</span>
            </Cell>
            <Cell class="is-number" label="Spans">{spans}</Cell>
            <Cell class="is-number" label="Errors"><span class:tone-bad=errors.gt(&0) class:is-inked=errors.gt(&0)>{grouped(errors)}</span></Cell>
        </Row>
    }
}
