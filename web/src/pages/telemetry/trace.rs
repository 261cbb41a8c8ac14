//! One trace: its spans as a waterfall, and its logs.

mod span;
mod spans;

use devos_contracts::query::{LogEntry, TraceDetail};
use devos_web::view::quantity::{counted, encode};
use devos_web::view::telemetry::measure::nanoseconds;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use spans::Spans;

use crate::components::badge::Chip;
use crate::components::copy::Ident;
use crate::components::header::{PageHeader, Section};
use crate::components::loaded::Loaded;
use crate::components::moment::When;
use crate::components::telemetry::log_rows::LogRow;
use crate::keys::RowCursor;
use crate::query::query;
use devos_contracts::telemetry::SpanStatus;
use devos_web::view::state::Tone;

/// The page.
#[component]
pub fn TracePage() -> impl IntoView {
    let params = use_params_map();
    let map = use_query_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let at = Memo::new(move |_| map.with(|map| map.get("at")).unwrap_or_default());
    let trace = query::<TraceDetail>(move || {
        let at = at.get();
        let near = if at.is_empty() { String::new() } else { format!("?at={}", encode(&at)) };
        format!("/traces/{}{near}", id.get())
    });
    view! { <div class="page is-telemetry"><Loaded query=trace draw=view_trace lines=12/></div> }
}

fn view_trace(trace: TraceDetail) -> impl IntoView {
    let root = trace.spans.iter().find(|node| node.depth == 0 && !node.orphan).or_else(|| trace.spans.first());
    let title = root.map_or_else(|| format!("Trace {}", trace.trace_id), |node| node.span.name.clone());
    let errors = trace.spans.iter().filter(|node| node.span.status == SpanStatus::Error).count();
    let failed = (errors > 0).then(|| view! { <Chip tone=Tone::Bad text=counted(errors, "failed span")/> });
    let services = trace.services.join(", ");
    let meta = view! {
        {failed}
        <span>{nanoseconds(trace.duration_ns)}</span>
        <span>{counted(trace.spans.len(), "span")}</span>
        <span>{services}</span>
        {trace.start.map(|start| view! { <span>"started "<When at=start/></span> })}
        <Ident id=trace.trace_id.to_string()/>
    };
    let truncated = trace.truncated.then(|| {
        view! { <p class="calm">"This trace is larger than what is shown: the first spans and logs are here."</p> }
    });
    let logs = trace.logs.clone();
    let note = view! { <span class="quiet">{counted(logs.len(), "record")}</span> };
    view! {
        <PageHeader title crumb=("/traces", "Traces") meta=meta.into_any()/>
        {truncated}
        <Section title="Spans"><Spans trace/></Section>
        <Section title="Logs" note=note.into_any()>{view_logs(logs)}</Section>
    }
}

fn view_logs(logs: Vec<LogEntry>) -> AnyView {
    if logs.is_empty() {
        return view! { <p class="calm">"No log record names this trace."</p> }.into_any();
    }
    let opened = RwSignal::new(None);
    let rows = logs.into_iter().enumerate().map(|(place, entry)| {
        view! { <LogRow key=place.to_string() entry cursor=RowCursor::still() opened within_trace=true/> }
    });
    view! { <ol class="log-rows" aria-label="Log records, oldest first">{rows.collect_view()}</ol> }.into_any()
}
