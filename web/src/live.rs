//! Changes as the server tells them.

use std::time::Duration;

use devos_contracts::api::Change;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::api::decode;

/// Changes within this time are answered by one refresh.
const SETTLE: Duration = Duration::from_millis(200);
/// Before asking again after the server refused the stream.
const RECONNECT: Duration = Duration::from_secs(5);

/// The stream of changes.
#[derive(Clone, Copy)]
pub struct Changes {
    latest: RwSignal<Option<(u64, Change)>>,
    gaps: RwSignal<u64>,
    connected: RwSignal<Option<bool>>,
    source: StoredValue<Option<EventSource>, LocalStorage>,
}

impl Changes {
    /// A stream that is not connected yet.
    pub fn new() -> Self {
        Self {
            latest: RwSignal::new(None),
            gaps: RwSignal::new(0),
            connected: RwSignal::new(None),
            source: StoredValue::new_local(None),
        }
    }

    /// Whether changes arrive; none before the first answer.
    pub fn connected(self) -> Option<bool> {
        self.connected.get()
    }

    /// Stops listening.
    pub fn disconnect(self) {
        if let Some(source) = self.source.try_update_value(Option::take).flatten() {
            source.close();
        }
    }

    /// Connects, and stays connected until told otherwise.
    pub fn connect(self) {
        let Ok(source) = EventSource::new("/api/v1/events") else {
            return;
        };
        self.disconnect();
        self.source.set_value(Some(source.clone()));
        let opened = Closure::<dyn Fn()>::new(move || {
            // What happened while nobody listened is unknown: everything on the screen asks again.
            if self.connected.get_untracked() == Some(false) {
                self.gaps.update(|gaps| *gaps += 1);
            }
            self.connected.set(Some(true));
        });
        let message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let change = event.data().as_string().and_then(|data| decode::<Change>(Ok(data)).ok());
            if let Some(change) = change {
                self.latest
                    .update(|latest| *latest = Some((latest.as_ref().map_or(0, |(number, _)| number + 1), change)));
            }
        });
        // The server dropped some because this reader was slow.
        let resync = Closure::<dyn Fn()>::new(move || self.gaps.update(|gaps| *gaps += 1));
        let handle = source.clone();
        let failed = Closure::<dyn Fn()>::new(move || {
            self.connected.set(Some(false));
            // Browsers reconnect by themselves, except after a refusal.
            if handle.ready_state() == EventSource::CLOSED {
                let refused = handle.clone();
                let again = move || {
                    // Unless somebody signed out meanwhile.
                    if self.source.with_value(|source| source.as_ref() == Some(&refused)) {
                        self.connect();
                    }
                };
                set_timeout(again, RECONNECT);
            }
        });
        source.set_onopen(Some(opened.as_ref().unchecked_ref()));
        source.set_onmessage(Some(message.as_ref().unchecked_ref()));
        source.set_onerror(Some(failed.as_ref().unchecked_ref()));
        let listened = source.add_event_listener_with_callback("resync", resync.as_ref().unchecked_ref());
        debug_assert!(listened.is_ok(), "a listener with a plain name is always accepted");
        // They live as long as the stream, of which there is one per sign-in.
        opened.forget();
        message.forget();
        resync.forget();
        failed.forget();
    }
}

/// Refreshes when a change concerns the page, at most once per settling time.
pub fn on_change(concerns: impl Fn(&Change) -> bool + 'static, refresh: impl Fn() + Copy + 'static) {
    let changes = expect_context::<Changes>();
    let scheduled = StoredValue::new(false);
    Effect::new(move |seen: Option<(Option<u64>, u64)>| {
        let gaps = changes.gaps.get();
        let (number, concerned) = changes.latest.with(|latest| match latest {
            Some((number, change)) => (Some(*number), concerns(change)),
            None => (None, false),
        });
        let due = seen.is_some_and(|(old, old_gaps)| old_gaps != gaps || (old != number && concerned));
        if due && !scheduled.get_value() {
            scheduled.set_value(true);
            set_timeout(
                move || {
                    // None when the page was left meanwhile.
                    if scheduled.try_set_value(false).is_none() {
                        refresh();
                    }
                },
                SETTLE,
            );
        }
        (number, gaps)
    });
}
