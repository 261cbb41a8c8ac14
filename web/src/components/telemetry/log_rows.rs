//! Log records as dense lines that unfold.

use chrono::Datelike;
use devos_contracts::query::LogEntry;
use devos_web::view::telemetry::search::written;
use devos_web::view::telemetry::severity::{self, Level};
use leptos::html;
use leptos::prelude::*;

use super::attributes::{AddTerm, AttributeList, STACK};
use crate::browser;
use crate::components::copy::{CopyButton, Ident};
use crate::components::icon::{Icon, Name};
use crate::components::stack::Stack;
use crate::keys::RowCursor;

/// Which line is unfolded.
pub type Opened = RwSignal<Option<String>>;

/// Unfolds a line, or folds it.
pub fn toggle(opened: Opened, key: &str) {
    opened.update(|opened| *opened = if opened.as_deref() == Some(key) { None } else { Some(key.to_owned()) });
}

/// One record.
#[component]
pub fn LogRow(
    key: String,
    entry: LogEntry,
    cursor: RowCursor,
    opened: Opened,
    #[prop(optional_no_strip)] add: Option<AddTerm>,
    /// The trace is what the page is about.
    #[prop(optional)]
    within_trace: bool,
) -> impl IntoView {
    let node = NodeRef::<html::Li>::new();
    let here = key.clone();
    let current = Memo::new(move |_| cursor.is_at(&here));
    let here = key.clone();
    let open = Memo::new(move |_| opened.with(|opened| opened.as_deref() == Some(here.as_str())));
    Effect::new(move |_| {
        if current.get()
            && let Some(element) = node.get_untracked()
        {
            browser::reveal(&element);
        }
    });
    let class = format!("log-row {}", Level::of(entry.severity_number).tone().class());
    let today = browser::now().date_naive().day() == entry.at.date_naive().day();
    let day = (!today).then(|| view! { <span class="log-day">{browser::local_date(entry.at)}</span> });
    let entry = StoredValue::new(entry);
    let line = entry.with_value(|entry| {
        view! {
            <time class="log-time" datetime=entry.at.to_rfc3339() title=browser::local_time(entry.at)>{day}{browser::local_instant(entry.at)}</time>
            <span class="log-level">{severity::word(entry.severity_number, &entry.severity_text)}</span>
            <span class="log-service">{entry.service.clone()}</span>
            <span class="log-body">{entry.body.clone()}</span>
        }
    });
    view! {
        <li class=class class:is-current=move || current.get() class:is-open=move || open.get() node_ref=node data-testid="log-row">
            <button type="button" class="log-line" aria-expanded=move || open.get().to_string() on:click=move |_| toggle(opened, &key)>
                {line}
            </button>
            <Show when=move || open.get()>{move || view_detail(entry.get_value(), add, within_trace)}</Show>
        </li>
    }
}

fn view_detail(mut entry: LogEntry, add: Option<AddTerm>, within_trace: bool) -> impl IntoView {
    let trace = entry.trace_id.map(|id| {
        let link = (!within_trace).then(|| {
            let href = format!("/traces/{id}?at={}", devos_web::view::quantity::encode(&written(entry.at)));
            view! { <a class="quiet-link" href=href data-testid="log-trace">"Open the trace"<Icon name=Name::Arrow/></a> }
        });
        view! { <div class="log-fact"><dt>"Trace"</dt><dd><Ident id=id.to_string()/>{link}</dd></div> }
    });
    let stack = entry.attributes.remove(STACK).and_then(|stack| stack.as_str().map(str::to_owned));
    let fact = |label: &'static str, text: String| {
        (!text.is_empty()).then(|| view! { <div class="log-fact"><dt>{label}</dt><dd>{text}</dd></div> })
    };
    let span = entry
        .span_id
        .map(|id| view! { <div class="log-fact"><dt>"Span"</dt><dd><Ident id=id.to_string()/></dd></div> });
    view! {
        <div class="log-detail" data-testid="log-detail">
            <div class="log-full"><pre tabindex="0">{entry.body.clone()}</pre><CopyButton text=entry.body label="Copy the message"/></div>
            <dl class="log-facts">
                <div class="log-fact"><dt>"Time"</dt><dd>{browser::local_time(entry.at)}</dd></div>
                {trace}
                {span}
                {fact("Event", entry.event_name)}
                {fact("Library", entry.scope_name)}
            </dl>
            {stack.map(|stack| view! { <Stack stack/> })}
            <AttributeList title="Attributes" attributes=entry.attributes add/>
            <AttributeList title="Resource" attributes=entry.resource add/>
        </div>
    }
}
