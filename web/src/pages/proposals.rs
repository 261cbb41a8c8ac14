//! The review queue.

use devos_contracts::api::Change;
use devos_contracts::proposal::{Proposal, ProposalState};
use devos_web::view::{filter, state};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::components::badge::{RiskChip, StateBadge};
use crate::components::empty::Empty;
use crate::components::field::Segmented;
use crate::components::glyph::StateGlyph;
use crate::components::header::PageHeader;
use crate::components::icon::Name;
use crate::components::moment::{Age, When};
use crate::components::rows::{Cell, Head, Row, Rows};
use crate::keys::{RowCursor, use_row_cursor};
use crate::listing::listing;
use crate::live::on_change;
use crate::navigator::use_navigator;

/// The states to filter by.
const STATES: [(&str, &str); 5] =
    [("", "All"), ("open", "Needs a decision"), ("merged", "Merged"), ("rejected", "Rejected"), ("closed", "Closed")];

/// The page.
#[component]
pub fn ProposalsPage() -> impl IntoView {
    let map = use_query_map();
    let chosen = Memo::new(move |_| map.with(|map| map.get("state")).unwrap_or_default());
    let proposals = listing(
        move |cursor| {
            format!("/proposals{}", filter::query(&[("state", &chosen.get()), ("cursor", cursor.unwrap_or_default())]))
        },
        |proposal: &Proposal| proposal.id.to_string(),
    );
    on_change(|change| matches!(change, Change::Proposal { .. }), move || proposals.refresh());
    let navigate = use_navigator();
    let choose = move |word: &'static str| {
        navigate.replace(&format!("/proposals{}", filter::query(&[("state", word)])));
    };
    let shown = move || proposals.with(|rows| rows.iter().map(|proposal| proposal.id.to_string()).collect());
    let cursor = use_row_cursor(shown, move |id| {
        navigate.open(&format!("/proposals/{id}"));
    });
    let head = || {
        view! {
            <Head text="Proposal" class="is-main"/>
            <Head text="State" class="is-state"/>
            <Head text="Risk" class="is-risk"/>
            <Head text="Confidence" class="is-number"/>
            <Head text="Repository" class="is-source"/>
            <Head text="Opened" class="is-time"/>
        }
    };
    let empty = move || {
        if chosen.get().is_empty() {
            view! { <Empty icon=Name::PullRequest title="No proposals yet" text="A proposal appears here once a repair has proven its change: the test failed before it and passes after it."/> }.into_any()
        } else {
            view! { <Empty icon=Name::PullRequest title="Nothing matches" text="No proposal is in this state."><a class="button" href="/proposals">"Show all"</a></Empty> }.into_any()
        }
    };
    view! {
        <div class="page">
            <PageHeader title="Proposals"/>
            <div class="filters"><Segmented label="State" options=STATES.to_vec() chosen choose/></div>
            <Rows
                listing=proposals
                label="Proposals"
                class="is-proposals"
                head=head.into()
                empty=empty
                order=|rows| rows
                version=|proposal: &Proposal| (proposal.id.to_string(), state::word(proposal.state))
                row=move |proposal| view_row(proposal, cursor)
            />
        </div>
    }
}

fn view_row(proposal: Proposal, cursor: RowCursor) -> AnyView {
    let culprit = format!("reverts {} by {}", proposal.culprit.commit.short(), proposal.culprit.author);
    view! {
        <Row key=proposal.id.to_string() cursor testid="proposal-row">
            <Cell class="is-main">
                <a class="row-link" href=format!("/proposals/{}", proposal.id)>{proposal.title}</a>
                <span class="row-note">{culprit}</span>
            </Cell>
            <Cell class="is-state" label="State"><StateBadge look=state::proposal(proposal.state)/></Cell>
            <Cell class="is-risk" label="Risk"><RiskChip score=proposal.risk.score label=proposal.risk.label/></Cell>
            <Cell class="is-number" label="Confidence">{proposal.confidence}" %"</Cell>
            <Cell class="is-source" label="Repository"><span class="source">{proposal.repository_name}</span></Cell>
            <Cell class="is-time" label="Opened"><When at=proposal.created_at/></Cell>
        </Row>
    }
    .into_any()
}

/// A proposal in brief.
#[component]
pub fn ProposalCard(proposal: Proposal) -> impl IntoView {
    let look = state::proposal(proposal.state);
    let proofs = proposal.evidence.iter().filter(|evidence| evidence.holds).count();
    let waits = (proposal.state == ProposalState::Open)
        .then(|| view! { <span class="card-wait">"waiting "<Age since=proposal.created_at/></span> });
    view! {
        <a class="card" href=format!("/proposals/{}", proposal.id)>
            <span class="card-head"><StateGlyph look/><span class="card-title">{proposal.title}</span></span>
            <span class="card-note">{proposal.repository_name}" · reverts "{proposal.culprit.subject}</span>
            <span class="card-foot">
                <RiskChip score=proposal.risk.score label=proposal.risk.label/>
                <span>{proposal.confidence}" % confident"</span>
                <span>{proofs}" of "{proposal.evidence.len()}" proofs hold"</span>
                {waits}
            </span>
        </a>
    }
}
