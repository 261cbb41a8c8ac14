//! What needs me, what is under way, what is new.

use devos_contracts::api::{Change, Page};
use devos_contracts::pattern::{Pattern, PatternState};
use devos_contracts::proposal::Proposal;
use devos_contracts::repair::{Repair, RepairState};
use devos_contracts::repository::Repository;
use devos_web::view::state;
use leptos::prelude::*;

use super::onboarding::Onboarding;
use super::proposals::ProposalCard;
use crate::components::badge::StateBadge;
use crate::components::empty::Empty;
use crate::components::glyph::StateGlyph;
use crate::components::header::{PageHeader, Section};
use crate::components::icon::{Icon, Name};
use crate::components::loaded::{Broken, Loaded, Skeleton};
use crate::components::moment::{Age, When};
use crate::live::on_change;
use crate::query::{Load, Query, query};

/// Rows of each list.
const SHOWN: usize = 6;

/// The lists that the page draws from.
#[derive(Clone, Copy)]
struct Lists {
    proposals: Query<Page<Proposal>>,
    repairs: Query<Page<Repair>>,
    patterns: Query<Page<Pattern>>,
    repositories: Query<Page<Repository>>,
}

/// The page.
#[component]
pub fn HomePage() -> impl IntoView {
    let lists = Lists {
        proposals: query(|| "/proposals?state=open".into()),
        repairs: query(|| "/repairs".into()),
        patterns: query(|| "/patterns".into()),
        repositories: query(|| "/repositories".into()),
    };
    on_change(|change| matches!(change, Change::Proposal { .. }), move || lists.proposals.refresh());
    on_change(|change| matches!(change, Change::Repair { .. }), move || lists.repairs.refresh());
    on_change(|_| true, move || lists.patterns.refresh());
    // The guide stays until there is something to look at.
    let stage = Memo::new(move |_| match (lists.repositories.get(), lists.patterns.get()) {
        (Load::Failed(failure), _) | (_, Load::Failed(failure)) => Load::Failed(failure),
        (Load::Ready(repositories), Load::Ready(patterns)) => {
            Load::Ready(repositories.items.is_empty() || patterns.items.is_empty())
        }
        _ => Load::Loading,
    });
    view! {
        <div class="page">
            {move || match stage.get() {
                Load::Loading => view! { <PageHeader title="Home"/><Skeleton lines=8/> }.into_any(),
                Load::Failed(failure) => {
                    let retry = move || {
                        lists.repositories.retry();
                        lists.patterns.retry();
                    };
                    view! { <PageHeader title="Home"/><Broken failure retry/> }.into_any()
                }
                Load::Ready(true) => {
                    view! { <Onboarding repositories=lists.repositories patterns=lists.patterns/> }.into_any()
                }
                Load::Ready(false) => view! { <Overview lists/> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Overview(lists: Lists) -> impl IntoView {
    view! {
        <PageHeader title="Home"/>
        <Figures lists/>
        <Section title="Needs you"><Loaded query=lists.proposals lines=2 draw=needs_me/></Section>
        <div class="columns">
            <Section title="In flight" note=all("/repairs")><Loaded query=lists.repairs lines=4 draw=in_flight/></Section>
            <Section title="Newest patterns" note=all("/patterns")><Loaded query=lists.patterns lines=4 draw=newest/></Section>
        </div>
    }
}

fn all(href: &'static str) -> AnyView {
    view! { <a class="quiet-link" href=href>"All"<Icon name=Name::Arrow/></a> }.into_any()
}

/// The counts across the top; each leads to its list.
#[component]
fn Figures(lists: Lists) -> impl IntoView {
    let patterns = move |wanted: PatternState| figure(lists.patterns.ready(), move |pattern| pattern.state == wanted);
    let open = move || patterns(PatternState::Open);
    let fixed = move || patterns(PatternState::Fixed);
    let flying = move || figure(lists.repairs.ready(), |repair| is_flying(repair.state));
    let waiting = move || figure(lists.proposals.ready(), |_| true);
    view! {
        <ul class="figures">
            <li><a href="/proposals?state=open"><strong>{waiting}</strong><span>"waiting for you"</span></a></li>
            <li><a href="/repairs"><strong>{flying}</strong><span>"repairs in flight"</span></a></li>
            <li><a href="/patterns?state=open"><strong>{open}</strong><span>"open patterns"</span></a></li>
            <li><a href="/patterns?state=fixed"><strong>{fixed}</strong><span>"fixed and silent"</span></a></li>
        </ul>
    }
}

/// How many of a page's items match; with a plus when there are more pages.
fn figure<T>(page: Option<Page<T>>, matches: impl Fn(&T) -> bool) -> String {
    page.map_or_else(
        || "·".into(),
        |page| {
            let count = page.items.iter().filter(|item| matches(item)).count();
            format!("{count}{}", if page.next_cursor.is_some() { "+" } else { "" })
        },
    )
}

/// Under way and not waiting for a person.
fn is_flying(state: RepairState) -> bool {
    !state.is_final() && state != RepairState::AwaitingHuman
}

fn needs_me(page: Page<Proposal>) -> AnyView {
    if page.items.is_empty() {
        return view! { <p class="calm"><Icon name=Name::Check/>"Nothing waits for you. Proposals appear here the moment they are proven."</p> }.into_any();
    }
    // Who waits longest comes first.
    let mut proposals = page.items;
    proposals.sort_by_key(|proposal| proposal.created_at);
    let cards = proposals.into_iter().take(SHOWN).map(|proposal| view! { <ProposalCard proposal/> });
    view! { <div class="cards">{cards.collect_view()}</div> }.into_any()
}

fn in_flight(page: Page<Repair>) -> AnyView {
    let flying: Vec<_> = page.items.into_iter().filter(|repair| is_flying(repair.state)).take(SHOWN).collect();
    if flying.is_empty() {
        return view! { <p class="calm">"No repair is under way."</p> }.into_any();
    }
    let rows = flying.into_iter().map(|repair| {
        view! {
            <li>
                <a href=format!("/repairs/{}", repair.id)>
                    <StateGlyph look=state::repair(repair.state)/>
                    <span class="mini-title">{repair.pattern_title}</span>
                    <span class="mini-note">{state::repair(repair.state).label}" · "{repair.repository_name}</span>
                    <span class="mini-time"><Age since=repair.created_at/></span>
                </a>
            </li>
        }
    });
    view! { <ul class="mini">{rows.collect_view()}</ul> }.into_any()
}

fn newest(page: Page<Pattern>) -> AnyView {
    let mut patterns = page.items;
    patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.first_seen));
    if patterns.is_empty() {
        return view! { <Empty icon=Name::Layers title="No patterns" text="Nothing failed yet."/> }.into_any();
    }
    let rows = patterns.into_iter().take(SHOWN).map(|pattern| {
        let place = pattern.repository_name.or(pattern.service).unwrap_or_default();
        view! {
            <li>
                <a href=format!("/patterns/{}", pattern.id)>
                    <StateGlyph look=state::pattern(pattern.state)/>
                    <span class="mini-title">{pattern.title}</span>
                    <span class="mini-note">{state::signal(pattern.signal_type)}" · "{place}</span>
                    <span class="mini-time"><When at=pattern.first_seen/></span>
                </a>
            </li>
        }
    });
    view! { <ul class="mini">{rows.collect_view()}</ul> }.into_any()
}

/// A state in a sentence's flow, for pages that have no room for a badge of their own.
#[component]
pub fn RepairLink(repair: Repair) -> impl IntoView {
    view! {
        <a class="repair-link" href=format!("/repairs/{}", repair.id)>
            <StateBadge look=state::repair(repair.state)/>
            <span class="repair-reason">{repair.reason}</span>
            <span class="quiet"><When at=repair.updated_at/></span>
        </a>
    }
}
