//! The culprit search: a strip of commits, oldest on the left, with what each run showed.

use devos_web::view::quantity::counted;
use devos_web::view::state;
use devos_web::view::suspects::{Search, Suspect};
use leptos::prelude::*;

use super::copy::Commit;
use super::glyph::StateGlyph;
use super::moment::When;
use super::run::RunView;

/// The strip and, below it, the chosen commit.
#[component]
pub fn SuspectStrip(search: Search) -> impl IntoView {
    // The culprit is what people came for; before it is known, the newest run is.
    let newest = search
        .commits
        .iter()
        .max_by_key(|suspect| suspect.probes.last().map_or(0, |probe| probe.order))
        .map(|suspect| suspect.index);
    let chosen = RwSignal::new(search.culprit.or(newest));
    let suspects = search.commits.iter().filter(|suspect| suspect.index >= 0).count();
    let summary = format!(
        "{} on {}, {} of the test",
        counted(suspects, "commit"),
        search.base_branch,
        counted(search.runs, "run")
    );
    let cells = search.commits.iter().map(|suspect| cell(suspect, chosen)).collect_view();
    let indices: Vec<i32> = search.commits.iter().map(|suspect| suspect.index).collect();
    let step = move |by: isize| {
        let at = chosen.get_untracked().and_then(|chosen| indices.iter().position(|index| *index == chosen));
        let next = at.and_then(|at| at.checked_add_signed(by)).and_then(|at| indices.get(at).copied());
        if next.is_some() {
            chosen.set(next);
        }
    };
    let older = step.clone();
    let detail = move || {
        let index = chosen.get()?;
        search.commits.iter().find(|suspect| suspect.index == index).map(detail)
    };
    view! {
        <div class="suspects">
            <p class="suspects-summary">{summary}</p>
            <div class="strip" role="group" aria-label="Commits, oldest first">{cells}</div>
            <div class="strip-axis">
                <button type="button" aria-label="Older commit" on:click=move |_| older(-1)>"← older"</button>
                <button type="button" aria-label="Newer commit" on:click=move |_| step(1)>"newer →"</button>
            </div>
            <ul class="legend" aria-hidden="true">
                <li><i class="is-passed"></i>"passed"</li>
                <li><i class="is-failed"></i>"failed"</li>
                <li><i class="is-untestable"></i>"untestable"</li>
                <li><i class="is-mixed"></i>"both"</li>
                <li><i class="is-unknown"></i>"not run"</li>
                <li><i class="legend-touch"></i>"touched the failing files"</li>
            </ul>
            {detail}
        </div>
    }
}

fn cell(suspect: &Suspect, chosen: RwSignal<Option<i32>>) -> impl IntoView + use<> {
    let index = suspect.index;
    let label = format!("{} {}: {}", suspect.commit.short(), suspect.subject, suspect.verdict.label());
    let class = format!("suspect {}{}", suspect.verdict.class(), if suspect.is_culprit { " is-culprit" } else { "" });
    let dots = suspect
        .probes
        .iter()
        .map(|probe| view! { <i class=format!("dot {}", state::outcome(probe.outcome).tone.class())></i> })
        .collect_view();
    let height = (suspect.touches.clamp(0.0, 1.0) * 20.0).round();
    view! {
        <button
            type="button"
            class=class
            aria-pressed=move || (chosen.get() == Some(index)).to_string()
            aria-label=label.clone()
            title=label
            on:click=move |_| chosen.set(Some(index))
        >
            <span class="dots">{dots}</span>
            <span class="block"></span>
            <svg class="touch" viewBox="0 0 10 20" preserveAspectRatio="none" aria-hidden="true">
                <rect x="0" y="0" width="10" height=height></rect>
            </svg>
        </button>
    }
}

fn detail(suspect: &Suspect) -> AnyView {
    let share =
        (suspect.touches > 0.0).then(|| format!("touched {:.0} % of the failure's files", suspect.touches * 100.0));
    let runs = suspect.probes.iter().map(|probe| {
        let look = state::outcome(probe.outcome);
        view! {
            <li class=format!("probe {}", look.tone.class())>
                <span class="probe-head"><StateGlyph look/>{look.label}<span class="probe-order">"run "{probe.order}</span></span>
                <RunView run=probe.run.clone()/>
            </li>
        }
    });
    view! {
        <div class="suspect-detail">
            <div class="suspect-head">
                {suspect.is_culprit.then(|| view! { <span class="chip tone-bad">"Culprit"</span> })}
                <strong>{suspect.subject.clone()}</strong>
                <Commit id=suspect.commit.clone()/>
                {suspect.committed_at.map(|at| view! { <span class="quiet"><When at/></span> })}
            </div>
            <p class="quiet">{suspect.verdict.label()}{share.map(|share| format!(" · {share}"))}</p>
            <ul class="probes">{runs.collect_view()}</ul>
        </div>
    }
    .into_any()
}
