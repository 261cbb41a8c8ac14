//! Connected repositories.

use devos_contracts::api::{ConnectRepository, Page};
use devos_contracts::repository::Repository;
use devos_contracts::scope::Role;
use devos_web::view::state::Tone;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::onboarding;
use super::sign_in::Refusal;
use crate::api::Api;
use crate::components::badge::Chip;
use crate::components::button::{Button, Weight};
use crate::components::copy::Snippet;
use crate::components::dialog::Dialog;
use crate::components::empty::Empty;
use crate::components::field::TextField;
use crate::components::header::PageHeader;
use crate::components::icon::Name;
use crate::components::loaded::{Broken, Skeleton};
use crate::components::moment::When;
use crate::components::rows::{Cell, Head, Row};
use crate::keys::{RowCursor, use_key, use_row_cursor};
use crate::navigator::use_navigator;
use crate::query::{Load, query};
use crate::session::Session;

/// The page.
#[component]
pub fn RepositoriesPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let repositories = query::<Page<Repository>>(|| "/repositories".into());
    let connecting = RwSignal::new(false);
    let navigate = use_navigator();
    let shown = move || {
        repositories
            .ready()
            .map(|page| page.items.iter().map(|repository| repository.id.to_string()).collect())
            .unwrap_or_default()
    };
    let cursor = use_row_cursor(shown, move |id| {
        navigate.open(&format!("/repositories/{id}"));
    });
    use_key("c", "Connect a repository", move || connecting.set(true));
    let may = Memo::new(move |_| session.is_at_least(Role::Maintainer));
    view! {
        <div class="page">
            <PageHeader title="Repositories">
                <Show when=move || may.get()>
                    <Button label="Connect" icon=Name::Plus keys="c" weight=Weight::Primary testid="connect" press=move || connecting.set(true)/>
                </Show>
            </PageHeader>
            {move || match repositories.get() {
                Load::Loading => view! { <Skeleton lines=5/> }.into_any(),
                Load::Failed(failure) => view! { <Broken failure retry=move || repositories.retry()/> }.into_any(),
                Load::Ready(page) if page.items.is_empty() => view! {
                    <Empty icon=Name::Repository title="No repository connected" text="Any git remote will do. Self-healing stays off until you switch it on.">
                        <Snippet text=onboarding::connect_snippet()/>
                    </Empty>
                }
                .into_any(),
                Load::Ready(page) => table(page.items, cursor),
            }}
        </div>
        <Connect open=connecting/>
    }
}

fn table(repositories: Vec<Repository>, cursor: RowCursor) -> AnyView {
    let rows = repositories.into_iter().map(|repository| view_row(repository, cursor)).collect_view();
    view! {
        <div class="table is-repositories" role="table" aria-label="Repositories">
            <div class="table-head" role="row">
                <Head text="Repository" class="is-main"/>
                <Head text="Self-healing" class="is-state"/>
                <Head text="Tier" class="is-number"/>
                <Head text="Branch" class="is-source"/>
                <Head text="Connected" class="is-time"/>
            </div>
            {rows}
        </div>
    }
    .into_any()
}

fn view_row(repository: Repository, cursor: RowCursor) -> AnyView {
    let settings = repository.settings;
    let (tone, words) = if settings.enabled {
        (Tone::Good, format!("On, level {}", settings.level))
    } else {
        (Tone::Quiet, "Off".to_owned())
    };
    view! {
        <Row key=repository.id.to_string() cursor testid="repository-row">
            <Cell class="is-main">
                <a class="row-link" href=format!("/repositories/{}", repository.id)>{repository.name.clone()}</a>
                <span class="row-note">{repository.remote.clone()}</span>
            </Cell>
            <Cell class="is-state" label="Self-healing"><Chip tone text=words/></Cell>
            <Cell class="is-number" label="Tier">{settings.tier}</Cell>
            <Cell class="is-source" label="Branch"><code>{repository.default_branch.clone()}</code></Cell>
            <Cell class="is-time" label="Connected"><When at=repository.created_at/></Cell>
        </Row>
    }
    .into_any()
}

#[component]
fn Connect(open: RwSignal<bool>) -> impl IntoView {
    let api = expect_context::<Api>();
    let (name, remote, branch) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (busy, failure) = (RwSignal::new(false), RwSignal::new(None));
    let navigate = use_navigator();
    let missing = Signal::derive(move || {
        name.with(|name| name.trim().is_empty()) || remote.with(|remote| remote.trim().is_empty())
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failure.set(None);
        let trimmed = |text: RwSignal<String>| text.get_untracked().trim().to_owned();
        let body = ConnectRepository {
            name: trimmed(name),
            remote: trimmed(remote),
            default_branch: Some(trimmed(branch)).filter(|branch| !branch.is_empty()),
            services: Vec::new(),
            settings: None,
        };
        spawn_local(async move {
            match api.post::<Repository>("/repositories", &body).await {
                Ok(repository) => {
                    navigate.open(&format!("/repositories/{}", repository.id));
                }
                Err(why) => drop(failure.try_set(Some(why))),
            }
            busy.try_set(false);
        });
    };
    view! {
        <Dialog open title="Connect a repository">
            <form on:submit=submit>
                <TextField label="Name" value=name autofocus=true placeholder="my-service" hint="How uploads and people name it." testid="connect-name"/>
                <TextField label="Remote" value=remote placeholder="https://git.example.com/my-service.git" testid="connect-remote"/>
                <TextField label="Branch (optional)" value=branch placeholder="The remote's default" testid="connect-branch"/>
                <Refusal failure/>
                <div class="dialog-actions">
                    <Button label="Cancel" weight=Weight::Ghost press=move || open.set(false)/>
                    <Button label="Connect" weight=Weight::Primary submit=true busy=busy disabled=missing testid="connect-confirm" press=|| ()/>
                </div>
            </form>
        </Dialog>
    }
}
