//! What can be done with a pattern.

use chrono::Duration;
use devos_contracts::api::{PatternDetail, PausePattern, Reason};
use devos_contracts::pattern::{Pattern, PatternState};
use devos_contracts::repair::Repair;
use devos_contracts::{PatternId, RepairId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::Api;
use crate::browser;
use crate::components::button::{Button, Weight};
use crate::components::dialog::Dialog;
use crate::components::field::{Segmented, TextArea};
use crate::components::icon::Name;
use crate::components::toast::Toasts;
use crate::keys::use_key;
use crate::navigator::use_navigator;
use crate::query::Query;

/// How long a pause lasts: its word, its hours and its label; no hours is forever.
const PAUSES: [(&str, Option<i64>, &str); 4] = [
    ("day", Some(24), "1 day"),
    ("week", Some(168), "1 week"),
    ("month", Some(720), "30 days"),
    ("forever", None, "Until resumed"),
];

/// What can be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Options {
    Resume,
    Watch(RepairId),
    Start,
}

/// The buttons that the pattern's state allows.
#[component]
pub fn Actions(id: PatternId, pattern: Memo<Option<Pattern>>, query: Query<PatternDetail>) -> impl IntoView {
    let (api, toasts) = (expect_context::<Api>(), expect_context::<Toasts>());
    let options = Memo::new(move |_| {
        pattern.with(|pattern| match pattern.as_ref().map(|pattern| (pattern.state, pattern.repair)) {
            Some((PatternState::Paused, _)) => Options::Resume,
            Some((PatternState::Repairing, Some(repair))) => Options::Watch(repair),
            _ => Options::Start,
        })
    });
    let pausing = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let resume = move || {
        busy.set(true);
        spawn_local(async move {
            match api.tell(&format!("/patterns/{id}/resume"), &Reason { reason: String::new() }).await {
                Ok(()) => {
                    toasts.good("Resumed. The next failure may be repaired again.");
                    query.refresh();
                }
                Err(failure) => toasts.failed(&failure),
            }
            busy.try_set(false);
        });
    };
    let navigate = use_navigator();
    let start = move || {
        busy.set(true);
        spawn_local(async move {
            match api.post::<Repair>(&format!("/patterns/{id}/repairs"), &Reason { reason: String::new() }).await {
                Ok(repair) => {
                    navigate.open(&format!("/repairs/{}", repair.id));
                }
                Err(failure) => toasts.failed(&failure),
            }
            busy.try_set(false);
        });
    };
    use_key("p", "Pause the pattern", move || pausing.set(options.get_untracked() != Options::Resume));
    let pause = move || view! { <Button label="Pause" icon=Name::Pause keys="p" testid="pause" press=move || pausing.set(true)/> };
    let buttons = move || {
        match options.get() {
        Options::Resume => {
            view! { <Button label="Resume" icon=Name::Play weight=Weight::Primary busy=busy testid="resume" press=resume/> }.into_any()
        }
        Options::Watch(repair) => {
            view! { {pause()}<a class="button is-primary" href=format!("/repairs/{repair}")>"Watch the repair"</a> }.into_any()
        }
        Options::Start => view! {
            {pause()}
            <Button label="Start repair" icon=Name::Wrench weight=Weight::Primary busy=busy testid="start-repair" press=start/>
        }
        .into_any(),
    }
    };
    view! { {buttons}<PauseDialog open=pausing pattern=id.to_string() query resume/> }
}

#[component]
fn PauseDialog(
    open: RwSignal<bool>,
    #[prop(into)] pattern: String,
    query: Query<PatternDetail>,
    resume: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let (api, toasts) = (expect_context::<Api>(), expect_context::<Toasts>());
    let reason = RwSignal::new(String::new());
    let length = RwSignal::new("week".to_owned());
    let busy = RwSignal::new(false);
    let missing = Signal::derive(move || reason.with(|reason| reason.trim().is_empty()));
    let path = StoredValue::new(format!("/patterns/{pattern}/pause"));
    let confirm = move || {
        busy.set(true);
        let hours = PAUSES.iter().find(|(word, ..)| *word == length.get_untracked()).and_then(|(_, hours, _)| *hours);
        let until = hours.map(|hours| browser::now() + Duration::hours(hours));
        let body = PausePattern { reason: reason.get_untracked().trim().to_owned(), until };
        spawn_local(async move {
            match api.tell(&path.get_value(), &body).await {
                Ok(()) => {
                    open.try_set(false);
                    toasts.undoable("Paused. It is recorded but not repaired.", resume);
                    query.refresh();
                }
                Err(failure) => toasts.failed(&failure),
            }
            busy.try_set(false);
        });
    };
    let options = || PAUSES.iter().map(|(word, _, label)| (*word, *label)).collect::<Vec<_>>();
    view! {
        <Dialog open title="Pause this pattern">
            <p class="consequence">"New occurrences are still recorded and counted. No repair starts until the pause ends or somebody resumes it."</p>
            <TextArea label="Why" value=reason autofocus=true placeholder="Known flake, being rewritten, …" testid="pause-reason"/>
            <div class="field"><span class="field-label">"For how long"</span>
                <Segmented label="For how long" options=options() chosen=length choose=move |value| length.set(value.into())/>
            </div>
            <div class="dialog-actions">
                <Button label="Cancel" weight=Weight::Ghost press=move || open.set(false)/>
                <Button label="Pause" weight=Weight::Primary busy=busy disabled=missing testid="pause-confirm" press=confirm/>
            </div>
        </Dialog>
    }
}
