//! Logs: how many over time, and each of them.

use devos_contracts::query::{LogEntry, LogHistogram};
use devos_web::view::telemetry::bars::bars;
use devos_web::view::telemetry::search::complaint;
use leptos::prelude::*;

use super::{view_silence, view_unread};
use crate::components::button::Button;
use crate::components::empty::Empty;
use crate::components::header::PageHeader;
use crate::components::icon::Name;
use crate::components::loaded::{Broken, Skeleton};
use crate::components::telemetry::log_bars::LogBars;
use crate::components::telemetry::log_rows::{LogRow, toggle};
use crate::components::telemetry::older::Older;
use crate::components::telemetry::search_bar::{SearchBar, Searching, use_search};
use crate::keys::use_row_cursor;
use crate::paged::{Paged, paged};
use crate::query::{Load, Query, query};

/// The page.
#[component]
pub fn LogsPage() -> impl IntoView {
    let searching = use_search("/logs", &[], "1h");
    let logs = paged::<LogEntry>(move |cursor| {
        format!("/logs{}", searching.api_query(&[("cursor", cursor.unwrap_or_default())]))
    });
    let histogram =
        query::<LogHistogram>(move || format!("/logs/histogram{}", searching.api_query(&[("buckets", "80")])));
    let failure = Signal::derive(move || if let Load::Failed(failure) = logs.stage() { Some(failure) } else { None });
    view! {
        <div class="page is-telemetry">
            <PageHeader title="Logs"/>
            <SearchBar searching placeholder="refused service:checkout severity:>=error -health http.route:/pay*" failure/>
            <Histogram histogram searching/>
            <Lines logs searching/>
        </div>
    }
}

/// The bars; their failure is the list's, which says it.
#[component]
fn Histogram(histogram: Query<LogHistogram>, searching: Searching) -> impl IntoView {
    move || match histogram.get() {
        Load::Loading => view! { <div class="histogram is-waiting"><Skeleton lines=3/></div> }.into_any(),
        Load::Ready(value) => view! { <LogBars drawn=bars(&value) searching/> }.into_any(),
        Load::Failed(failure) if complaint(&failure.detail).is_some() => ().into_any(),
        Load::Failed(failure) => view! { <Broken failure retry=move || histogram.retry()/> }.into_any(),
    }
}

#[component]
fn Lines(logs: Paged<LogEntry>, searching: Searching) -> impl IntoView {
    let opened = RwSignal::new(None::<String>);
    let cursor = use_row_cursor(move || logs.places(), move |key| toggle(opened, key));
    let stage = Memo::new(move |_| logs.stage());
    // A new search is another list.
    Effect::new(move |_| {
        if stage.get() == Load::Loading {
            opened.set(None);
        }
    });
    let add = Callback::new(move |term: String| searching.add_term(&term));
    move || {
        match stage.get() {
        Load::Loading => view! { <Skeleton lines=12/> }.into_any(),
        Load::Failed(failure) if complaint(&failure.detail).is_some() => view_unread(),
        Load::Failed(failure) => view! { <Broken failure retry=move || logs.retry()/> }.into_any(),
        Load::Ready(true) if searching.search.with(|search| !search.filter.is_empty()) => view! {
            <Empty icon=Name::Search title="Nothing matches" text="No log record of this time fits the filter.">
                <Button label="Clear the filter" press=move || searching.apply(&searching.search.with_untracked(|search| search.filtered("")))/>
            </Empty>
        }
        .into_any(),
        Load::Ready(true) => view_silence(
            "No logs in this time",
            "Choose a longer time, or send logs: any OpenTelemetry SDK or Collector will do.",
        ),
        Load::Ready(false) => view! {
            <ol class="log-rows" aria-label="Log records, newest first">
                <For
                    each=move || logs.placed()
                    key=|(place, _)| *place
                    children=move |(place, entry)| view! { <LogRow key=place.to_string() entry cursor opened add=Some(add)/> }
                />
            </ol>
            <Older paged=logs/>
        }
        .into_any(),
    }
    }
}
