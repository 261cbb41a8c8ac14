//! Moments in time.

use std::time::Duration;

use chrono::{DateTime, Utc};
use devos_web::view::moment;
use leptos::prelude::*;

use crate::browser;

/// How often relative times are looked at again.
const TICK: Duration = Duration::from_secs(10);

/// The present moment, coarse enough to draw with.
#[derive(Clone, Copy)]
pub struct Clock(RwSignal<DateTime<Utc>>);

impl Clock {
    /// A clock that goes on until the page is left.
    pub fn start() -> Self {
        let clock = RwSignal::new(browser::now());
        set_interval(move || clock.set(browser::now()), TICK);
        Self(clock)
    }

    /// The present moment.
    pub fn now(self) -> DateTime<Utc> {
        self.0.get()
    }
}

/// A moment as people say it, with the exact one on hover.
#[component]
pub fn When(at: DateTime<Utc>) -> impl IntoView {
    let clock = expect_context::<Clock>();
    view! { <time datetime=at.to_rfc3339() title=browser::local_time(at)>{move || moment::relative(at, clock.now())}</time> }
}

/// How long something has been going on.
#[component]
pub fn Age(since: DateTime<Utc>) -> impl IntoView {
    let clock = expect_context::<Clock>();
    view! { <time datetime=since.to_rfc3339() title=browser::local_time(since)>{move || moment::age(since, clock.now())}</time> }
}
