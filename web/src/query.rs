//! A value of the API that a page shows and keeps fresh.

use std::rc::Rc;

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use crate::api::{Answer, Failure, decode};
use crate::feed::follow;

/// A value on its way.
#[derive(Debug, Clone, PartialEq)]
pub enum Load<T> {
    /// It was asked for.
    Loading,
    /// Here it is.
    Ready(T),
    /// It did not come.
    Failed(Failure),
}

/// A value of the API; asked for again when its path changes or on request.
pub struct Query<T: Send + Sync + 'static> {
    state: RwSignal<Load<T>>,
    round: RwSignal<u64>,
}

impl<T: Send + Sync + 'static> Clone for Query<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Query<T> {}

/// Asks for the value at `path`. While it is asked for again the old value stays.
pub fn query<T>(path: impl Fn() -> String + Send + Sync + 'static) -> Query<T>
where
    T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static,
{
    let query = Query { state: RwSignal::new(Load::Loading), round: RwSignal::new(0) };
    let restart = move || query.state.set(Load::Loading);
    let accept = move |answer: Answer| query.accept(decode(answer));
    follow(Box::new(path), query.round, Box::new(restart), Rc::new(accept));
    query
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Query<T> {
    fn accept(self, answer: Result<T, Failure>) {
        let next = match answer {
            Ok(value) => Load::Ready(value),
            // A failed refresh leaves the reader what they have.
            Err(_) if self.state.with_untracked(|state| matches!(state, Load::Ready(_))) => return,
            Err(failure) => Load::Failed(failure),
        };
        if self.state.with_untracked(|state| *state != next) {
            self.state.set(next);
        }
    }

    /// Asks again and keeps what is shown meanwhile.
    pub fn refresh(self) {
        self.round.try_update(|round| *round += 1);
    }

    /// Asks again from nothing, after a failure.
    pub fn retry(self) {
        self.state.set(Load::Loading);
        self.refresh();
    }

    /// The value on its way.
    pub fn get(self) -> Load<T> {
        self.state.get()
    }

    /// The value, when it is here.
    pub fn ready(self) -> Option<T> {
        self.state.with(|state| if let Load::Ready(value) = state { Some(value.clone()) } else { None })
    }

    /// Takes a value that another call answered with.
    pub fn put(self, value: T) {
        self.state.set(Load::Ready(value));
    }
}
