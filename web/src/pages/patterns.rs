//! The list of patterns.

use devos_contracts::RepositoryId;
use devos_contracts::api::{Change, Page};
use devos_contracts::pattern::Pattern;
use devos_contracts::repository::Repository;
use devos_web::view::filter::{Column, PatternFilter, Sort};
use devos_web::view::{quantity, state};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::onboarding;
use crate::components::button::{Button, Weight};
use crate::components::copy::Snippet;
use crate::components::empty::Empty;
use crate::components::field::Segmented;
use crate::components::glyph::StateGlyph;
use crate::components::header::PageHeader;
use crate::components::icon::{Icon, Name};
use crate::components::moment::When;
use crate::components::rows::{Cell, Head, Row, Rows, SortHead};
use crate::keys::{RowCursor, use_row_cursor};
use crate::listing::listing;
use crate::live::on_change;
use crate::navigator::use_navigator;
use crate::query::query;

/// The states to filter by.
const STATES: [(&str, &str); 5] =
    [("", "All"), ("open", "Open"), ("repairing", "Repairing"), ("paused", "Paused"), ("fixed", "Fixed")];

/// The page.
#[component]
pub fn PatternsPage() -> impl IntoView {
    let map = use_query_map();
    let filter = Memo::new(move |_| {
        map.with(|map| {
            let value = |key: &str| map.get(key).unwrap_or_default();
            PatternFilter {
                state: value("state"),
                words: value("q"),
                repository: value("repository"),
                sort: Sort::parse(&value("sort")),
            }
        })
    });
    let navigate = use_navigator();
    let apply = move |next: PatternFilter| {
        navigate.replace(&format!("/patterns{}", next.address()));
    };
    let patterns = listing(
        move |cursor| filter.with(|filter| filter.api_path(cursor)),
        |pattern: &Pattern| pattern.id.to_string(),
    );
    on_change(|change| matches!(change, Change::Pattern { .. }), move || patterns.refresh());
    let repositories = query::<Page<Repository>>(|| "/repositories".into());

    let order = move |mut rows: Vec<Pattern>| {
        let sort = filter.get().sort;
        if sort != Sort::default() {
            rows.sort_by(|a, b| sort.compare(a, b));
        }
        rows
    };
    let shown =
        move || order(patterns.with(<[Pattern]>::to_vec)).iter().map(|pattern| pattern.id.to_string()).collect();
    let cursor = use_row_cursor(shown, move |id| {
        navigate.open(&format!("/patterns/{id}"));
    });
    let allowed = Memo::new(move |_| {
        let page = repositories.ready();
        page.map(|page| page.items.iter().map(|r| (r.id, r.settings.max_attempts_per_pattern)).collect::<Vec<_>>())
            .unwrap_or_default()
    });
    let row = move |pattern: Pattern| view_row(pattern, allowed, cursor);
    let head = move || {
        let column = move |text: &'static str, class: &'static str, column: Column| {
            let ascending = Signal::derive(move || {
                filter.with(|filter| (filter.sort.column == column).then_some(filter.sort.ascending))
            });
            let press = move || {
                let mut next = filter.get_untracked();
                next.sort = next.sort.toggled(column);
                apply(next);
            };
            view! { <SortHead text class ascending press/> }
        };
        view! {
            {column("Pattern", "is-main", Column::Title)}
            <Head text="Source" class="is-source"/>
            {column("Seen", "is-number", Column::Occurrences)}
            {column("First", "is-time", Column::FirstSeen)}
            {column("Last", "is-time", Column::LastSeen)}
            {column("Attempts", "is-number", Column::Attempts)}
        }
    };
    let empty = move || {
        if filter.with(PatternFilter::narrows) {
            view_nothing(move || apply(PatternFilter::default()))
        } else {
            view_none()
        }
    };
    view! {
        <div class="page">
            <PageHeader title="Patterns"/>
            <Filters filter repositories=Signal::derive(move || repositories.ready().map(|page| page.items).unwrap_or_default()) apply/>
            <Rows listing=patterns label="Patterns" class="is-patterns" head=head.into() empty=empty order version=version row/>
        </div>
    }
}

