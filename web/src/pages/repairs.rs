//! The list of repairs.

use devos_contracts::api::Change;
use devos_contracts::repair::{Repair, RepairState};
use devos_web::view::{filter, state};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::components::badge::StateBadge;
use crate::components::empty::Empty;
use crate::components::field::Segmented;
use crate::components::header::PageHeader;
use crate::components::icon::Name;
use crate::components::moment::When;
use crate::components::rows::{Cell, Head, Row, Rows};
use crate::keys::{RowCursor, use_row_cursor};
use crate::listing::listing;
use crate::live::on_change;
use crate::navigator::use_navigator;

/// The states to filter by that people ask for most; the rest are in the list beside them.
const COMMON: [(&str, &str); 4] =
    [("", "All"), ("awaiting_human", "Awaiting a decision"), ("watching", "Watching"), ("fixed", "Fixed")];

/// The page.
#[component]
pub fn RepairsPage() -> impl IntoView {
    let map = use_query_map();
    let chosen = Memo::new(move |_| map.with(|map| map.get("state")).unwrap_or_default());
    let repairs = listing(
        move |cursor| {
            format!("/repairs{}", filter::query(&[("state", &chosen.get()), ("cursor", cursor.unwrap_or_default())]))
        },
        |repair: &Repair| repair.id.to_string(),
    );
    on_change(|change| matches!(change, Change::Repair { .. }), move || repairs.refresh());
    let navigate = use_navigator();
    let choose = move |word: &str| {
        navigate.replace(&format!("/repairs{}", filter::query(&[("state", word)])));
    };
    let shown = move || repairs.with(|rows| rows.iter().map(|repair| repair.id.to_string()).collect());
    let cursor = use_row_cursor(shown, move |id| {
        navigate.open(&format!("/repairs/{id}"));
    });
    let head = || {
        view! {
            <Head text="Repair" class="is-main"/>
            <Head text="State" class="is-state"/>
            <Head text="Repository" class="is-source"/>
            <Head text="Opened" class="is-time"/>
            <Head text="Last step" class="is-time"/>
        }
    };
    let empty = move || {
        if chosen.get().is_empty() {
            view! { <Empty icon=Name::Wrench title="No repairs yet" text="A repair starts when a pattern of an enabled repository fails, or from a pattern's page."><a class="button" href="/patterns">"Open patterns"</a></Empty> }.into_any()
        } else {
            view! { <Empty icon=Name::Search title="Nothing matches" text="No repair is in this state."><a class="button" href="/repairs">"Show all"</a></Empty> }.into_any()
        }
    };
    let options = move || {
        let here = chosen.get();
        let option = |state: RepairState| view! { <option value=state.as_str() selected=here == state.as_str()>{state::repair(state).label}</option> };
        RepairState::ALL.map(option)
    };
    view! {
        <div class="page">
            <PageHeader title="Repairs"/>
            <div class="filters" role="search">
                <Segmented label="State" options=COMMON.to_vec() chosen choose=move |word| choose(word)/>
                <label class="filter-select">
                    <span class="unseen">"State"</span>
                    <select class="input" on:change:target=move |event| choose(&event.target().value())>
                        <option value="">"Any state"</option>
                        {options}
                    </select>
                </label>
            </div>
            <Rows
                listing=repairs
                label="Repairs"
                class="is-repairs"
                head=head.into()
                empty=empty
                order=|rows| rows
                version=|repair: &Repair| (repair.id.to_string(), repair.state.as_str(), repair.updated_at.timestamp_millis())
                row=move |repair| view_row(repair, cursor)
            />
        </div>
    }
}

fn view_row(repair: Repair, cursor: RowCursor) -> AnyView {
    view! {
        <Row key=repair.id.to_string() cursor testid="repair-row">
            <Cell class="is-main">
                <a class="row-link" href=format!("/repairs/{}", repair.id)>{repair.pattern_title}</a>
                <span class="row-note">{repair.reason}</span>
            </Cell>
            <Cell class="is-state" label="State"><StateBadge look=state::repair(repair.state)/></Cell>
            <Cell class="is-source" label="Repository"><span class="source">{repair.repository_name}</span></Cell>
            <Cell class="is-time" label="Opened"><When at=repair.created_at/></Cell>
            <Cell class="is-time" label="Last step"><When at=repair.updated_at/></Cell>
        </Row>
    }
    .into_any()
}
