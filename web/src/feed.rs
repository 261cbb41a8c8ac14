//! Asking the API again and again, the same for every kind of answer.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{Answer, Api};

/// Asks for what lies at `path`, now, whenever the path changes, and on every new `round`.
///
/// `restart` runs before another path is asked for; `accept` gets every answer that is not outdated.
pub fn follow(path: Box<dyn Fn() -> String>, round: RwSignal<u64>, restart: Box<dyn Fn()>, accept: Rc<dyn Fn(Answer)>) {
    let api = expect_context::<Api>();
    let newest = StoredValue::new(0_u64);
    Effect::new(move |previous: Option<String>| {
        round.track();
        let path = path();
        if previous.is_some_and(|previous| previous != path) {
            restart();
        }
        newest.update_value(|number| *number += 1);
        let number = newest.get_value();
        let (asked, accept) = (path.clone(), accept.clone());
        spawn_local(async move {
            let answer = api.read(&asked).await;
            // The page may be gone, or have asked again since.
            if newest.try_get_value() == Some(number) {
                accept(answer);
            }
        });
        path
    });
}
