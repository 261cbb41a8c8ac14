//! Commands that ran in the sandbox, and what came of them.

use devos_contracts::run::RunSummary;
use devos_web::view::quantity::{bytes, elapsed};
use devos_web::view::state::{self, Tone};
use leptos::prelude::*;

use super::copy::{CopyButton, Ident};
use super::icon::{Icon, Name};

/// A run: one line that unfolds into its log.
#[component]
pub fn RunView(
    run: RunSummary,
    /// The end is as it should be, whatever the exit code.
    #[prop(optional)]
    expected: bool,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let tone = match (expected, run.end.is_success()) {
        (true, _) => Tone::Quiet,
        (false, true) => Tone::Good,
        (false, false) => Tone::Bad,
    };
    let class = format!("run-end {}", tone.class());
    let end = state::end(run.end);
    let figures = elapsed(run.duration_ms);
    let command = run.command.clone();
    view! {
        <div class="run" class:is-open=open>
            <button
                type="button"
                class="run-head"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Icon name=Name::ChevronRight/>
                <code class="run-command">{command}</code>
                <span class=class>{end}</span>
                <span class="run-time">{figures}</span>
            </button>
            <Show when=move || open.get()>{log(&run)}</Show>
        </div>
    }
}

fn log(run: &RunSummary) -> AnyView {
    let kept = run.output_tail.len() as u64;
    let cut = (run.output_bytes > kept).then(|| format!("The last {} of {}", bytes(kept), bytes(run.output_bytes)));
    let output = if run.output_tail.is_empty() {
        view! { <p class="log-empty">"It printed nothing."</p> }.into_any()
    } else {
        view! { <pre class="log" tabindex="0"><code>{run.output_tail.clone()}</code></pre> }.into_any()
    };
    view! {
        <div class="run-body">
            <div class="run-facts">
                <span>{cut.unwrap_or_else(|| bytes(run.output_bytes))}</span>
                <span class="run-hash">"SHA-256 "<Ident id=run.output_sha256.clone()/></span>
                <span>{run.profile.clone()}</span>
                <CopyButton text=run.output_tail.clone() label="Copy the log"/>
            </div>
            {output}
        </div>
    }
    .into_any()
}
