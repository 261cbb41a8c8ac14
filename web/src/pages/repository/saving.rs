//! Saving settings: what changes, the word that raising autonomy asks for, and what to do when somebody was faster.

use devos_contracts::problem::ProblemCode;
use devos_contracts::repository::Repository;
use devos_web::view::quantity::counted;
use devos_web::view::settings::{self, FieldChange};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::draft::Draft;
use crate::api::{Api, Failure};
use crate::components::button::{Button, Weight};
use crate::components::dialog::Dialog;
use crate::components::field::TextField;
use crate::components::toast::Toasts;
use crate::pages::sign_in::Refusal;
use crate::query::Query;

/// What saving needs.
#[derive(Clone, Copy)]
struct Save {
    draft: Draft,
    query: Query<Repository>,
    repository: StoredValue<Repository>,
    api: Api,
    toasts: Toasts,
    busy: RwSignal<bool>,
    failure: RwSignal<Option<Failure>>,
    theirs: RwSignal<Option<Repository>>,
    confirming: RwSignal<bool>,
}

impl Save {
    fn path(self) -> String {
        self.repository.with_value(|repository| format!("/repositories/{}", repository.id))
    }

    /// Sends the draft on top of the version it was read at.
    fn send(self) {
        self.busy.set(true);
        self.failure.set(None);
        let version = self.draft.base.get_untracked().1;
        let edited = self.draft.settings.get_untracked();
        spawn_local(async move {
            let answer =
                self.api.put_version::<Repository>(&format!("{}/settings", self.path()), version, &edited).await;
            match answer {
                Ok(repository) => {
                    self.confirming.try_set(false);
                    self.toasts.good("Saved.");
                    self.query.put(repository);
                }
                Err(failure) if failure.code == Some(ProblemCode::PreconditionFailed) => self.meet().await,
                Err(failure) => drop(self.failure.try_set(Some(failure))),
            }
            self.busy.try_set(false);
        });
    }

    /// Somebody saved in between: reads what they saved.
    async fn meet(self) {
        match self.api.get::<Repository>(&self.path()).await {
            Ok(repository) => {
                self.confirming.try_set(false);
                self.theirs.try_set(Some(repository));
            }
            Err(failure) => drop(self.failure.try_set(Some(failure))),
        }
    }

    fn start(self) {
        if self.draft.raises_autonomy() { self.confirming.set(true) } else { self.send() }
    }
}

/// The bar that appears once something differs.
#[component]
pub fn SaveBar(draft: Draft, repository: Repository, query: Query<Repository>) -> impl IntoView {
    let save = Save {
        draft,
        query,
        repository: StoredValue::new(repository),
        api: expect_context(),
        toasts: expect_context(),
        busy: RwSignal::new(false),
        failure: RwSignal::new(None),
        theirs: RwSignal::new(None),
        confirming: RwSignal::new(false),
    };
    let changes = Memo::new(move |_| draft.changes());
    let busy = save.busy;
    view! {
        <Show when=move || changes.with(|changes| !changes.is_empty())>
            <div class="save-bar" role="region" aria-label="Unsaved changes">
                <details>
                    <summary>{move || changes.with(|changes| counted(changes.len(), "unsaved change"))}</summary>
                    {move || changes.with(|changes| list(changes))}
                </details>
                <Refusal failure=save.failure/>
                <Button label="Discard" weight=Weight::Ghost press=move || draft.reset()/>
                <Button label="Save" weight=Weight::Primary busy=busy testid="settings-save" press=move || save.start()/>
            </div>
        </Show>
        <Raise save changes/>
        <Conflict save/>
    }
}

fn list(changes: &[FieldChange]) -> impl IntoView + use<> {
    let rows = changes.iter().map(|change| {
        view! { <li><span>{change.field}</span><del>{change.before.clone()}</del><ins>{change.after.clone()}</ins></li> }
    });
    view! { <ul class="change-list">{rows.collect_view()}</ul> }
}

/// Asks for the repository's name before the platform may do more by itself.
#[component]
fn Raise(save: Save, changes: Memo<Vec<FieldChange>>) -> impl IntoView {
    let open = save.confirming;
    let typed = RwSignal::new(String::new());
    let name = save.repository.with_value(|repository| repository.name.clone());
    let expected = name.clone();
    let wrong = Signal::derive(move || typed.with(|typed| *typed != expected));
    let level = move || save.draft.settings.with(|settings| settings.level);
    let consequence = move || match level() {
        0 => "The platform may open pull requests. A person merges every one.",
        1 => "The platform may merge its own branches into dev and beta without asking.",
        2 => "The platform may merge low-risk changes into the default branch without asking.",
        _ => "The platform may roll back and run approved playbooks in production.",
    };
    view! {
        <Dialog open title="Raise autonomy">
            <p class="consequence">{consequence}" You can lower it again at any time, with immediate effect."</p>
            {move || changes.with(|changes| list(changes))}
            <p class="quiet">"Type "<strong>{name.clone()}</strong>" to confirm."</p>
            <TextField label="Repository name" value=typed autofocus=true autocomplete="off" testid="settings-confirm-name"/>
            <Refusal failure=save.failure/>
            <div class="dialog-actions">
                <Button label="Cancel" weight=Weight::Ghost press=move || open.set(false)/>
                <Button label="Raise to this level" weight=Weight::Danger busy=save.busy disabled=wrong testid="settings-confirm" press=move || save.send()/>
            </div>
        </Dialog>
    }
}

/// Two people changed the same settings.
#[component]
fn Conflict(save: Save) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(save.theirs.with(Option::is_some)));
    let differing = move || {
        save.theirs.with(|theirs| {
            let theirs = theirs.as_ref()?;
            Some(save.draft.base.with(|(base, _)| settings::changes(base, &theirs.settings)))
        })
    };
    let take = move || {
        if let Some(theirs) = save.theirs.get_untracked() {
            open.set(false);
            save.theirs.set(None);
            save.query.put(theirs);
        }
    };
    let keep = move || {
        if let Some(theirs) = save.theirs.get_untracked() {
            let base = save.draft.base.get_untracked().0;
            let merged = settings::rebase(&base, &save.draft.settings.get_untracked(), &theirs.settings);
            save.theirs.set(None);
            save.draft.base.set((theirs.settings, theirs.settings_version));
            save.draft.settings.set(merged);
            open.set(false);
            save.toasts.good("Your changes stand on theirs now. Look at them, then save.");
        }
    };
    view! {
        <Dialog open title="Somebody saved before you">
            <p class="consequence">"These settings changed since you opened the page. Nothing of yours was saved. They changed:"</p>
            {move || differing().map(|changes| list(&changes))}
            <div class="dialog-actions">
                <Button label="Take theirs" press=take/>
                <Button label="Put mine on top" weight=Weight::Primary press=keep/>
            </div>
        </Dialog>
    }
}
