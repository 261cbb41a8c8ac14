//! Occurrences over time.

use devos_contracts::pattern::OccurrenceBucket;
use devos_web::view::histogram::{Bar, Histogram, histogram};
use devos_web::view::quantity::grouped;
use leptos::prelude::*;

use super::field::Segmented;
use super::moment::Clock;
use crate::browser;

/// Width of a bar with its gap, in units of the drawing.
const PITCH: u32 = 10;
/// Width of a bar.
const WIDTH: u32 = 8;

/// Bars of signals; the one under the pointer is read out above.
#[component]
pub fn Occurrences(buckets: Memo<Vec<OccurrenceBucket>>) -> impl IntoView {
    let clock = expect_context::<Clock>();
    let range = RwSignal::new("7d".to_owned());
    let hovered = RwSignal::new(None::<Bar>);
    let drawn = Memo::new(move |_| {
        let (window, hours) = if range.get() == "24h" { (24, 1) } else { (168, 4) };
        buckets.with(|buckets| histogram(buckets, clock.now(), window, hours))
    });
    let readout = move || match hovered.get() {
        Some(bar) => format!("{} from {}", grouped(bar.count), browser::local_time(bar.at)),
        None => drawn.with(|drawn| format!("{} in this range", grouped(drawn.total))),
    };
    view! {
        <div class="histogram">
            <div class="histogram-bar">
                <span class="histogram-readout">{readout}</span>
                <Segmented label="Range" options=vec![("24h", "24 hours"), ("7d", "7 days")] chosen=range choose=move |value| range.set(value.into())/>
            </div>
            {move || drawn.with(|drawn| plot(drawn, hovered))}
        </div>
    }
}

fn plot(drawn: &Histogram, hovered: RwSignal<Option<Bar>>) -> impl IntoView + use<> {
    let count = u32::try_from(drawn.bars.len()).unwrap_or(0);
    let bars = drawn.bars.iter().copied().zip(0_u32..).map(|(bar, index)| {
        let height = bar.height / 10;
        view! {
            <g on:pointerenter=move |_| hovered.set(Some(bar))>
                <rect class="plot-hit" x=index * PITCH y="0" width=PITCH height="100"></rect>
                <rect class="plot-bar" x=index * PITCH + 1 y=100 - height width=WIDTH height=height rx="1"></rect>
            </g>
        }
    });
    let rows = drawn.bars.iter().filter(|bar| bar.count > 0).map(|bar| {
        view! { <tr><td>{browser::local_time(bar.at)}</td><td>{bar.count}</td></tr> }
    });
    let first = drawn.bars.first().map(|bar| browser::local_day(bar.at));
    view! {
        <div class="plot">
            <span class="plot-top" aria-hidden="true">{drawn.top_label()}</span>
            <svg viewBox=format!("0 0 {} 100", count * PITCH) preserveAspectRatio="none" aria-hidden="true" on:pointerleave=move |_| hovered.set(None)>
                {bars.collect_view()}
            </svg>
            <div class="plot-axis" aria-hidden="true"><span>{first}</span><span>"now"</span></div>
        </div>
        <table class="unseen">
            <caption>"Occurrences over time"</caption>
            <thead><tr><th>"From"</th><th>"Signals"</th></tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}