/// A row is drawn anew when one of these changes.
fn version(pattern: &Pattern) -> (String, i64, i64, u32, String) {
    (
        pattern.id.to_string(),
        pattern.occurrences,
        pattern.last_seen.timestamp_millis(),
        pattern.attempts,
        state::word(pattern.state),
    )
}

#[component]
fn Filters(
    filter: Memo<PatternFilter>,
    repositories: Signal<Vec<Repository>>,
    apply: impl Fn(PatternFilter) + Copy + Send + 'static,
) -> impl IntoView {
    let chosen = Signal::derive(move || filter.with(|filter| filter.state.clone()));
    let choose = move |state: &'static str| apply(PatternFilter { state: state.into(), ..filter.get_untracked() });
    let options = move || {
        let here = filter.with(|filter| filter.repository.clone());
        let option = |repository: Repository| {
            let id = repository.id.to_string();
            let selected = id == here;
            view! { <option value=id selected=selected>{repository.name}</option> }
        };
        repositories.get().into_iter().map(option).collect_view()
    };
    view! {
        <div class="filters" role="search">
            <label class="filter-search">
                <Icon name=Name::Search/>
                <span class="unseen">"Search patterns"</span>
                <input
                    type="search"
                    placeholder="Search messages, tests and services"
                    prop:value=move || filter.with(|filter| filter.words.clone())
                    on:input:target=move |event| apply(PatternFilter { words: event.target().value(), ..filter.get_untracked() })
                />
            </label>
            <Segmented label="State" options=STATES.to_vec() chosen choose/>
            <label class="filter-select">
                <span class="unseen">"Repository"</span>
                <select class="input" on:change:target=move |event| apply(PatternFilter { repository: event.target().value(), ..filter.get_untracked() })>
                    <option value="">"All repositories"</option>
                    {options}
                </select>
            </label>
        </div>
    }
}

fn view_row(pattern: Pattern, allowed: Memo<Vec<(RepositoryId, u32)>>, cursor: RowCursor) -> AnyView {
    let look = state::pattern(pattern.state);
    let place = pattern.repository_name.clone().or_else(|| pattern.service.clone()).unwrap_or_else(|| "unknown".into());
    let (count, repository) = (pattern.attempts, pattern.repository);
    let attempts = move || {
        let limit =
            allowed.with(|allowed| allowed.iter().find(|(id, _)| Some(*id) == repository).map(|(_, limit)| *limit));
        let used_up = limit.is_some_and(|limit| count >= limit);
        let title =
            if used_up { "A person is asked instead of trying again" } else { "Repairs started in the present window" };
        let of = limit.map(|limit| format!(" / {limit}"));
        view! { <span class:tone-warn=used_up class:is-inked=used_up title=title>{count}{of}</span> }
    };
    view! {
        <Row key=pattern.id.to_string() cursor testid="pattern-row">
            <Cell class="is-main">
                <span class="row-state" title=look.label><StateGlyph look/><span class="unseen">{look.label}</span></span>
                <a class="row-link" href=format!("/patterns/{}", pattern.id)>{pattern.title.clone()}</a>
                <span class="row-note">{pattern.test.clone()}</span>
            </Cell>
            <Cell class="is-source" label="Source"><span class="source">{place}</span><span class="row-note">{state::signal(pattern.signal_type)}</span></Cell>
            <Cell class="is-number" label="Seen"><span title=quantity::grouped(pattern.occurrences)>{quantity::compact(pattern.occurrences)}</span></Cell>
            <Cell class="is-time" label="First"><When at=pattern.first_seen/></Cell>
            <Cell class="is-time" label="Last"><When at=pattern.last_seen/></Cell>
            <Cell class="is-number" label="Attempts">{attempts}</Cell>
        </Row>
    }
    .into_any()
}

fn view_nothing(clear: impl Fn() + Send + 'static) -> AnyView {
    view! {
        <Empty icon=Name::Search title="Nothing matches" text="No pattern fits these filters.">
            <Button label="Clear the filters" weight=Weight::Plain press=clear/>
        </Empty>
    }
    .into_any()
}

fn view_none() -> AnyView {
    view! {
        <Empty icon=Name::Layers title="No failures yet" text="Upload test results or send telemetry; equal failures are gathered into one pattern.">
            <Snippet text=onboarding::tests_snippet()/>
        </Empty>
    }
    .into_any()
}
