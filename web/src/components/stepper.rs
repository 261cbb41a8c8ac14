//! The road of a repair.

use devos_web::view::journey::{Standing, Station};
use leptos::prelude::*;

use super::icon::{Icon, Name};

/// Stations from the failure to the silence.
#[component]
pub fn Stepper(stations: Vec<Station>) -> impl IntoView {
    let stations = stations.into_iter().map(|station| {
        let (class, icon) = match station.standing {
            Standing::Done => ("station is-done", Some(Name::Check)),
            Standing::Here => ("station is-here", None),
            Standing::Stopped => ("station is-stopped", Some(Name::Cross)),
            Standing::Ahead => ("station", None),
        };
        let current = (station.standing == Standing::Here).then_some("step");
        view! {
            <li class=class aria-current=current>
                <span class="station-dot">{icon.map(|name| view! { <Icon name/> })}</span>
                <span class="station-label">{station.label}</span>
            </li>
        }
    });
    view! { <ol class="stepper" aria-label="Progress">{stations.collect_view()}</ol> }
}
