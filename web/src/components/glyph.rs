//! The shape of a state.

use devos_web::view::state::{Glyph, Look};
use leptos::prelude::*;

/// Circumference of the pie inside a progress ring, radius 2.
const PIE: f64 = 12.566;

/// A state's shape in its colour.
#[component]
pub fn StateGlyph(look: Look) -> impl IntoView {
    let class = format!("glyph {}", look.tone.class());
    let shape = match look.glyph {
        Glyph::Dashed => view! { <circle class="glyph-ring is-dashed" cx="8" cy="8" r="6"></circle> }.into_any(),
        Glyph::Progress(eighths) => {
            let filled = format!("{:.2} {PIE}", PIE * f64::from(eighths) / 8.0);
            view! {
                <circle class="glyph-ring" cx="8" cy="8" r="6"></circle>
                <circle class="glyph-pie" cx="8" cy="8" r="2" stroke-dasharray=filled transform="rotate(-90 8 8)"></circle>
            }
            .into_any()
        }
        Glyph::Eye => view! {
            <circle class="glyph-ring" cx="8" cy="8" r="6"></circle>
            <circle class="glyph-disc" cx="8" cy="8" r="2.5"></circle>
        }
        .into_any(),
        Glyph::Tick => disc("M5 8.3 7.2 10.5 11 5.8"),
        Glyph::Cross => disc("M5.7 5.7 10.3 10.3M10.3 5.7 5.7 10.3"),
        Glyph::Bars => disc("M6.4 5.5v5M9.6 5.5v5"),
        Glyph::Alert => disc("M8 4.6v4M8 11v.2"),
        Glyph::Dash => disc("M5.4 8h5.2"),
    };
    view! { <svg class=class viewBox="0 0 16 16" aria-hidden="true">{shape}</svg> }
}

fn disc(sign: &'static str) -> AnyView {
    view! {
        <circle class="glyph-disc" cx="8" cy="8" r="7"></circle>
        <path class="glyph-sign" d=sign></path>
    }
    .into_any()
}
