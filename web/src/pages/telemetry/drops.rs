//! Telemetry that was refused, and why.

use devos_contracts::api::Page;
use devos_contracts::query::DroppedRecords;
use devos_web::view::quantity::grouped;
use devos_web::view::telemetry::drops::{counts_requests, reason, signal};
use leptos::prelude::*;

use crate::browser;
use crate::components::empty::Empty;
use crate::components::header::PageHeader;
use crate::components::icon::Name;
use crate::components::loaded::{Broken, Skeleton};
use crate::components::rows::{Cell, Head, Row};
use crate::components::telemetry::search_bar::{SearchBar, use_search};
use crate::keys::{RowCursor, use_row_cursor};
use crate::query::{Load, query};

/// The page.
#[component]
pub fn DropsPage() -> impl IntoView {
    let searching = use_search("/drops", &[], "24h");
    let drops = query::<Page<DroppedRecords>>(move || format!("/telemetry/drops{}", searching.api_query(&[])));
    let places = move || (0..drops.ready().map_or(0, |page| page.items.len())).map(|place| place.to_string()).collect();
    let cursor = use_row_cursor(places, |_| {});
    view! {
        <div class="page is-telemetry">
            <PageHeader title="Drops"/>
            <p class="lead">"What senders sent and the platform did not keep. Nothing is dropped in silence: each count has its reason."</p>
            <SearchBar searching/>
            {move || match drops.get() {
                Load::Loading => view! { <Skeleton lines=6/> }.into_any(),
                Load::Failed(failure) => view! { <Broken failure retry=move || drops.retry()/> }.into_any(),
                Load::Ready(page) if page.items.is_empty() => view! {
                    <Empty icon=Name::Check title="Nothing was dropped" text="Every record that was sent in this time was stored. A refused one appears here within seconds."/>
                }
                .into_any(),
                Load::Ready(page) => table(page.items, cursor),
            }}
        </div>
    }
}

fn table(drops: Vec<DroppedRecords>, cursor: RowCursor) -> AnyView {
    let rows = drops.into_iter().enumerate().map(|(place, drop)| view_row(place, &drop, cursor)).collect_view();
    view! {
        <div class="table is-drops" role="table" aria-label="Refused telemetry by hour, signal and reason">
            <div class="table-head" role="row">
                <Head text="Reason" class="is-main"/>
                <Head text="Signal" class="is-source"/>
                <Head text="Hour" class="is-time"/>
                <Head text="Count" class="is-number"/>
            </div>
            {rows}
        </div>
    }
    .into_any()
}

fn view_row(place: usize, drop: &DroppedRecords, cursor: RowCursor) -> impl IntoView + use<> {
    let (name, meaning) = reason(drop.reason);
    let (sent, hour, count) = (signal(drop.signal), drop.hour, grouped(drop.count));
    let unit = match (counts_requests(drop.reason), drop.count) {
        (true, 1) => "request",
        (true, _) => "requests",
        (false, 1) => "record",
        (false, _) => "records",
    };
    view! {
        <Row key=place.to_string() cursor testid="drop-row">
            <Cell class="is-main"><strong>{name}</strong><span class="row-note">{meaning}</span></Cell>
            <Cell class="is-source" label="Signal"><span class="source">{sent}</span></Cell>
            <Cell class="is-time" label="Hour"><time datetime=hour.to_rfc3339() title=browser::local_time(hour)>{browser::local_day(hour)}</time></Cell>
            <Cell class="is-number" label="Count">{format!("{count} {unit}")}</Cell>
        </Row>
    }
}
