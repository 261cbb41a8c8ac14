//! What is known of a span.

use devos_contracts::query::{SpanDetail, SpanReference};
use devos_contracts::telemetry::{SpanEvent, SpanKind, SpanStatus};
use devos_web::view::telemetry::measure::nanoseconds;
use leptos::prelude::*;

use crate::browser;
use crate::components::copy::Ident;
use crate::components::icon::{Icon, Name};
use crate::components::stack::Stack;
use crate::components::telemetry::attributes::{AttributeList, STACK};

/// A span's facts, attributes, events and links.
#[component]
pub fn Detail(span: SpanDetail) -> impl IntoView {
    let status = match span.status {
        SpanStatus::Unset => "not said",
        SpanStatus::Ok => "ok",
        SpanStatus::Error => "failed",
    };
    let kind = match span.kind {
        SpanKind::Unspecified => "not said",
        SpanKind::Internal => "internal",
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    };
    let why =
        (!span.status_message.is_empty()).then(|| view! { <p class="span-why">{span.status_message.clone()}</p> });
    let fact = |label: &'static str, text: String| {
        (!text.is_empty()).then(|| view! { <div class="log-fact"><dt>{label}</dt><dd>{text}</dd></div> })
    };
    let begun = span.start;
    let events = (!span.events.is_empty()).then(|| {
        let events = span.events.iter().cloned().map(|event| view_event(event, begun)).collect_view();
        view! { <div class="span-events"><h4>"Events"</h4><ul>{events}</ul></div> }
    });
    let links = (!span.links.is_empty()).then(|| {
        let links = span.links.iter().cloned().map(view_link).collect_view();
        view! { <div class="span-events"><h4>"Links"</h4><ul>{links}</ul></div> }
    });
    view! {
        <div class="log-detail" data-testid="span-detail">
            {why}
            <dl class="log-facts">
                {fact("Service", span.service.unwrap_or_default())}
                {fact("Started", browser::local_time(span.start))}
                {fact("Duration", nanoseconds(span.duration_ns))}
                {fact("Kind", kind.to_owned())}
                {fact("Status", status.to_owned())}
                {fact("Library", span.scope_name)}
                <div class="log-fact"><dt>"Span"</dt><dd><Ident id=span.span_id.to_string()/></dd></div>
            </dl>
            <AttributeList title="Attributes" attributes=span.attributes/>
            {events}
            {links}
            <AttributeList title="Resource" attributes=span.resource/>
        </div>
    }
}

fn view_event(mut event: SpanEvent, begun: chrono::DateTime<chrono::Utc>) -> impl IntoView {
    let after = event.timestamp.map(|at| {
        let after = (at - begun).num_nanoseconds().unwrap_or(0);
        view! { <span class="quiet" title=browser::local_time(at)>{format!("after {}", nanoseconds(after))}</span> }
    });
    let stack = event.attributes.remove(STACK).and_then(|stack| stack.as_str().map(str::to_owned));
    view! {
        <li>
            <p class="span-event"><b>{event.name}</b>{after}</p>
            <AttributeList title="" attributes=event.attributes/>
            {stack.map(|stack| view! { <Stack stack/> })}
        </li>
    }
}

fn view_link(link: SpanReference) -> impl IntoView {
    view! {
        <li>
            <p class="span-event">
                <a class="quiet-link" href=format!("/traces/{}", link.trace_id)>{format!("Trace {}", link.trace_id)}<Icon name=Name::Arrow/></a>
                <span class="quiet">{format!("span {}", link.span_id)}</span>
            </p>
            <AttributeList title="" attributes=link.attributes/>
        </li>
    }
}
