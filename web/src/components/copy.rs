//! Ids and snippets that can be taken along.

use std::time::Duration;

use devos_web::view::quantity::short;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::icon::{Icon, Name};
use super::toast::Toasts;
use crate::browser;

/// A button that copies a text.
#[component]
pub fn CopyButton(#[prop(into)] text: String, #[prop(default = "Copy")] label: &'static str) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let copied = RwSignal::new(false);
    let press = move |event: leptos::ev::MouseEvent| {
        // Copying from a row is not opening it.
        event.stop_propagation();
        event.prevent_default();
        let text = text.clone();
        spawn_local(async move {
            if browser::copy(&text).await {
                copied.try_set(true);
                set_timeout(
                    move || {
                        copied.try_set(false);
                    },
                    Duration::from_millis(1500),
                );
            } else {
                toasts.bad("This browser does not let pages copy here. Select the text instead.");
            }
        });
    };
    view! {
        <button type="button" class="copy" class:is-copied=copied aria-label=label title=label on:click=press>
            {move || view! { <Icon name=if copied.get() { Name::Check } else { Name::Copy }/> }}
        </button>
    }
}

/// The start of an id, with the whole of it on hover and on the clipboard.
#[component]
pub fn Ident(#[prop(into)] id: String) -> impl IntoView {
    view! {
        <span class="ident">
            <code title=id.clone()>{short(&id).to_owned()}</code>
            <CopyButton text=id label="Copy the whole id"/>
        </span>
    }
}

/// A commit by its first characters.
#[component]
pub fn Commit(id: devos_contracts::CommitId) -> impl IntoView {
    let short = id.short().to_owned();
    let full = id.0;
    view! {
        <span class="ident">
            <code title=full.clone()>{short}</code>
            <CopyButton text=full label="Copy the commit id"/>
        </span>
    }
}

/// Commands to paste into a terminal.
#[component]
pub fn Snippet(#[prop(into)] text: String) -> impl IntoView {
    view! {
        <div class="snippet">
            <pre tabindex="0"><code>{text.clone()}</code></pre>
            <CopyButton text label="Copy the snippet"/>
        </div>
    }
}
