//! The waterfall of a trace.

use devos_contracts::query::{SpanDetail, TraceDetail};
use devos_web::view::telemetry::measure::nanoseconds;
use devos_web::view::telemetry::waterfall::{Line, unfolded, waterfall};
use leptos::html;
use leptos::prelude::*;

use super::span::Detail;
use crate::browser;
use crate::components::icon::{Icon, Name};
use crate::components::telemetry::log_rows::toggle;
use crate::keys::{RowCursor, use_key, use_row_cursor};

/// Spans drawn before somebody asks for all of them.
const SHOWN: usize = 500;
/// Deeper spans are not indented further.
const DEEPEST: u32 = 16;

/// The waterfall; a span unfolds into what is known of it.
#[component]
pub fn Spans(trace: TraceDetail) -> impl IntoView {
    let drawn = waterfall(&trace);
    if drawn.lines.is_empty() {
        return view! { <p class="calm">"No span of this trace was sent; only logs name it."</p> }.into_any();
    }
    let spans = StoredValue::new(trace.spans.into_iter().map(|node| node.span).collect::<Vec<_>>());
    let lines = StoredValue::new(drawn.lines);
    let folded = RwSignal::new(Vec::<usize>::new());
    let all = RwSignal::new(false);
    let opened = RwSignal::new(None::<String>);
    let seen = Memo::new(move |_| lines.with_value(|lines| folded.with(|folded| unfolded(lines, folded))));
    let shown = move || {
        let limit = if all.get() { usize::MAX } else { SHOWN };
        seen.get().into_iter().take(limit).collect::<Vec<_>>()
    };
    let places = move || shown().iter().map(|line| line.index.to_string()).collect();
    let cursor = use_row_cursor(places, move |key| toggle(opened, key));
    let fold = move |index: usize| {
        folded.update(|folded| match folded.iter().position(|known| *known == index) {
            Some(at) => drop(folded.remove(at)),
            None => folded.push(index),
        });
    };
    use_key("z", "Fold or unfold the span", move || {
        if let Some(index) = cursor.place().and_then(|key| key.parse().ok()) {
            fold(index);
        }
    });
    let marks = drawn.marks.into_iter().map(|(at, left)| {
        let class = if left > 94.0 { "is-last" } else { "" };
        view! { <span class=class style:left=format!("{left:.2}%")>{nanoseconds(at)}</span> }
    });
    let row = move |line: Line| {
        let span = spans.with_value(|spans| spans[line.index].clone());
        view! { <SpanRow line span cursor opened folded fold/> }
    };
    let rest = move || seen.with(Vec::len).saturating_sub(SHOWN);
    view! {
        <div class="waterfall">
            <div class="waterfall-head" aria-hidden="true"><span>"Span"</span><div class="waterfall-marks">{marks.collect_view()}</div></div>
            <ol aria-label="Spans"><For each=shown key=|line| line.index children=row/></ol>
        </div>
        <Show when=move || { !all.get() && rest() > 0 }>
            <div class="older"><button type="button" class="button" on:click=move |_| all.set(true)>{move || format!("Show {} more spans", rest())}</button></div>
        </Show>
    }
    .into_any()
}

#[component]
fn SpanRow(
    line: Line,
    span: SpanDetail,
    cursor: RowCursor,
    opened: RwSignal<Option<String>>,
    folded: RwSignal<Vec<usize>>,
    fold: impl Fn(usize) + Copy + 'static,
) -> impl IntoView {
    let node = NodeRef::<html::Li>::new();
    let key = line.index.to_string();
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
    let index = line.index;
    let is_folded = Memo::new(move |_| folded.with(|folded| folded.contains(&index)));
    let chevron = (line.below > 0).then(|| {
        let label = move || if is_folded.get() { "Unfold the span" } else { "Fold the span" };
        view! {
            <button type="button" class="span-fold" aria-label=label aria-expanded=move || (!is_folded.get()).to_string() on:click=move |_| fold(index)>
                <Icon name=Name::ChevronRight/>
            </button>
        }
    });
    let class = format!("span-row hue-{}{}", line.hue, if line.failed { " is-failed" } else { "" });
    let hidden =
        move || is_folded.get().then(|| view! { <span class="span-hidden">{format!("+{}", line.below)}</span> });
    let orphan = line.orphan.then(
        || view! { <span class="span-orphan" title="Its parent was not sent, or is not stored yet">"no parent"</span> },
    );
    let failed = line.failed.then(
        || view! { <span class="span-failed"><Icon name=Name::Alert/><span class="unseen">"Failed"</span></span> },
    );
    let depth = f64::from(line.depth.min(DEEPEST));
    // The duration stands where there is room: after the bar, before it, else on it.
    let end = line.left + line.width;
    let (side, place) = match (end > 85.0, line.left < 15.0) {
        (false, _) => ("span-time", (Some(end), None)),
        (true, false) => ("span-time", (None, Some(100.0 - line.left))),
        (true, true) => ("span-time is-inside", (None, None)),
    };
    let percent = |share: Option<f64>| share.map(|share| format!("{share:.2}%"));
    let (after, until) = (percent(place.0), percent(place.1));
    let duration = nanoseconds(span.duration_ns);
    let (name, service) = (span.name.clone(), span.service.clone());
    let span = StoredValue::new(span);
    view! {
        <li class=class class:is-current=move || current.get() class:is-open=move || open.get() class:is-folded=move || is_folded.get() node_ref=node data-testid="span-row">
            <div class="span-head">
                <div class="span-tree">
                    <span class="span-indent" style:width=format!("{:.3}rem", depth * 0.875)></span>
                    <span class="span-chevron">{chevron}</span>
                    <button type="button" class="span-line" aria-expanded=move || open.get().to_string() on:click=move |_| toggle(opened, &key)>
                        {failed}
                        <span class="span-name">{name}</span>
                        <span class="span-service">{service}</span>
                        {orphan}
                        {hidden}
                    </button>
                </div>
                <div class="span-track">
                    <i style:left=format!("{:.3}%", line.left) style:width=format!("{:.3}%", line.width)></i>
                    <span class=side style:left=after style:right=until>{duration}</span>
                </div>
            </div>
            <Show when=move || open.get()><Detail span=span.get_value()/></Show>
        </li>
    }
}
