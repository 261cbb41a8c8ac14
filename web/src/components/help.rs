//! The list of shortcuts.

use leptos::prelude::*;

use super::badge::KeyHint;
use super::dialog::Dialog;
use crate::keys::{self, Keys};

/// Every shortcut that works on the page below.
#[component]
pub fn Help(open: RwSignal<bool>) -> impl IntoView {
    let bindings = expect_context::<Keys>();
    let list = move || {
        let (places, rest): (Vec<_>, Vec<_>) =
            bindings.list().into_iter().partition(|binding| binding.keys.starts_with("g "));
        let column = |title: &'static str, bindings: Vec<keys::Binding>| {
            let rows = bindings
                .into_iter()
                .map(|binding| view! { <li><span>{binding.label}</span><KeyHint keys=binding.keys/></li> });
            view! { <section><h3>{title}</h3><ul>{rows.collect_view()}</ul></section> }
        };
        view! { {column("Go to", places)}{column("On this page", rest)} }
    };
    view! {
        <Dialog open title="Keyboard shortcuts">
            <div class="shortcuts">
                {list()}
                <section><h3>"Everywhere"</h3><ul><li><span>"Search and commands"</span><KeyHint keys=keys::palette()/></li></ul></section>
            </div>
        </Dialog>
    }
}
