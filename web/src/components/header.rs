//! The top of a page.

use leptos::prelude::*;

use crate::browser;

/// A page's title, what leads to it and what can be done with it.
#[component]
pub fn PageHeader(
    #[prop(into)] title: String,
    #[prop(optional)] crumb: Option<(&'static str, &'static str)>,
    #[prop(optional)] meta: Option<AnyView>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    browser::title(&title);
    view! {
        <header class="page-head">
            <div class="page-head-words">
                {crumb.map(|(href, label)| view! { <nav class="crumb" aria-label="Breadcrumb"><a href=href>{label}</a></nav> })}
                <h1>{title}</h1>
                {meta.map(|meta| view! { <div class="page-meta">{meta}</div> })}
            </div>
            {children.map(|children| view! { <div class="page-actions">{children()}</div> })}
        </header>
    }
}

/// A titled part of a page.
#[component]
pub fn Section(title: &'static str, #[prop(optional)] note: Option<AnyView>, children: Children) -> impl IntoView {
    view! {
        <section class="section">
            <header class="section-head"><h2>{title}</h2>{note.map(|note| view! { <div class="section-note">{note}</div> })}</header>
            {children()}
        </section>
    }
}

/// A labelled fact of a side column.
#[component]
pub fn Fact(label: &'static str, children: Children) -> impl IntoView {
    view! { <div class="fact"><dt>{label}</dt><dd>{children()}</dd></div> }
}
