//! Small words with a meaning.

use devos_contracts::proposal::RiskLabel;
use devos_web::view::state::{self, Look, Tone};
use leptos::prelude::*;

use super::glyph::StateGlyph;

/// A state: its shape and its word.
#[component]
pub fn StateBadge(look: Look, #[prop(optional, into)] testid: String) -> impl IntoView {
    let class = format!("state {}", look.tone.class());
    view! { <span class=class data-testid=testid><StateGlyph look/><span>{look.label}</span></span> }
}

/// A word in a pill.
#[component]
pub fn Chip(tone: Tone, #[prop(into)] text: String) -> impl IntoView {
    view! { <span class=format!("chip {}", tone.class())>{text}</span> }
}

/// A risk score with its band.
#[component]
pub fn RiskChip(score: u8, label: RiskLabel) -> impl IntoView {
    let (label, tone) = state::risk(label);
    view! {
        <span class=format!("chip {}", tone.class()) title=format!("{label}: {score} of 100")>
            <span class="chip-figure">{score}</span>
            {label}
        </span>
    }
}

/// Keys to press.
#[component]
pub fn KeyHint(keys: &'static str) -> impl IntoView {
    view! { <span class="keys" aria-hidden="true">{keys.split(' ').map(|key| view! { <kbd>{key}</kbd> }).collect_view()}</span> }
}
