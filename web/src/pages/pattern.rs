//! One pattern: what fails, how often, what it resembles, and what was done.

mod actions;

use devos_contracts::api::{Change, PatternDetail};
use devos_contracts::pattern::{Pattern, SimilarItem};
use devos_contracts::repair::Repair;
use devos_contracts::signal::FailureSignal;
use devos_web::view::{quantity, state};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use actions::Actions;

use super::home::RepairLink;
use crate::components::badge::{Chip, StateBadge};
use crate::components::copy::{Commit, CopyButton, Ident};
use crate::components::field::Segmented;
use crate::components::header::{Fact, PageHeader, Section};
use crate::components::histogram::Occurrences;
use crate::components::loaded::{Broken, Skeleton};
use crate::components::moment::When;
use crate::components::stack::Stack;
use crate::live::on_change;
use crate::query::{Load, Query, query};

/// The page.
#[component]
pub fn PatternPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let detail = query::<PatternDetail>(move || format!("/patterns/{}", id.get()));
    let concerns = move |change: &Change| match change {
        Change::Pattern { id: changed } => changed.to_string() == id.get_untracked(),
        Change::Repair { .. } => true,
        Change::Proposal { .. } => false,
    };
    on_change(concerns, move || detail.refresh());
    // Only the stage decides what is built: a new occurrence must not close a dialog somebody writes in.
    let stage = Memo::new(move |_| match detail.get() {
        Load::Loading => Load::Loading,
        Load::Failed(failure) => Load::Failed(failure),
        Load::Ready(value) => Load::Ready(value.pattern.id),
    });
    view! {
        <div class="page">
            {move || match stage.get() {
                Load::Loading => view! { <Skeleton lines=10/> }.into_any(),
                Load::Failed(failure) => view! { <Broken failure retry=move || detail.retry()/> }.into_any(),
                Load::Ready(_) => untrack(|| detail.ready()).map(|value| view! { <Detail detail first=value.pattern/> }).into_any(),
            }}
        </div>
    }
}

#[component]
fn Detail(detail: Query<PatternDetail>, first: Pattern) -> impl IntoView {
    let id = first.id;
    let pattern = Memo::new(move |_| detail.ready().map(|detail| detail.pattern));
    let latest = Memo::new(move |_| detail.ready().map(|detail| detail.latest));
    let histogram = Memo::new(move |_| detail.ready().map(|detail| detail.histogram).unwrap_or_default());
    let similar = Memo::new(move |_| detail.ready().map(|detail| detail.similar).unwrap_or_default());
    let repairs = Memo::new(move |_| detail.ready().map(|detail| detail.repairs).unwrap_or_default());
    let message =
        Memo::new(move |_| latest.get().map(|latest| (latest.message, latest.normalized)).unwrap_or_default());
    let stack = Memo::new(move |_| latest.get().and_then(|latest| latest.stack));
    let meta = move || pattern.get().map(view_meta);
    let facts = move || pattern.get().zip(latest.get()).map(|(pattern, latest)| facts(pattern, latest));
    view! {
        <PageHeader title=first.title crumb=("/patterns", "Patterns") meta=meta.into_any()><Actions id pattern query=detail/></PageHeader>
        {move || pattern.get().and_then(view_pause)}
        <div class="split">
            <div class="split-main">
                <Section title="Occurrences"><Occurrences buckets=histogram/></Section>
                <Section title="Message"><Message message/></Section>
                {move || stack.get().map(|stack| view! { <Section title="Stack"><Stack stack/></Section> })}
                <Section title="Repairs">{move || view_repairs(repairs.get())}</Section>
            </div>
            <aside class="split-side">
                {facts}
                <Section title="Similar">{move || view_similar(similar.get())}</Section>
            </aside>
        </div>
    }
}

fn view_meta(pattern: Pattern) -> AnyView {
    view! {
        <StateBadge look=state::pattern(pattern.state)/>
        <span>{state::signal(pattern.signal_type)}</span>
        <span>{pattern.repository_name.or(pattern.service)}</span>
        <span>"last seen "<When at=pattern.last_seen/></span>
    }
    .into_any()
}

