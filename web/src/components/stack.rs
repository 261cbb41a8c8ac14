//! Stack traces, own frames first.

use devos_web::view::quantity::counted;
use devos_web::view::stack::{self, Frame, Kind};
use leptos::prelude::*;

use super::copy::CopyButton;

/// A trace; frames of frameworks are one press away.
#[component]
pub fn Stack(#[prop(into)] stack: String) -> impl IntoView {
    let frames = stack::frames(&stack);
    let foreign = frames.len() - stack::own(&frames).len();
    // A trace without a frame of one's own is shown whole.
    let all = RwSignal::new(!frames.iter().any(|frame| frame.kind == Kind::Own));
    let switch = (foreign > 0).then(|| {
        let label = move || {
            if all.get() {
                "Only your frames".to_owned()
            } else {
                format!("Show {}", counted(foreign, "framework frame"))
            }
        };
        view! { <button type="button" class="link" on:click=move |_| all.update(|all| *all = !*all)>{label}</button> }
    });
    let shown =
        move || frames.iter().filter(|frame| all.get() || frame.kind != Kind::Foreign).map(view_frame).collect_view();
    view! {
        <div class="stack">
            <div class="stack-bar">{switch}<CopyButton text=stack label="Copy the whole trace"/></div>
            <pre tabindex="0">{shown}</pre>
        </div>
    }
}

fn view_frame(frame: &Frame) -> impl IntoView + use<> {
    let class = match frame.kind {
        Kind::Own => "frame is-own",
        Kind::Foreign => "frame is-foreign",
        Kind::Text => "frame",
    };
    view! { <code class=class>{frame.lines.join("\n")}</code> }
}
