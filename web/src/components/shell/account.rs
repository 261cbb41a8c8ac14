//! Who is signed in, the colours they like, and the way out.

use devos_contracts::api::Reason;
use devos_web::view::state;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::field::Segmented;
use super::super::icon::{Icon, Name};
use super::super::toast::Toasts;
use crate::api::Api;
use crate::browser;
use crate::session::{Session, Standing};

/// The preference that holds the colours.
const THEME: &str = "devos.theme";

/// Applies a colour theme and remembers it.
pub fn set_theme(theme: &str) {
    browser::prefer(THEME, theme);
    if let Some(root) = document().document_element() {
        // Both are plain attributes of an element that exists.
        let _ = if theme == "system" {
            root.remove_attribute("data-theme")
        } else {
            root.set_attribute("data-theme", theme)
        };
    }
}

/// Ends the session.
pub fn sign_out(api: Api, session: Session, toasts: Toasts) {
    spawn_local(async move {
        match api.tell("/sign-out", &Reason { reason: String::new() }).await {
            Ok(()) => session.set(Standing::SignedOut),
            Err(failure) => toasts.failed(&failure),
        }
    });
}

/// The menu at the sidebar's foot.
#[component]
pub fn AccountMenu() -> impl IntoView {
    let (api, session, toasts) = (expect_context::<Api>(), expect_context::<Session>(), expect_context::<Toasts>());
    let theme = RwSignal::new(browser::preference(THEME).unwrap_or_else(|| "system".into()));
    let choose = move |value: &'static str| {
        set_theme(value);
        theme.set(value.into());
    };
    let name = move || session.me().map(|me| me.name);
    let initial = move || name().and_then(|name| name.chars().next()).map(|first| first.to_uppercase().to_string());
    let role = move || session.me().and_then(|me| me.role).map(state::role);
    view! {
        <details class="menu">
            <summary aria-label="Account">
                <span class="avatar" aria-hidden="true">{initial}</span>
                <span class="menu-words"><span>{name}</span><span class="quiet">{role}</span></span>
            </summary>
            <div class="menu-body">
                <Segmented label="Colours" options=vec![("system", "System"), ("light", "Light"), ("dark", "Dark")] chosen=theme choose/>
                <a class="menu-item" href="/account"><Icon name=Name::Person/>"Account"</a>
                <button type="button" class="menu-item" on:click=move |_| sign_out(api, session, toasts)><Icon name=Name::Exit/>"Sign out"</button>
            </div>
        </details>
    }
}
