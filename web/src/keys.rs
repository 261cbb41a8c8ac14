//! Keyboard shortcuts.

use std::rc::Rc;

use devos_web::view::shortcut;
use leptos::ev;
use leptos::prelude::*;

use crate::browser;

/// `g` and the letter after it must follow each other within this many milliseconds.
const CHORD_MS: f64 = 1200.0;

/// A shortcut.
#[derive(Clone)]
pub struct Binding {
    number: u64,
    /// The keys as typed: `j`, `?`, `g p`.
    pub keys: &'static str,
    /// What it does.
    pub label: &'static str,
    run: Rc<dyn Fn()>,
}

/// The shortcuts of the page on the screen.
#[derive(Clone, Copy)]
pub struct Keys {
    bindings: StoredValue<Vec<Binding>, LocalStorage>,
    count: StoredValue<u64>,
}

impl Keys {
    /// Listens; `palette` opens the command palette from anywhere.
    pub fn listen(palette: impl Fn() + 'static) -> Self {
        let keys = Self { bindings: StoredValue::new_local(Vec::new()), count: StoredValue::new(0) };
        let leader = StoredValue::new(f64::NEG_INFINITY);
        let listener = window_event_listener(ev::keydown, move |event| {
            let key = event.key();
            if (event.ctrl_key() || event.meta_key()) && key.eq_ignore_ascii_case("k") {
                event.prevent_default();
                palette();
                return;
            }
            let ours = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing());
            if !ours || browser::is_typing(event.target()) || browser::has_dialog() {
                return;
            }
            let chord = event.time_stamp() - leader.get_value() < CHORD_MS;
            leader.set_value(if key == "g" && !chord { event.time_stamp() } else { f64::NEG_INFINITY });
            let typed = if chord { format!("g {key}") } else { key };
            // Enter on a link or button already has a meaning.
            if typed == "Enter" && !is_page(event.target()) {
                return;
            }
            if let Some(run) = keys.find(&typed) {
                event.prevent_default();
                run();
            }
        });
        on_cleanup(move || listener.remove());
        keys
    }

    fn find(self, typed: &str) -> Option<Rc<dyn Fn()>> {
        self.bindings.with_value(|bindings| {
            bindings.iter().rev().find(|binding| binding.keys == typed).map(|binding| binding.run.clone())
        })
    }

    /// Every shortcut that works now, in the order of its registration.
    pub fn list(self) -> Vec<Binding> {
        self.bindings.get_value()
    }

    /// Adds a shortcut until the present owner is cleaned up.
    pub fn bind(self, keys: &'static str, label: &'static str, run: impl Fn() + 'static) {
        self.count.update_value(|count| *count += 1);
        let number = self.count.get_value();
        self.bindings.update_value(|bindings| bindings.push(Binding { number, keys, label, run: Rc::new(run) }));
        on_cleanup(move || {
            self.bindings.try_update_value(|bindings| bindings.retain(|binding| binding.number != number));
        });
    }
}

fn is_page(target: Option<web_sys::EventTarget>) -> bool {
    use wasm_bindgen::JsCast;
    target
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_none_or(|element| !matches!(element.tag_name().as_str(), "A" | "BUTTON" | "SUMMARY"))
}

/// The keys that open the command palette, as this machine's keyboard names them.
pub fn palette() -> &'static str {
    if shortcut::is_apple(&browser::platform()) { "⌘ K" } else { "Ctrl K" }
}

/// Adds a shortcut for as long as the present component lives.
pub fn use_key(keys: &'static str, label: &'static str, run: impl Fn() + 'static) {
    expect_context::<Keys>().bind(keys, label, run);
}

/// The row of a list that the keyboard stands on.
#[derive(Clone, Copy)]
pub struct RowCursor {
    at: RwSignal<Option<String>>,
}

/// Moves through rows with `j` and `k`, opens with `Enter`, leaves with `Escape`.
pub fn use_row_cursor(rows: impl Fn() -> Vec<String> + Copy + 'static, open: impl Fn(&str) + 'static) -> RowCursor {
    let cursor = RowCursor { at: RwSignal::new(None) };
    let step = move |forward: bool| {
        let rows = untrack(rows);
        let at = cursor.at.get_untracked().and_then(|at| rows.iter().position(|row| *row == at));
        let next = match (at, forward) {
            (None, true) => 0,
            (None, false) => rows.len().saturating_sub(1),
            (Some(at), true) => (at + 1).min(rows.len().saturating_sub(1)),
            (Some(at), false) => at.saturating_sub(1),
        };
        cursor.at.set(rows.get(next).cloned());
    };
    use_key("j", "Next row", move || step(true));
    use_key("k", "Previous row", move || step(false));
    use_key("Enter", "Open the row", move || {
        if let Some(at) = cursor.at.get_untracked() {
            open(&at);
        }
    });
    use_key("Escape", "Leave the row", move || cursor.at.set(None));
    cursor
}

impl RowCursor {
    /// A cursor that stands nowhere, for a list that the keyboard does not walk through.
    pub fn still() -> Self {
        Self { at: RwSignal::new(None) }
    }

    /// The row the keyboard stands on.
    pub fn place(self) -> Option<String> {
        self.at.get_untracked()
    }

    /// True for the row the keyboard stands on.
    pub fn is_at(self, key: &str) -> bool {
        self.at.with(|at| at.as_deref() == Some(key))
    }
}
