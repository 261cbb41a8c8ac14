//! Pages of telemetry.

pub mod drops;
pub mod logs;
pub mod metric;
pub mod metrics;
pub mod test_results;
pub mod trace;
pub mod traces;

use leptos::prelude::*;

use super::onboarding;
use crate::components::copy::Snippet;
use crate::components::empty::Empty;
use crate::components::icon::Name;

/// Nothing was sent, or nothing in this range: how to send something.
fn view_silence(title: &'static str, text: &'static str) -> AnyView {
    view! { <Empty icon=Name::Waves title text><Snippet text=onboarding::telemetry_snippet()/></Empty> }.into_any()
}

/// The filter can not be read; the box above says why.
fn view_unread() -> AnyView {
    view! { <Empty icon=Name::Search title="The filter can not be read" text="What is wrong with it stands below the box."/> }
        .into_any()
}
