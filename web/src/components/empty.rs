//! What stands where nothing is yet.

use leptos::prelude::*;

use super::icon::{Icon, Name};

/// An empty place that says how to fill it.
#[component]
pub fn Empty(
    icon: Name,
    title: &'static str,
    #[prop(into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <div class="empty-icon"><Icon name=icon/></div>
            <h3>{title}</h3>
            <p>{text}</p>
            {children.map(|children| view! { <div class="empty-more">{children()}</div> })}
        </div>
    }
}
