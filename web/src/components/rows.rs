//! Lists as tables whose rows are links.

use std::hash::Hash;

use devos_web::view::quantity::counted;
use leptos::html;
use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::button::Button;
use super::icon::{Icon, Name};
use super::loaded::{Broken, Skeleton};
use crate::browser;
use crate::keys::RowCursor;
use crate::listing::Listing;
use crate::query::Load;

/// A list with its states: loading, broken, empty, and rows with what is newer above and older below.
///
/// `version` changes whenever a row must be drawn anew; it is drawn in its place.
#[component]
pub fn Rows<T, K>(
    listing: Listing<T>,
    label: &'static str,
    class: &'static str,
    head: ViewFn,
    #[prop(into)] empty: ViewFn,
    order: impl Fn(Vec<T>) -> Vec<T> + Copy + Send + Sync + 'static,
    version: fn(&T) -> K,
    row: impl Fn(T) -> AnyView + Copy + Send + Sync + 'static,
) -> impl IntoView
where
    T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static,
    K: Eq + Hash + 'static,
{
    // Whether there is anything, apart from what it is: rows must not be rebuilt when one of them changes.
    let stage = Memo::new(move |_| match listing.get() {
        Load::Loading => Load::Loading,
        Load::Failed(failure) => Load::Failed(failure),
        Load::Ready(live) => Load::Ready(live.shown.is_empty()),
    });
    let (head, empty) = (StoredValue::new(head), StoredValue::new(empty));
    move || match stage.get() {
        Load::Loading => view! { <Skeleton lines=8/> }.into_any(),
        Load::Failed(failure) => view! { <Broken failure retry=move || listing.retry()/> }.into_any(),
        Load::Ready(true) => empty.with_value(ViewFn::run),
        Load::Ready(false) => view! {
            <Newer listing/>
            <div class=format!("table {class}") role="table" aria-label=label>
                <div class="table-head" role="row">{head.with_value(ViewFn::run)}</div>
                <For each=move || order(listing.with(<[T]>::to_vec)) key=version children=row/>
            </div>
            <Older listing/>
        }
        .into_any(),
    }
}

/// The pill that shows what came since.
#[component]
fn Newer<T>(listing: Listing<T>) -> impl IntoView
where
    T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static,
{
    view! {
        <Show when=move || { listing.waiting() > 0 }>
            <button type="button" class="newer" on:click=move |_| listing.reveal()>
                {move || format!("{} new", counted(listing.waiting(), "row"))}
            </button>
        </Show>
    }
}

/// The button for the next page.
#[component]
fn Older<T>(listing: Listing<T>) -> impl IntoView
where
    T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static,
{
    let busy = Signal::derive(move || listing.is_busy());
    view! {
        <Show when=move || listing.has_more()>
            <div class="older"><Button label="Load more" busy press=move || listing.more()/></div>
        </Show>
    }
}

/// A row; the link in its title covers all of it.
#[component]
pub fn Row(
    #[prop(into)] key: String,
    cursor: RowCursor,
    #[prop(optional, into)] testid: String,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let current = Memo::new(move |_| cursor.is_at(&key));
    Effect::new(move |_| {
        if current.get()
            && let Some(element) = node.get_untracked()
        {
            browser::reveal(&element);
        }
    });
    view! {
        <div
            class="row"
            class:is-current=move || current.get()
            role="row"
            node_ref=node
            data-testid=testid
            on:click=move |event| browser::follow(&event, ".row-link")
        >
            {children()}
        </div>
    }
}

/// A cell of a row.
#[component]
pub fn Cell(
    #[prop(default = "")] class: &'static str,
    #[prop(optional)] label: &'static str,
    children: Children,
) -> impl IntoView {
    view! { <div class=format!("cell {class}") role="cell" data-label=label>{children()}</div> }
}

/// A column's heading.
#[component]
pub fn Head(text: &'static str, #[prop(default = "")] class: &'static str) -> impl IntoView {
    view! { <div class=format!("cell {class}") role="columnheader">{text}</div> }
}

/// A column's heading that sorts.
#[component]
pub fn SortHead(
    text: &'static str,
    #[prop(default = "")] class: &'static str,
    #[prop(into)] ascending: Signal<Option<bool>>,
    press: impl Fn() + 'static,
) -> impl IntoView {
    let sort = move || match ascending.get() {
        Some(true) => "ascending",
        Some(false) => "descending",
        None => "none",
    };
    view! {
        <div class=format!("cell {class}") role="columnheader" aria-sort=sort>
            <button type="button" class="sort" on:click=move |_| press()>{text}<Icon name=Name::ChevronDown/></button>
        </div>
    }
}
