//! Signing in, with a password or a one-time link.

use devos_contracts::api::{Me, RedeemLink, SetPassword, SignIn};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;

use crate::api::{Api, Failure};
use crate::browser;
use crate::components::button::{Button, Weight};
use crate::components::field::TextField;
use crate::components::icon::Mark;
use crate::navigator::use_navigator;
use crate::session::{Session, Standing};

/// Shortest password the server takes.
pub const SHORTEST_PASSWORD: usize = 10;

/// The page.
#[component]
pub fn SignInPage() -> impl IntoView {
    browser::title("Sign in");
    let query = use_query_map();
    let link = query.with_untracked(|query| query.get("link"));
    view! {
        <main class="gate">
            <div class="gate-card">
                <div class="gate-brand"><Mark/><span>"DevOS Cloud"</span></div>
                {match link {
                    Some(token) => view! { <WithLink token/> }.into_any(),
                    None => view! { <WithPassword/> }.into_any(),
                }}
            </div>
            <p class="gate-foot">"Failures become proven pull requests. Nothing is merged without its evidence."</p>
        </main>
    }
}

/// Where to go after signing in: a path of this site, never another site.
fn destination() -> String {
    let next = use_query_map().with_untracked(|query| query.get("next")).unwrap_or_default();
    if next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/\\") { next } else { "/".into() }
}

#[component]
fn WithPassword() -> impl IntoView {
    let (api, session) = (expect_context::<Api>(), expect_context::<Session>());
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (busy, failure) = (RwSignal::new(false), RwSignal::new(None::<Failure>));
    let navigate = use_navigator();
    let next = destination();
    // Somebody who is signed in already has no business here.
    Effect::new(move |_| {
        if matches!(session.get(), Standing::SignedIn(_)) {
            navigate.replace(&next);
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failure.set(None);
        let body = SignIn { email: email.get_untracked().trim().to_owned(), password: password.get_untracked() };
        spawn_local(async move {
            match api.post::<Me>("/sign-in", &body).await {
                Ok(me) => session.set(Standing::SignedIn(me)),
                Err(why) => drop(failure.try_set(Some(why))),
            }
            busy.try_set(false);
        });
    };
    view! {
        <h1>"Sign in"</h1>
        <form on:submit=submit>
            <TextField label="Email" value=email kind="email" autocomplete="username" autofocus=true required=true testid="sign-in-email"/>
            <TextField label="Password" value=password kind="password" autocomplete="current-password" required=true testid="sign-in-password"/>
            <Refusal failure/>
            <Button label="Sign in" weight=Weight::Primary submit=true busy=busy testid="sign-in-submit" press=|| ()/>
        </form>
        <p class="gate-note">"First time here, or no password? Open the one-time link that "<code>"devos up"</code>" printed."</p>
    }
}

#[component]
fn WithLink(token: String) -> impl IntoView {
    let (api, session) = (expect_context::<Api>(), expect_context::<Session>());
    let (person, failure) = (RwSignal::new(None::<Me>), RwSignal::new(None::<Failure>));
    spawn_local(async move {
        match api.post::<Me>("/sign-in/link", &RedeemLink { token, password: None }).await {
            Ok(me) => {
                session.set(Standing::SignedIn(me.clone()));
                person.try_set(Some(me));
            }
            Err(why) => drop(failure.try_set(Some(why))),
        }
    });
    move || {
        match (person.get(), failure.get()) {
        (Some(me), _) => view! { <FirstPassword me/> }.into_any(),
        (None, Some(_)) => view! {
            <h1>"This link does not work"</h1>
            <Refusal failure/>
            <p class="gate-note">"A link works once and for a short time. Ask for a new one, or sign in with your password."</p>
            <a class="button is-primary" href="/sign-in" rel="external">"Sign in with a password"</a>
        }
        .into_any(),
        (None, None) => view! { <h1>"Signing you in"</h1><p class="gate-note" role="status">"One moment."</p> }.into_any(),
    }
    }
}

/// Offers a password to somebody who came by a link.
#[component]
fn FirstPassword(me: Me) -> impl IntoView {
    let (api, session) = (expect_context::<Api>(), expect_context::<Session>());
    let password = RwSignal::new(String::new());
    let (busy, failure) = (RwSignal::new(false), RwSignal::new(None::<Failure>));
    let navigate = use_navigator();
    let leave = move || navigate.replace("/");
    let short = Signal::derive(move || password.with(|password| password.chars().count() < SHORTEST_PASSWORD));
    let name = me.name.clone();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failure.set(None);
        let me = me.clone();
        spawn_local(async move {
            match api.put("/me/password", &SetPassword { password: password.get_untracked() }).await {
                Ok(()) => {
                    session.set(Standing::SignedIn(Me { has_password: true, ..me }));
                    leave();
                }
                Err(why) => {
                    failure.set(Some(why));
                    busy.set(false);
                }
            }
        });
    };
    view! {
        <h1>"Choose a password"</h1>
        <p class="gate-note">"You are signed in as "<strong>{name}</strong>". With a password you can come back without a link."</p>
        <form on:submit=submit>
            <TextField
                label="New password"
                value=password
                kind="password"
                autocomplete="new-password"
                autofocus=true
                hint="At least 10 characters."
                testid="new-password"
            />
            <Refusal failure/>
            <Button label="Save and continue" weight=Weight::Primary submit=true busy=busy disabled=short testid="new-password-submit" press=|| ()/>
            <Button label="Not now" weight=Weight::Ghost testid="new-password-skip" press=leave/>
        </form>
    }
}

/// Why it did not work.
#[component]
pub fn Refusal(failure: RwSignal<Option<Failure>>) -> impl IntoView {
    move || {
        failure.get().map(|why| {
            let request = why.request_id.map(|id| view! { <span class="refusal-request">"Request "{id}</span> });
            view! { <p class="refusal" role="alert">{if why.detail.is_empty() { why.title } else { why.detail }}{request}</p> }
        })
    }
}
