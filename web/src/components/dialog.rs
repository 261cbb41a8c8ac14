//! Dialogs on the browser's own element: it traps the focus, dims the page and answers Escape.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::button::IconButton;
use super::icon::Name;

/// A dialog; its content lives only while it is open.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    title: &'static str,
    #[prop(default = "dialog")] class: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let children = StoredValue::new(children);
    show_while(node, open);
    view! {
        <dialog tabindex="-1" class=class node_ref=node aria-label=title on:cancel=move |_: leptos::ev::Event| open.set(false) on:close=move |_| heed_close(node, open) on:mousedown=move |event| close_outside(&event, open)>
            <Show when=move || open.get()>
                <header class="dialog-head">
                    <h2>{title}</h2>
                    <IconButton name=Name::Cross label="Close" press=move || open.set(false)/>
                </header>
                <div class="dialog-body">{children.with_value(|children| children())}</div>
            </Show>
        </dialog>
    }
}

/// Shows the element as a modal dialog while `open` holds, and moves the focus to what asks for it.
pub fn show_while(node: NodeRef<html::Dialog>, open: RwSignal<bool>) {
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => {
                // An element outside the document can not be shown; then nothing is.
                let _ = dialog.show_modal();
                // What the dialog shows may be drawn before or after this runs.
                if !focus_wish(&dialog) {
                    request_animation_frame(move || {
                        if !focus_wish(&dialog) {
                            let _ = dialog.focus();
                        }
                    });
                }
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
}

/// Focuses the element that asks for it; false when there is none.
fn focus_wish(dialog: &web_sys::HtmlDialogElement) -> bool {
    let wish = dialog.query_selector("[data-autofocus]").ok().flatten();
    wish.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
        .is_some_and(|element| element.focus().is_ok())
}

/// Follows the element when it closed itself; the event comes late, when it may be open again.
pub fn heed_close(node: NodeRef<html::Dialog>, open: RwSignal<bool>) {
    if node.get_untracked().is_none_or(|dialog| !dialog.open()) {
        open.set(false);
    }
}

/// Closes when the press was on the dimmed page and not in the dialog.
pub fn close_outside(event: &leptos::ev::MouseEvent, open: RwSignal<bool>) {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    if target.is_some_and(|element| element.tag_name() == "DIALOG") {
        open.set(false);
    }
}
