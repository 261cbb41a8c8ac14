//! The settings' fields.

use chrono::{DateTime, Utc};
use devos_contracts::repository::RepositorySettings;
use devos_web::view::ladder::{self, TIERS};
use devos_web::view::quantity::span;
use leptos::prelude::*;

use super::draft::Draft;
use crate::components::field::{NumberField, TextArea, Toggle};
use crate::components::header::Section;
use crate::components::ladder::Ladder;
use crate::components::moment::Clock;

/// Every setting, in the order of how much it matters.
#[component]
pub fn SettingsForm(draft: Draft, since: DateTime<Utc>) -> impl IntoView {
    view! {
        <Switch draft/>
        <Section title="Autonomy"><Autonomy draft since/></Section>
        <Section title="Attempts and watching"><Attempts draft/></Section>
        <Section title="Limits of a change"><Limits draft/></Section>
        <Section title="Gates"><Gates draft/></Section>
    }
}

#[component]
fn Switch(draft: Draft) -> impl IntoView {
    let on = draft.part(|settings| settings.enabled);
    let words = move || {
        if on.get() {
            "Failures of this repository may be repaired, within the limits below."
        } else {
            "Failures are recorded. Nothing is repaired."
        }
    };
    view! {
        <div class="panel is-switch" class:is-on=on>
            <div><strong>"Self-healing"</strong><p class="quiet">{words}</p></div>
            <Toggle label="Self-healing" on set=move |enabled| draft.change(|settings| settings.enabled = enabled) testid="settings-enabled"/>
        </div>
    }
}

#[component]
fn Autonomy(draft: Draft, since: DateTime<Utc>) -> impl IntoView {
    let clock = expect_context::<Clock>();
    let tier = draft.part(|settings| settings.tier);
    let level = draft.part(|settings| settings.level);
    // Conditions depend on more than the level, and a rung must not be rebuilt under the pointer.
    let rungs = Memo::new(move |_| draft.settings.with(|settings| ladder::ladder(settings, since, clock.now())));
    let choose_tier = move |tier: u8| {
        draft.change(|settings| {
            settings.tier = tier;
            // A lower tier can not keep a higher level.
            settings.level = settings.level.min(ladder::highest_level(tier).unwrap_or(0));
        });
    };
    let tiers = TIERS.into_iter().zip(0_u8..).map(|((name, text), number)| {
        view! {
            <label class="tier" class:is-chosen=move || tier.get() == number>
                <input type="radio" name="tier" prop:checked=move || tier.get() == number on:change=move |_| choose_tier(number)/>
                <span class="tier-name">"Tier "{number}", "{name.to_lowercase()}</span>
                <span class="quiet">{text}</span>
            </label>
        }
    });
    view! {
        <div class="tiers" role="radiogroup" aria-label="Tier">{tiers.collect_view()}</div>
        <Ladder rungs=rungs.into() level choose=move |level| draft.change(|settings| settings.level = level)/>
    }
}

/// A 32-bit number of the settings.
#[component]
fn Small(
    draft: Draft,
    label: &'static str,
    #[prop(optional)] unit: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(default = 1)] min: u64,
    read: fn(&RepositorySettings) -> u32,
    write: fn(&mut RepositorySettings, u32),
) -> impl IntoView {
    let value = Signal::derive(move || draft.settings.with(|settings| u64::from(read(settings))));
    let set = move |number: u64| draft.change(|settings| write(settings, u32::try_from(number).unwrap_or(u32::MAX)));
    view! { <NumberField label value set unit hint min/> }
}

#[component]
fn Attempts(draft: Draft) -> impl IntoView {
    let window = Signal::derive(move || draft.settings.with(|settings| settings.watch_window_seconds / 60));
    let words = move || {
        format!(
            "A merged repair counts as fixed after {} of silence.",
            span(draft.settings.with(|s| s.watch_window_seconds))
        )
    };
    view! {
        <div class="panel is-grid">
            <Small draft label="Attempts per pattern" read=|s| s.max_attempts_per_pattern write=|s, n| s.max_attempts_per_pattern = n hint="Then a person is asked."/>
            <Small draft label="Attempts window" unit="hours" read=|s| s.attempts_window_hours write=|s, n| s.attempts_window_hours = n/>
            <Small draft label="Open proposals at once" read=|s| s.max_proposals write=|s, n| s.max_proposals = n/>
            <NumberField label="Watch window" unit="minutes" value=window set=move |minutes| draft.change(|s| s.watch_window_seconds = minutes.saturating_mul(60))/>
            <Small draft label="Passing observations needed" read=|s| s.watch_min_observations write=|s, n| s.watch_min_observations = n hint="Silence counts only when the test ran."/>
            <Small draft label="Oldest culprit" unit="days" read=|s| s.max_culprit_age_days write=|s, n| s.max_culprit_age_days = n/>
            <p class="quiet panel-note">{words}</p>
        </div>
    }
}

#[component]
fn Limits(draft: Draft) -> impl IntoView {
    let paths = draft.lines(|s| &s.protected_paths, |s, list| s.protected_paths = list);
    view! {
        <div class="panel is-grid">
            <Small draft label="Files" read=|s| s.max_files write=|s, n| s.max_files = n/>
            <Small draft label="Added and removed lines" read=|s| s.max_lines write=|s, n| s.max_lines = n/>
            <div class="panel-wide">
                <TextArea label="Protected paths" value=paths mono=true rows=4 hint="Globs, one per line. .devos, .git and workflows are always protected."/>
            </div>
        </div>
    }
}

#[component]
fn Gates(draft: Draft) -> impl IntoView {
    let setup = draft.lines(|s| &s.gates.setup, |s, list| s.gates.setup = list);
    let fast = draft.lines(|s| &s.gates.fast, |s, list| s.gates.fast = list);
    let full = draft.lines(|s| &s.gates.full, |s, list| s.gates.full = list);
    let reports = draft.lines(|s| &s.gates.reports, |s, list| s.gates.reports = list);
    let timeout = draft.part(|settings| settings.gates.timeout_seconds);
    view! {
        <div class="panel is-grid">
            <p class="quiet panel-note">"Commands run in order in the sandbox, one per line. A change is proposed only when every one of them succeeds."</p>
            <div class="panel-wide"><TextArea label="Setup" value=setup mono=true rows=2 hint="Fetches dependencies; the only phase with a network."/></div>
            <div class="panel-wide"><TextArea label="FAST gate" value=fast mono=true rows=2 hint="Seconds: syntax, lint, quick tests."/></div>
            <div class="panel-wide"><TextArea label="FULL gate" value=full mono=true rows=2 hint="Everything."/></div>
            <div class="panel-wide"><TextArea label="Reports" value=reports mono=true rows=2 hint="Where the FULL gate leaves JUnit XML. Well-known runners are found by themselves."/></div>
            <NumberField label="Limit of one command" unit="seconds" value=timeout set=move |n| draft.change(|s| s.gates.timeout_seconds = n)/>
        </div>
    }
}
