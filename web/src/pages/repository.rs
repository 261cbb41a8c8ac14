//! One repository and what it grants.

mod draft;
mod form;
mod saving;

use devos_contracts::api::{Change, Page};
use devos_contracts::pattern::Pattern;
use devos_contracts::repository::Repository;
use devos_web::view::state::Tone;
use devos_web::view::{filter, ladder, quantity};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::components::badge::Chip;
use crate::components::copy::{CopyButton, Ident};
use crate::components::header::{Fact, PageHeader, Section};
use crate::components::icon::{Icon, Name};
use crate::components::loaded::Loaded;
use crate::components::moment::When;
use crate::live::on_change;
use crate::query::{Query, query};

/// The page.
#[component]
pub fn RepositoryPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    // Not refreshed by itself: nobody wants a form to change under their hands; saving finds conflicts.
    let repository = query::<Repository>(move || format!("/repositories/{}", id.get()));
    view! { <div class="page"><Loaded query=repository lines=12 draw=move |value: Repository| view_repository(value, repository)/></div> }
}

fn view_repository(repository: Repository, query: Query<Repository>) -> AnyView {
    let draft = draft::Draft::new(&repository);
    let (tone, words) = if repository.settings.enabled {
        (Tone::Good, format!("Self-healing on, level {}", repository.settings.level))
    } else {
        (Tone::Quiet, "Self-healing off".to_owned())
    };
    let meta = view! {
        <Chip tone text=words/>
        <span class="branches"><Icon name=Name::Branch/><code>{repository.default_branch.clone()}</code></span>
        <span>"connected "<When at=repository.created_at/></span>
    };
    let limits = Memo::new(move |_| draft.settings.with(ladder::limits));
    view! {
        <PageHeader title=repository.name.clone() crumb=("/repositories", "Repositories") meta=meta.into_any()/>
        <div class="split">
            <div class="split-main"><form::SettingsForm draft since=repository.created_at/></div>
            <aside class="split-side">
                <Section title="What limits it">
                    <ul class="limits">{move || limits.get().into_iter().map(|limit| view! { <li>{limit}</li> }).collect_view()}</ul>
                </Section>
                {facts(repository.clone())}
                <Section title="Paused patterns"><Paused repository=repository.id.to_string()/></Section>
            </aside>
        </div>
        <saving::SaveBar draft repository query/>
    }
    .into_any()
}

fn facts(repository: Repository) -> AnyView {
    let services =
        if repository.services.is_empty() { repository.name.clone() } else { repository.services.join(", ") };
    view! {
        <dl class="facts">
            <Fact label="Remote"><span class="ident"><code class="is-long">{repository.remote.clone()}</code><CopyButton text=repository.remote.clone()/></span></Fact>
            <Fact label="Services">{services}</Fact>
            <Fact label="Settings version">{quantity::grouped(repository.settings_version)}</Fact>
            <Fact label="Repository"><Ident id=repository.id.to_string()/></Fact>
        </dl>
    }
    .into_any()
}

#[component]
fn Paused(repository: String) -> impl IntoView {
    let path = format!("/patterns{}", filter::query(&[("state", "paused"), ("repository", &repository)]));
    let paused = query::<Page<Pattern>>(move || path.clone());
    on_change(|change| matches!(change, Change::Pattern { .. }), move || paused.refresh());
    let draw = |page: Page<Pattern>| {
        if page.items.is_empty() {
            return view! { <p class="calm">"None."</p> }.into_any();
        }
        let rows = page.items.into_iter().map(|pattern| {
            let pause = pattern.pause.map(|pause| view! { <span class="quiet">{pause.reason}" · "{pause.by}</span> });
            view! { <li><a href=format!("/patterns/{}", pattern.id)>{pattern.title}</a>{pause}</li> }
        });
        view! { <ul class="paused">{rows.collect_view()}</ul> }.into_any()
    };
    view! { <Loaded query=paused lines=2 draw/> }
}
