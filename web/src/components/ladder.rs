//! The ladder of autonomy.

use devos_web::view::ladder::Rung;
use leptos::prelude::*;

use super::icon::{Icon, Name};

/// The four levels as a choice of one.
#[component]
pub fn Ladder(
    rungs: Signal<Vec<Rung>>,
    level: Signal<u8>,
    choose: impl Fn(u8) + Copy + Send + 'static,
) -> impl IntoView {
    view! {
        <div class="ladder" role="radiogroup" aria-label="Autonomy level" data-testid="settings-level">
            {move || rungs.get().into_iter().map(|rung| view_rung(rung, level, choose)).collect_view()}
        </div>
    }
}

fn view_rung(rung: Rung, level: Signal<u8>, choose: impl Fn(u8) + Copy + Send + 'static) -> impl IntoView {
    let number = rung.level;
    let blocked = rung.blocked.is_some();
    let conditions = rung.conditions.into_iter().map(|condition| {
        let (class, icon) = match condition.met {
            Some(true) => ("condition is-met", Some(Name::Check)),
            Some(false) => ("condition is-unmet", Some(Name::Cross)),
            None => ("condition", None),
        };
        view! { <li class=class><span class="condition-mark">{icon.map(|name| view! { <Icon name/> })}</span>{condition.text}</li> }
    });
    view! {
        <label class="rung" class:is-chosen=move || level.get() == number class:is-blocked=blocked>
            <input
                type="radio"
                name="level"
                value=number
                prop:checked=move || level.get() == number
                disabled=blocked
                data-testid=format!("settings-level-{number}")
                on:change=move |_| choose(number)
            />
            <span class="rung-number">{number}</span>
            <span class="rung-body">
                <span class="rung-name">{rung.name}</span>
                <span class="rung-may">{rung.may}</span>
                {rung.blocked.map(|why| view! { <span class="rung-blocked">{why}</span> })}
                <ul class="conditions">{conditions.collect_view()}</ul>
            </span>
        </label>
    }
}
