//! Attributes of a record.

use devos_contracts::telemetry::Attributes;
use devos_web::view::telemetry::attributes::{Line, lines};
use leptos::prelude::*;

use crate::components::copy::CopyButton;
use crate::components::icon::{Icon, Name};

/// The attribute that holds an exception's stack trace, which is shown as such.
pub const STACK: &str = "exception.stacktrace";

/// Adds a term to the filter.
pub type AddTerm = Callback<String>;

/// A titled list of attributes; nothing when there are none.
#[component]
pub fn AttributeList(
    title: &'static str,
    attributes: Attributes,
    #[prop(optional_no_strip)] add: Option<AddTerm>,
) -> impl IntoView {
    let lines = lines(attributes);
    (!lines.is_empty()).then(|| {
        let lines = lines.into_iter().map(|line| view_line(line, add)).collect_view();
        view! { <div class="attributes"><h4>{title}</h4><dl>{lines}</dl></div> }
    })
}

fn view_line(line: Line, add: Option<AddTerm>) -> impl IntoView {
    let narrow = add.zip(line.term).map(|(add, term)| {
        let label = format!("Filter by {term}");
        view! {
            <button type="button" class="copy" aria-label=label.clone() title=label on:click=move |_| add.run(term.clone())>
                <Icon name=Name::Search/>
            </button>
        }
    });
    view! {
        <div class="attribute">
            <dt>{line.key}</dt>
            <dd><span>{line.value.clone()}</span>{narrow}<CopyButton text=line.value label="Copy the value"/></dd>
        </div>
    }
}
