//! Rows of the API without ids, page after page.

use std::rc::Rc;

use devos_contracts::api::Page;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;

use crate::api::{Answer, Api, Failure, decode};
use crate::feed::follow;
use crate::query::Load;

/// The API path of a page, for its cursor.
type PagePath = Box<dyn Fn(Option<&str>) -> String + Send + Sync>;

/// Rows that stand where they stand: a row's key is its place.
pub struct Paged<T: Send + Sync + 'static> {
    api: Api,
    state: RwSignal<Load<Vec<T>>>,
    cursor: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    broken: RwSignal<Option<Failure>>,
    round: RwSignal<u64>,
    search: StoredValue<u64>,
    path: StoredValue<PagePath>,
}

impl<T: Send + Sync + 'static> Clone for Paged<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Paged<T> {}

/// Asks for the first page, again whenever its path changes; `path` gives the API path for a cursor.
pub fn paged<T>(path: impl Fn(Option<&str>) -> String + Send + Sync + 'static) -> Paged<T>
where
    T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static,
{
    let paged = Paged {
        api: expect_context::<Api>(),
        state: RwSignal::new(Load::Loading),
        cursor: RwSignal::new(None),
        busy: RwSignal::new(false),
        broken: RwSignal::new(None),
        round: RwSignal::new(0),
        search: StoredValue::new(0),
        path: StoredValue::new(Box::new(path)),
    };
    let first = move || paged.path.with_value(|path| path(None));
    let restart = move || paged.begin();
    let accept = move |answer: Answer| match decode::<Page<T>>(answer) {
        Ok(page) => {
            paged.cursor.set(page.next_cursor);
            paged.state.set(Load::Ready(page.items));
        }
        Err(failure) => paged.state.set(Load::Failed(failure)),
    };
    follow(Box::new(first), paged.round, Box::new(restart), Rc::new(accept));
    paged
}

impl<T> Paged<T>
where
    T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static,
{
    fn begin(self) {
        self.search.update_value(|search| *search += 1);
        self.busy.set(false);
        self.broken.set(None);
        self.cursor.set(None);
        self.state.set(Load::Loading);
    }

    /// Asks again from nothing.
    pub fn retry(self) {
        self.begin();
        self.round.try_update(|round| *round += 1);
    }

    /// Asks for the next page.
    pub fn more(self) {
        let Some(cursor) = self.cursor.get_untracked() else { return };
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.broken.set(None);
        let path = self.path.with_value(|path| untrack(|| path(Some(&cursor))));
        let search = self.search.get_value();
        spawn_local(async move {
            let answer = self.api.get::<Page<T>>(&path).await;
            // The page may be gone, or search for something else by now.
            if self.search.try_get_value() != Some(search) {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(page) => {
                    self.cursor.set(page.next_cursor);
                    self.state.update(|state| {
                        if let Load::Ready(rows) = state {
                            rows.extend(page.items);
                        }
                    });
                }
                Err(failure) => self.broken.set(Some(failure)),
            }
        });
    }

    /// Whether there is anything, apart from what it is.
    pub fn stage(self) -> Load<bool> {
        self.state.with(|state| match state {
            Load::Loading => Load::Loading,
            Load::Ready(rows) => Load::Ready(rows.is_empty()),
            Load::Failed(failure) => Load::Failed(failure.clone()),
        })
    }

    /// Runs with the rows.
    pub fn with<R>(self, read: impl FnOnce(&[T]) -> R) -> R {
        self.state.with(|state| if let Load::Ready(rows) = state { read(rows) } else { read(&[]) })
    }

    /// Every row with its place, for drawing.
    pub fn placed(self) -> Vec<(usize, T)> {
        self.with(|rows| rows.iter().cloned().enumerate().collect())
    }

    /// The places of the rows, for the keyboard.
    pub fn places(self) -> Vec<String> {
        (0..self.with(<[T]>::len)).map(|place| place.to_string()).collect()
    }

    /// True when there is another page.
    pub fn has_more(self) -> bool {
        self.cursor.with(Option::is_some)
    }

    /// True while a page is asked for.
    pub fn is_busy(self) -> bool {
        self.busy.get()
    }

    /// Why the next page did not come.
    pub fn broken(self) -> Option<Failure> {
        self.broken.get()
    }
}
