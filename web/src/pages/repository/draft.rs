//! Settings that are being changed.

use devos_contracts::repository::{Repository, RepositorySettings};
use devos_web::view::settings::{self, FieldChange};
use leptos::prelude::*;

/// The settings as read and as edited.
#[derive(Clone, Copy)]
pub struct Draft {
    /// As the server gave them, with their version.
    pub base: RwSignal<(RepositorySettings, i64)>,
    /// As they stand in the form.
    pub settings: RwSignal<RepositorySettings>,
}

impl Draft {
    /// An untouched draft.
    pub fn new(repository: &Repository) -> Self {
        let base = (repository.settings.clone(), repository.settings_version);
        Self { settings: RwSignal::new(base.0.clone()), base: RwSignal::new(base) }
    }

    /// What differs from the server's.
    pub fn changes(self) -> Vec<FieldChange> {
        self.base.with(|(base, _)| self.settings.with(|edited| settings::changes(base, edited)))
    }

    /// True when saving lets the platform do more by itself.
    pub fn raises_autonomy(self) -> bool {
        self.base.with(|(base, _)| self.settings.with(|edited| settings::raises_autonomy(base, edited)))
    }

    /// Throws the edits away.
    pub fn reset(self) {
        self.settings.set(self.base.get_untracked().0);
    }

    /// A part of the settings.
    pub fn part<T: Send + Sync + 'static>(self, read: fn(&RepositorySettings) -> T) -> Signal<T> {
        Signal::derive(move || self.settings.with(read))
    }

    /// Changes a part of the settings.
    pub fn change(self, write: impl FnOnce(&mut RepositorySettings)) {
        self.settings.update(write);
    }

    /// A list of the settings as the text of a field, and back.
    pub fn lines(
        self,
        read: fn(&RepositorySettings) -> &Vec<String>,
        write: fn(&mut RepositorySettings, Vec<String>),
    ) -> RwSignal<String> {
        let text = RwSignal::new(self.settings.with_untracked(|settings| read(settings).join("\n")));
        Effect::new(move |first: Option<()>| {
            let list = settings::lines(&text.get());
            if first.is_some() && self.settings.with_untracked(|settings| *read(settings) != list) {
                self.change(|settings| write(settings, list));
            }
        });
        // The other way round, when the draft is reset or put on top of another version.
        Effect::new(move |_| {
            let list = self.settings.with(|settings| read(settings).clone());
            if text.with_untracked(|text| settings::lines(text) != list) {
                text.set(list.join("\n"));
            }
        });
        text
    }
}
