//! A value on its way: its skeleton, its failure, itself.

use leptos::prelude::*;

use super::button::Button;
use super::empty::Empty;
use super::icon::Name;
use crate::api::Failure;
use crate::query::{Load, Query};

/// Grey lines in the shape of what is coming.
#[component]
pub fn Skeleton(#[prop(default = 6)] lines: usize) -> impl IntoView {
    view! {
        <div class="skeleton" role="status" aria-label="Loading">
            {(0..lines).map(|_| view! { <span class="skeleton-line"></span> }).collect_view()}
        </div>
    }
}

/// What went wrong, with the id that finds it in the logs and a way to try again.
#[component]
pub fn Broken(failure: Failure, retry: impl Fn() + 'static) -> impl IntoView {
    if failure.is_missing() {
        return view! {
            <Empty icon=Name::Search title="Nothing here" text="It does not exist, or not in this organisation.">
                <a class="button" href="/">"Go home"</a>
            </Empty>
        }
        .into_any();
    }
    view! {
        <div class="broken" role="alert">
            <h3>{failure.title}</h3>
            <p>{failure.detail}</p>
            {failure.request_id.map(|id| view! { <p class="broken-request">"Request " <code>{id}</code></p> })}
            <Button label="Try again" icon=Name::Refresh press=retry/>
        </div>
    }
    .into_any()
}

/// Draws a value when it is here.
#[component]
pub fn Loaded<T, V>(
    query: Query<T>,
    draw: impl Fn(T) -> V + Send + Sync + 'static,
    #[prop(default = 6)] lines: usize,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    V: IntoView + 'static,
{
    move || match query.get() {
        Load::Loading => view! { <Skeleton lines/> }.into_any(),
        Load::Failed(failure) => view! { <Broken failure retry=move || query.retry()/> }.into_any(),
        Load::Ready(value) => draw(value).into_any(),
    }
}
