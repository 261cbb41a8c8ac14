//! The signed-in person's own settings.

use devos_contracts::api::{Me, SetPassword};
use devos_web::view::state;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::sign_in::{Refusal, SHORTEST_PASSWORD};
use crate::api::Api;
use crate::components::button::{Button, Weight};
use crate::components::field::TextField;
use crate::components::header::{Fact, PageHeader, Section};
use crate::components::toast::Toasts;
use crate::session::{Session, Standing};

/// The page.
#[component]
pub fn AccountPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let facts = move || {
        session.me().map(|me| {
            view! {
                <dl class="facts">
                    <Fact label="Signed in as">{me.name}</Fact>
                    <Fact label="Organisation">{me.tenant_name}</Fact>
                    <Fact label="Role">{me.role.map(state::role)}</Fact>
                </dl>
            }
        })
    };
    view! {
        <div class="page is-narrow">
            <PageHeader title="Account"/>
            <Section title="You">{facts}</Section>
            <Section title="Password"><Password/></Section>
        </div>
    }
}

#[component]
fn Password() -> impl IntoView {
    let (api, session, toasts) = (expect_context::<Api>(), expect_context::<Session>(), expect_context::<Toasts>());
    let password = RwSignal::new(String::new());
    let (busy, failure) = (RwSignal::new(false), RwSignal::new(None));
    let short = Signal::derive(move || password.with(|password| password.chars().count() < SHORTEST_PASSWORD));
    let has_password = Memo::new(move |_| session.me().is_some_and(|me| me.has_password));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failure.set(None);
        spawn_local(async move {
            match api.put("/me/password", &SetPassword { password: password.get_untracked() }).await {
                Ok(()) => {
                    toasts.good("The password is set.");
                    password.try_set(String::new());
                    if let Standing::SignedIn(me) = untrack(|| session.get()) {
                        session.set(Standing::SignedIn(Me { has_password: true, ..me }));
                    }
                }
                Err(why) => drop(failure.try_set(Some(why))),
            }
            busy.try_set(false);
        });
    };
    view! {
        <form class="panel is-form" on:submit=submit>
            <p class="quiet">
                {move || if has_password.get() { "Replaces the present password." } else { "You came by a one-time link; with a password you can come back." }}
            </p>
            <TextField label="New password" value=password kind="password" autocomplete="new-password" hint="At least 10 characters."/>
            <Refusal failure/>
            <div class="form-actions"><Button label="Set password" weight=Weight::Primary submit=true busy=busy disabled=short press=|| ()/></div>
        </form>
    }
}