fn view_repairs(repairs: Vec<Repair>) -> AnyView {
    if repairs.is_empty() {
        return view! { <p class="calm">"No repair was tried yet."</p> }.into_any();
    }
    let links = repairs.into_iter().map(|repair| view! { <li><RepairLink repair/></li> });
    view! { <ul class="repair-links">{links.collect_view()}</ul> }.into_any()
}

fn view_pause(pattern: Pattern) -> Option<AnyView> {
    let pause = pattern.pause?;
    let until = match pause.until {
        Some(until) => view! { ", ends "<When at=until/> }.into_any(),
        None => " until somebody resumes it".into_any(),
    };
    let note = view! {
        <div class="notice">
            <strong>"Paused"{until}</strong>
            <span>{pause.reason}</span>
            <span class="quiet">{pause.by}", "<When at=pause.since/></span>
        </div>
    };
    Some(note.into_any())
}

#[component]
fn Message(message: Memo<(String, String)>) -> impl IntoView {
    let form = RwSignal::new("raw".to_owned());
    let text = Memo::new(move |_| {
        message.with(|(raw, normalized)| if form.get() == "raw" { raw.clone() } else { normalized.clone() })
    });
    view! {
        <div class="message">
            <div class="message-bar">
                <Segmented label="Form" options=vec![("raw", "As reported"), ("normalized", "Normalised")] chosen=form choose=move |value| form.set(value.into())/>
                {move || view! { <CopyButton text=text.get() label="Copy the message"/> }}
            </div>
            <pre tabindex="0">{text}</pre>
        </div>
    }
}

fn view_similar(similar: Vec<SimilarItem>) -> AnyView {
    if similar.is_empty() {
        return view! { <p class="calm">"Nothing like it is remembered."</p> }.into_any();
    }
    let items = similar.into_iter().map(|item| {
        let (label, tone) = state::memory(item.kind);
        let width = (item.score.clamp(0.0, 1.0) * 100.0).round();
        view! {
            <li>
                <a href=format!("/patterns/{}", item.pattern)>
                    <span class="similar-head"><Chip tone text=label/><span class="figure">{format!("{:.2}", item.score)}</span></span>
                    <span class="similar-title">{item.title}</span>
                    <svg viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
                        <rect class="fall-track" width="100" height="2"></rect>
                        <rect class="similar-bar" width=width height="2"></rect>
                    </svg>
                    <span class="quiet"><When at=item.at/></span>
                </a>
            </li>
        }
    });
    view! { <ul class="similar">{items.collect_view()}</ul> }.into_any()
}

fn facts(pattern: Pattern, latest: FailureSignal) -> AnyView {
    let files = latest.files.iter().map(|file| view! { <li><code>{file.clone()}</code></li> }).collect_view();
    let keys = pattern.pattern_ids.iter().take(3).map(|id| view! { <Ident id=id.to_string()/> }).collect_view();
    view! {
        <dl class="facts">
            {pattern.test.clone().map(|test| view! { <Fact label="Test"><code>{test}</code></Fact> })}
            {pattern.service.clone().map(|service| view! { <Fact label="Service">{service}</Fact> })}
            {pattern.repository.map(|id| view! { <Fact label="Repository"><a href=format!("/repositories/{id}")>{pattern.repository_name.clone()}</a></Fact> })}
            <Fact label="Seen">{quantity::times(pattern.occurrences)}</Fact>
            <Fact label="First seen"><When at=pattern.first_seen/></Fact>
            {pattern.commit.clone().map(|id| view! { <Fact label="Failing commit"><Commit id/></Fact> })}
            <Fact label="Attempts">{pattern.attempts}" in the present window"</Fact>
            {(!latest.files.is_empty()).then(|| view! { <Fact label="Files"><ul class="plain">{files}</ul></Fact> })}
            <Fact label="Trigger"><code>{latest.trigger_id.clone()}</code></Fact>
            <Fact label="Group key"><Ident id=pattern.group_key.to_string().trim_start_matches("v1:").to_owned()/></Fact>
            <Fact label="Pattern ids">{keys}{(pattern.pattern_ids.len() > 3).then(|| format!("and {} more", pattern.pattern_ids.len() - 3))}</Fact>
        </dl>
    }
    .into_any()
}
