//! Risk as a waterfall of its factors, and confidence as a meter.

use devos_contracts::proposal::RiskAssessment;
use devos_web::view::risk::{self, HIGH_FROM, MEDIUM_FROM, Step};
use devos_web::view::state;
use leptos::prelude::*;

/// Where a risk comes from: each factor's bar starts where the last one ended.
#[component]
pub fn RiskWaterfall(risk: RiskAssessment) -> impl IntoView {
    let RiskAssessment { score, label, factors } = risk;
    let (label, tone) = state::risk(label);
    let (steps, scale) = risk::waterfall(factors);
    let bar_class = format!("fall-bar {}", tone.class());
    let steps = steps.into_iter().map(|step| view_step(&step, scale, &bar_class)).collect_view();
    view! {
        <div class=format!("risk {}", tone.class())>
            <div class="risk-score"><strong>{score}</strong><span>"of 100"</span><em>{label}</em></div>
            <ol class="fall">{steps}</ol>
            <div class="fall-scale" aria-hidden="true">
                <svg viewBox=format!("0 0 {scale} 4") preserveAspectRatio="none">
                    <rect class="band-low" x="0" y="0" width=MEDIUM_FROM height="4"></rect>
                    <rect class="band-medium" x=MEDIUM_FROM y="0" width=HIGH_FROM - MEDIUM_FROM height="4"></rect>
                    <rect class="band-high" x=HIGH_FROM y="0" width=scale - HIGH_FROM height="4"></rect>
                </svg>
                <div class="fall-words"><span>"low"</span><span>"medium from "{MEDIUM_FROM}</span><span>"high from "{HIGH_FROM}</span></div>
            </div>
        </div>
    }
}

fn view_step(step: &Step, scale: u8, bar_class: &str) -> impl IntoView + use<> {
    view! {
        <li class="fall-step" data-testid="risk-factor">
            <div class="fall-label"><span>{step.label.clone()}</span><b>"+"{step.points}</b></div>
            <svg viewBox=format!("0 0 {scale} 4") preserveAspectRatio="none" aria-hidden="true">
                <rect class="fall-track" x="0" y="0" width=scale height="4"></rect>
                <rect class=bar_class.to_owned() x=step.from y="0" width=step.to - step.from height="4"></rect>
            </svg>
            <p>{step.explanation.clone()}</p>
        </li>
    }
}

/// How sure the search is of the culprit.
#[component]
pub fn Confidence(percent: u8) -> impl IntoView {
    let percent = percent.min(100);
    view! {
        <div class="confidence">
            <div class="confidence-figure"><strong>{percent}</strong><span>"%"</span></div>
            <svg viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label=format!("Confidence {percent} percent")>
                <rect class="fall-track" x="0" y="0" width="100" height="4"></rect>
                <rect class="confidence-bar" x="0" y="0" width=percent height="4"></rect>
            </svg>
        </div>
    }
}
