//! API tokens.

use devos_contracts::api::{CreateToken, CreatedToken, Page};
use devos_contracts::identity::ApiToken;
use devos_contracts::scope::TokenScope;
use devos_web::view::state::{self, SCOPES, Tone};
use leptos::prelude::*;
use leptos::task::spawn_local;

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
use crate::components::loaded::Loaded;
use crate::components::moment::When;
use crate::components::rows::{Cell, Head};
use crate::components::toast::Toasts;
use crate::keys::use_key;
use crate::query::{Query, query};

/// The page.
#[component]
pub fn TokensPage() -> impl IntoView {
    let tokens = query::<Page<ApiToken>>(|| "/tokens".into());
    let creating = RwSignal::new(false);
    let revoking = RwSignal::new(None::<ApiToken>);
    use_key("c", "Create a token", move || creating.set(true));
    view! {
        <div class="page">
            <PageHeader title="API tokens">
                <Button label="Create token" icon=Name::Plus keys="c" weight=Weight::Primary testid="token-create" press=move || creating.set(true)/>
            </PageHeader>
            <p class="lead">"For services, CI and agents. A token works at once and until it is revoked."</p>
            <Loaded query=tokens lines=4 draw={move |page: Page<ApiToken>| table(page.items, revoking)}/>
        </div>
        <Create open=creating tokens/>
        <Revoke token=revoking tokens/>
    }
}

fn table(tokens: Vec<ApiToken>, revoking: RwSignal<Option<ApiToken>>) -> AnyView {
    if tokens.is_empty() {
        return view! { <Empty icon=Name::Key title="No tokens" text="Create one to send telemetry, upload test results or call the API."/> }.into_any();
    }
    let rows = tokens.into_iter().map(|token| view_row(token, revoking)).collect_view();
    view! {
        <div class="table is-tokens" role="table" aria-label="API tokens">
            <div class="table-head" role="row">
                <Head text="Token" class="is-main"/>
                <Head text="Scopes" class="is-scopes"/>
                <Head text="Created" class="is-time"/>
                <Head text="Last used" class="is-time"/>
                <div class="cell is-action" role="columnheader"><span class="unseen">"Actions"</span></div>
            </div>
            {rows}
        </div>
    }
    .into_any()
}

fn view_row(token: ApiToken, revoking: RwSignal<Option<ApiToken>>) -> AnyView {
    let scopes = token.scopes.clone().into_iter().map(|scope| {
        let (word, text) = state::scope(scope);
        view! { <span title=text><Chip tone=Tone::Quiet text=word/></span> }
    });
    let used = match token.last_used_at {
        Some(at) => view! { <When at/> }.into_any(),
        None => "never".into_any(),
    };
    let revoked = token.revoked_at.is_some();
    let last = if let Some(at) = token.revoked_at {
        view! { <span class="quiet">"revoked "<When at/></span> }.into_any()
    } else {
        let chosen = token.clone();
        let press = move || revoking.set(Some(chosen.clone()));
        view! { <Button label="Revoke" weight=Weight::Ghost testid="token-revoke" press/> }.into_any()
    };
    view! {
        <div class="row" class:is-over=revoked role="row" data-testid="token-row">
            <Cell class="is-main"><strong>{token.name.clone()}</strong><span class="row-note"><code>{token.prefix.clone()}"…"</code></span></Cell>
            <Cell class="is-scopes" label="Scopes">{scopes.collect_view()}</Cell>
            <Cell class="is-time" label="Created"><When at=token.created_at/></Cell>
            <Cell class="is-time" label="Last used">{used}</Cell>
            <Cell class="is-action">{last}</Cell>
        </div>
    }
    .into_any()
}

