//! One repair: its road, its culprit search and its journal, live.

use devos_contracts::api::{Change, Reason, RepairDetail};
use devos_contracts::proposal::Proposal;
use devos_contracts::repair::{Repair, RepairState};
use devos_web::view::{journey, prose, quantity, state, suspects};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;

use super::proposals::ProposalCard;
use crate::api::Api;
use crate::components::badge::StateBadge;
use crate::components::button::{Button, Weight};
use crate::components::copy::Ident;
use crate::components::dialog::Dialog;
use crate::components::field::TextArea;
use crate::components::header::{Fact, PageHeader, Section};
use crate::components::icon::Name;
use crate::components::loaded::{Broken, Skeleton};
use crate::components::moment::{Age, When};
use crate::components::stepper::Stepper;
use crate::components::suspects::SuspectStrip;
use crate::components::timeline::Timeline;
use crate::components::toast::Toasts;
use crate::live::on_change;
use crate::query::{Load, Query, query};

/// The page.
#[component]
pub fn RepairPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let detail = query::<RepairDetail>(move || format!("/repairs/{}", id.get()));
    let concerns = move |change: &Change| match change {
        Change::Repair { id: changed, .. } => changed.to_string() == id.get_untracked(),
        Change::Proposal { id: changed } => {
            detail.ready().is_some_and(|detail| detail.proposal.is_some_and(|proposal| proposal.id == *changed))
        }
        Change::Pattern { .. } => false,
    };
    on_change(concerns, move || detail.refresh());
    // Only the stage decides what is built; a step of the journal updates its own part.
    let stage = Memo::new(move |_| match detail.get() {
        Load::Loading => Load::Loading,
        Load::Failed(failure) => Load::Failed(failure),
        Load::Ready(value) => Load::Ready(value.repair.id),
    });
    view! {
        <div class="page">
            {move || match stage.get() {
                Load::Loading => view! { <Skeleton lines=10/> }.into_any(),
                Load::Failed(failure) => view! { <Broken failure retry=move || detail.retry()/> }.into_any(),
                Load::Ready(_) => untrack(|| detail.ready()).map(|value| view! { <Detail detail first=value.repair/> }).into_any(),
            }}
        </div>
    }
}

#[component]
fn Detail(detail: Query<RepairDetail>, first: Repair) -> impl IntoView {
    let known = first.clone();
    let repair = Memo::new(move |_| detail.ready().map(|detail| detail.repair));
    let journal = Memo::new(move |_| detail.ready().map(|detail| detail.journal).unwrap_or_default());
    let proposal = Memo::new(move |_| detail.ready().and_then(|detail| detail.proposal));
    let search = Memo::new(move |_| journal.with(|journal| suspects::search(journal)));
    let going = Signal::derive(move || repair.get().is_some_and(|repair| !repair.state.is_final()));
    let now = move || {
        repair.get().map(|repair| view! { <StateBadge look=state::repair(repair.state) testid="repair-state"/> })
    };
    let meta =
        view! { {now}<span>{first.repository_name.clone()}</span><span>"opened "<When at=first.created_at/></span> };
    let review = move || {
        let waits = repair.get().is_some_and(|repair| repair.state == RepairState::AwaitingHuman);
        let proposal = proposal.get().filter(|_| waits)?;
        Some(
            view! { <a class="button is-primary" href=format!("/proposals/{}", proposal.id)>"Review the proposal"</a> },
        )
    };
    let strip =
        move || search.get().map(|search| view! { <Section title="Culprit search"><SuspectStrip search/></Section> });
    let steps =
        move || view! { <span class="quiet">{journal.with(|journal| quantity::counted(journal.len(), "step"))}</span> };
    view! {
        <PageHeader title=first.pattern_title.clone() crumb=("/repairs", "Repairs") meta=meta.into_any()><Cancel first=first.clone() going detail/>{review}</PageHeader>
        {move || repair.get().map(|repair| view! { <Stepper stations=journal.with(|journal| journey::stations(repair.state, journal)).to_vec()/> })}
        <p class="lead">{move || repair.get().map(|repair| prose::sentence(&repair.reason))}</p>
        <div class="split">
            <div class="split-main">
                {strip}
                <Section title="Journal" note=steps.into_any()><Timeline entries=journal going/></Section>
            </div>
            <aside class="split-side">
                {move || proposal.get().map(|proposal: Proposal| view! { <Section title="Proposal"><ProposalCard proposal/></Section> })}
                <Facts first=known repair/>
            </aside>
        </div>
    }
}

#[component]
fn Facts(first: Repair, repair: Memo<Option<Repair>>) -> impl IntoView {
    let lasted = move || {
        repair.get().map(|repair| {
            if repair.state.is_final() {
                let seconds = repair.updated_at.signed_duration_since(repair.created_at).num_milliseconds();
                quantity::elapsed(u64::try_from(seconds).unwrap_or(0)).into_any()
            } else {
                view! { <Age since=repair.created_at/>" so far" }.into_any()
            }
        })
    };
    view! {
        <dl class="facts">
            <Fact label="Pattern"><a href=format!("/patterns/{}", first.pattern)>{first.pattern_title}</a></Fact>
            <Fact label="Repository"><a href=format!("/repositories/{}", first.repository)>{first.repository_name}</a></Fact>
            <Fact label="Took">{lasted}</Fact>
            <Fact label="Last step">{move || repair.get().map(|repair| view! { <When at=repair.updated_at/> })}</Fact>
            <Fact label="Repair"><Ident id=first.id.to_string()/></Fact>
        </dl>
    }
}

#[component]
fn Cancel(first: Repair, going: Signal<bool>, detail: Query<RepairDetail>) -> impl IntoView {
    let (api, toasts) = (expect_context::<Api>(), expect_context::<Toasts>());
    let open = RwSignal::new(false);
    let reason = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let path = format!("/repairs/{}/cancel", first.id);
    let confirm = move || {
        busy.set(true);
        let path = path.clone();
        let body = Reason { reason: reason.get_untracked().trim().to_owned() };
        spawn_local(async move {
            match api.tell(&path, &body).await {
                Ok(()) => {
                    open.try_set(false);
                    toasts.good("Cancelled.");
                    detail.refresh();
                }
                Err(failure) => toasts.failed(&failure),
            }
            busy.try_set(false);
        });
    };
    let confirm = StoredValue::new(confirm);
    view! {
        <Show when=move || going.get()><Button label="Cancel repair" icon=Name::Cross testid="cancel" press=move || open.set(true)/></Show>
        <Dialog open title="Cancel this repair">
            <p class="consequence">"The repair stops after its present step and its proposal, if there is one, is closed. The attempt still counts."</p>
            <TextArea label="Why (optional)" value=reason autofocus=true testid="cancel-reason"/>
            <div class="dialog-actions">
                <Button label="Keep going" weight=Weight::Ghost press=move || open.set(false)/>
                <Button label="Cancel repair" weight=Weight::Danger busy=busy testid="cancel-confirm" press=move || confirm.with_value(|confirm| confirm())/>
            </div>
        </Dialog>
    }
}
