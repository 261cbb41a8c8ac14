//! A list of the API with pages, kept fresh without moving what the reader looks at.

use std::rc::Rc;

use devos_contracts::api::Page;
use devos_web::view::live::Live;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;

use crate::api::{Answer, Api, Failure, decode};
use crate::feed::follow;
use crate::query::Load;

/// The API path of a page, for its cursor.
type PagePath = Box<dyn Fn(Option<&str>) -> String + Send + Sync>;

/// A list of the API.
pub struct Listing<T: Send + Sync + 'static> {
    api: Api,
    state: RwSignal<Load<Live<T>>>,
    cursor: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    round: RwSignal<u64>,
    path: StoredValue<PagePath>,
    key: fn(&T) -> String,
}

impl<T: Send + Sync + 'static> Clone for Listing<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Listing<T> {}

/// Asks for the first page; `path` gives the API path for a cursor and may depend on signals.
pub fn listing<T>(path: impl Fn(Option<&str>) -> String + Send + Sync + 'static, key: fn(&T) -> String) -> Listing<T>
where
    T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static,
{
    let listing = Listing {
        api: expect_context::<Api>(),
        state: RwSignal::new(Load::Loading),
        cursor: RwSignal::new(None),
        busy: RwSignal::new(false),
        round: RwSignal::new(0),
        path: StoredValue::new(Box::new(path)),
        key,
    };
    let first = move || listing.path.with_value(|path| path(None));
    let restart = move || listing.state.set(Load::Loading);
    let accept = move |answer: Answer| listing.accept(decode(answer));
    follow(Box::new(first), listing.round, Box::new(restart), Rc::new(accept));
    listing
}

impl<T> Listing<T>
where
    T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static,
{
    fn accept(self, answer: Result<Page<T>, Failure>) {
        let shown =
            self.state.with_untracked(|state| if let Load::Ready(live) = state { Some(live.clone()) } else { None });
        match (answer, shown) {
            (Ok(page), Some(live)) => {
                // An empty list has nothing that could move.
                let next = live.updated(&page.items, self.key);
                let next = if live.shown.is_empty() { next.revealed() } else { next };
                if next != live {
                    self.state.set(Load::Ready(next));
                }
            }
            (Ok(page), None) => {
                self.cursor.set(page.next_cursor);
                self.state.set(Load::Ready(Live { shown: page.items, waiting: Vec::new() }));
            }
            (Err(_), Some(_)) => {}
            (Err(failure), None) => self.state.set(Load::Failed(failure)),
        }
    }

    /// Looks for changes; rows change in place and new ones wait.
    pub fn refresh(self) {
        self.round.try_update(|round| *round += 1);
    }

    /// Asks again from nothing.
    pub fn retry(self) {
        self.state.set(Load::Loading);
        self.refresh();
    }

    /// Shows what waited.
    pub fn reveal(self) {
        self.state.update(|state| {
            if let Load::Ready(live) = state {
                *live = live.revealed();
            }
        });
    }

    /// Asks for the next page.
    pub fn more(self) {
        let Some(cursor) = self.cursor.get_untracked() else {
            return;
        };
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let path = self.path.with_value(|path| untrack(|| path(Some(&cursor))));
        spawn_local(async move {
            let answer = self.api.get::<Page<T>>(&path).await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            // A failed page keeps its cursor: the button stays and can be pressed again.
            if let Ok(page) = answer {
                self.cursor.set(page.next_cursor);
                self.state.update(|state| {
                    if let Load::Ready(live) = state {
                        *live = live.extended(page.items, self.key);
                    }
                });
            }
        });
    }

    /// The list on its way.
    pub fn get(self) -> Load<Live<T>> {
        self.state.get()
    }

    /// Runs with the rows on the screen.
    pub fn with<R>(self, read: impl FnOnce(&[T]) -> R) -> R {
        self.state.with(|state| if let Load::Ready(live) = state { read(&live.shown) } else { read(&[]) })
    }

    /// How many newer rows wait.
    pub fn waiting(self) -> usize {
        self.state.with(|state| if let Load::Ready(live) = state { live.waiting.len() } else { 0 })
    }

    /// True when there is another page.
    pub fn has_more(self) -> bool {
        self.cursor.with(Option::is_some)
    }

    /// True while a page is asked for.
    pub fn is_busy(self) -> bool {
        self.busy.get()
    }
}