#[component]
fn Create(open: RwSignal<bool>, tokens: Query<Page<ApiToken>>) -> impl IntoView {
    let api = expect_context::<Api>();
    let name = RwSignal::new(String::new());
    let scopes = RwSignal::new(vec![TokenScope::Ingest]);
    let created = RwSignal::new(None::<CreatedToken>);
    let (busy, failure) = (RwSignal::new(false), RwSignal::new(None));
    let missing = Signal::derive(move || name.with(|name| name.trim().is_empty()) || scopes.with(Vec::is_empty));
    Effect::new(move |_| {
        // A closed dialog forgets the secret.
        if !open.get() {
            created.set(None);
            name.set(String::new());
            failure.set(None);
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failure.set(None);
        let body = CreateToken { name: name.get_untracked().trim().to_owned(), scopes: scopes.get_untracked() };
        spawn_local(async move {
            match api.post::<CreatedToken>("/tokens", &body).await {
                Ok(token) => {
                    created.try_set(Some(token));
                    tokens.refresh();
                }
                Err(why) => drop(failure.try_set(Some(why))),
            }
            busy.try_set(false);
        });
    };
    let toggle = move |scope: TokenScope| {
        scopes.update(|scopes| match scopes.iter().position(|held| *held == scope) {
            Some(at) => drop(scopes.remove(at)),
            None => scopes.push(scope),
        });
    };
    let choices = move || {
        SCOPES.map(|scope| {
            let (word, text) = state::scope(scope);
            let checked = move || scopes.with(|scopes| scopes.contains(&scope));
            view! {
                <label class="check">
                    <input type="checkbox" prop:checked=checked on:change=move |_| toggle(scope) data-testid=format!("token-scope-{word}")/>
                    <span><strong>{word}</strong><span class="quiet">{text}</span></span>
                </label>
            }
        })
    };
    view! {
        <Dialog open title="Create a token">
            {move || match created.get() {
                Some(token) => view! {
                    <p class="consequence">"Copy the secret of "<strong>{token.token.name}</strong>" now. It is shown only this once."</p>
                    <div data-testid="token-secret"><Snippet text=token.secret/></div>
                    <div class="dialog-actions"><Button label="I have it" weight=Weight::Primary testid="token-done" press=move || open.set(false)/></div>
                }
                .into_any(),
                None => view! {
                    <form on:submit=submit>
                        <TextField label="Name" value=name autofocus=true placeholder="ci of my-service" hint="What it is for." testid="token-name"/>
                        <fieldset class="checks"><legend>"What it may do"</legend>{choices()}</fieldset>
                        <Refusal failure/>
                        <div class="dialog-actions">
                            <Button label="Cancel" weight=Weight::Ghost press=move || open.set(false)/>
                            <Button label="Create" weight=Weight::Primary submit=true busy=busy disabled=missing testid="token-confirm" press=|| ()/>
                        </div>
                    </form>
                }
                .into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn Revoke(token: RwSignal<Option<ApiToken>>, tokens: Query<Page<ApiToken>>) -> impl IntoView {
    let (api, toasts) = (expect_context::<Api>(), expect_context::<Toasts>());
    let open = RwSignal::new(false);
    let busy = RwSignal::new(false);
    Effect::new(move |_| open.set(token.with(Option::is_some)));
    Effect::new(move |_| {
        if !open.get() && token.with_untracked(Option::is_some) {
            token.set(None);
        }
    });
    let confirm = move || {
        let Some(chosen) = token.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            match api.delete(&format!("/tokens/{}", chosen.id)).await {
                Ok(()) => {
                    token.try_set(None);
                    toasts.good(&format!("{} is revoked.", chosen.name));
                    tokens.refresh();
                }
                Err(failure) => toasts.failed(&failure),
            }
            busy.try_set(false);
        });
    };
    view! {
        <Dialog open title="Revoke this token">
            <p class="consequence">
                "Whatever uses "<strong>{move || token.get().map(|token| token.name)}</strong>" is refused from this moment. This can not be undone."
            </p>
            <div class="dialog-actions">
                <Button label="Keep it" weight=Weight::Ghost press=move || token.set(None)/>
                <Button label="Revoke" weight=Weight::Danger busy=busy testid="token-revoke-confirm" press=confirm/>
            </div>
        </Dialog>
    }
}
