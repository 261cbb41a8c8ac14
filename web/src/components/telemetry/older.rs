//! The way to the next page.

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use crate::components::button::Button;
use crate::paged::Paged;

/// The button for the next page, and why that did not come.
#[component]
pub fn Older<T>(paged: Paged<T>, #[prop(default = "Load older")] label: &'static str) -> impl IntoView
where
    T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static,
{
    let busy = Signal::derive(move || paged.is_busy());
    let broken = move || {
        let failure = paged.broken()?;
        let request = failure.request_id.map(|id| view! { " Request "<code>{id}</code> });
        Some(view! { <p class="refusal" role="alert">{failure.detail}{request}</p> })
    };
    view! {
        {broken}
        <Show when=move || paged.has_more()>
            <div class="older"><Button label busy testid="load-older" press=move || paged.more()/></div>
        </Show>
    }
}
