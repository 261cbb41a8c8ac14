//! Short messages about what just happened.

use std::time::Duration;

use leptos::prelude::*;

use super::icon::{Icon, Name};
use crate::api::Failure;

/// How long a message stays.
const STAY: Duration = Duration::from_secs(6);

#[derive(Clone)]
struct Toast {
    number: u64,
    good: bool,
    text: String,
    undo: Option<UnsyncCallback<()>>,
}

/// The messages on the screen.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>, LocalStorage>,
    count: StoredValue<u64>,
}

impl Toasts {
    /// No messages.
    pub fn new() -> Self {
        Self { list: RwSignal::new_local(Vec::new()), count: StoredValue::new(0) }
    }

    /// Says that something worked.
    pub fn good(self, text: &str) {
        self.push(true, text, None);
    }

    /// Says that something worked, and offers to take it back.
    pub fn undoable(self, text: &str, undo: impl Fn() + 'static) {
        self.push(true, text, Some(UnsyncCallback::new(move |()| undo())));
    }

    /// Says that something did not work.
    pub fn bad(self, text: &str) {
        self.push(false, text, None);
    }

    /// Says why a call failed.
    pub fn failed(self, failure: &Failure) {
        let request = failure.request_id.as_ref().map_or_else(String::new, |id| format!(" (request {id})"));
        self.push(false, &format!("{}: {}{request}", failure.title, failure.detail), None);
    }

    fn push(self, good: bool, text: &str, undo: Option<UnsyncCallback<()>>) {
        self.count.update_value(|count| *count += 1);
        let number = self.count.get_value();
        self.list.update(|list| list.push(Toast { number, good, text: text.to_owned(), undo }));
        set_timeout(move || self.drop(number), STAY);
    }

    fn drop(self, number: u64) {
        if self.list.with_untracked(|list| list.iter().any(|toast| toast.number == number)) {
            self.list.update(|list| list.retain(|toast| toast.number != number));
        }
    }
}

/// Where messages appear.
#[component]
pub fn ToastArea() -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.list.get() key=|toast| toast.number let:toast>
                <div class=if toast.good { "toast tone-good" } else { "toast tone-bad" }>
                    <Icon name=if toast.good { Name::Check } else { Name::Alert }/>
                    <span>{toast.text.clone()}</span>
                    {toast.undo.map(|undo| {
                        let press = move |_| {
                            undo.run(());
                            toasts.drop(toast.number);
                        };
                        view! { <button type="button" class="link" on:click=press>"Undo"</button> }
                    })}
                    <button type="button" class="icon-button" aria-label="Dismiss" on:click=move |_| toasts.drop(toast.number)>
                        <Icon name=Name::Cross/>
                    </button>
                </div>
            </For>
        </div>
    }
}
