//! A metric over time.

use devos_contracts::query::MetricAnswer;
use devos_web::view::telemetry::chart::{self, Chart, chart};
use devos_web::view::telemetry::measure::measure;
use leptos::prelude::*;

use super::log_bars::TimeAxis;
use crate::browser;

/// Lines with their scale, and a legend that reads out the step under the pointer.
#[component]
pub fn LineChart(answer: MetricAnswer) -> impl IntoView {
    let hovered = RwSignal::new(None::<usize>);
    let drawn = chart(&answer);
    let unit = answer.unit;
    let count = drawn.marks.len().saturating_sub(1).max(1);
    let labels = drawn.marks.iter().enumerate().map(|(index, value)| {
        #[expect(clippy::cast_precision_loss, reason = "a few marks")]
        let bottom = index as f64 * 100.0 / count as f64;
        view! { <span style:bottom=format!("{bottom:.2}%")>{measure(*value, &unit)}</span> }
    });
    let labels = labels.collect_view();
    let steps = drawn.steps.clone();
    let readout = move || match hovered.get().and_then(|index| steps.get(index)) {
        Some(at) => browser::local_moment(*at),
        None => "Newest value".to_owned(),
    };
    view! {
        <div class="chart">
            <div class="chart-frame">
                <div class="chart-scale" aria-hidden="true">{labels}</div>
                <div class="chart-plot">{plot(&drawn, hovered)}</div>
            </div>
            <div class="chart-axis"><TimeAxis from=answer.from to=answer.to/></div>
            <div class="chart-legend">
                <span class="chart-readout">{readout}</span>
                <ul>{legend(&drawn, &unit, hovered)}</ul>
                {(drawn.hidden > 0).then(|| view! { <p class="quiet">{format!("{} more series are not drawn; narrow them by a filter.", drawn.hidden)}</p> })}
            </div>
            {table(&drawn, &unit)}
        </div>
    }
}

#[expect(clippy::cast_precision_loss, reason = "places on the screen")]
fn plot(drawn: &Chart, hovered: RwSignal<Option<usize>>) -> impl IntoView + use<> {
    let pitch = chart::WIDTH / drawn.steps.len().max(1) as f64;
    let count = drawn.marks.len().saturating_sub(1).max(1);
    let grid = (0..=count).map(|index| {
        let y = chart::HEIGHT * index as f64 / count as f64;
        view! { <line class="chart-grid" x1="0" x2=chart::WIDTH y1=y y2=y></line> }
    });
    let lines = drawn.lines.iter().map(|line| {
        view! { <path class=format!("chart-line hue-{}", line.hue) d=line.path.clone() data-testid="chart-line"></path> }
    });
    let hits = (0..drawn.steps.len()).map(|index| {
        view! { <rect class="plot-hit" x=pitch * index as f64 y="0" width=pitch height=chart::HEIGHT on:pointerenter=move |_| hovered.set(Some(index))></rect> }
    });
    let cursor = move || {
        hovered.get().map(|index| {
            let x = pitch * (index as f64 + 0.5);
            view! { <line class="chart-cursor" x1=x x2=x y1="0" y2=chart::HEIGHT></line> }
        })
    };
    view! {
        <svg
            viewBox=format!("0 0 {} {}", chart::WIDTH, chart::HEIGHT)
            preserveAspectRatio="none"
            aria-hidden="true"
            on:pointerleave=move |_| hovered.set(None)
        >
            {grid.collect_view()}
            {lines.collect_view()}
            {cursor}
            {hits.collect_view()}
        </svg>
    }
}

fn legend(drawn: &Chart, unit: &str, hovered: RwSignal<Option<usize>>) -> impl IntoView + use<> {
    let entries = drawn.lines.iter().cloned().map(|line| {
        let unit = unit.to_owned();
        let newest = line.values.iter().rev().flatten().next().copied();
        let value = move || {
            let value = match hovered.get() {
                Some(index) => line.values.get(index).copied().flatten(),
                None => newest,
            };
            value.map_or_else(|| "–".to_owned(), |value| measure(value, &unit))
        };
        view! { <li><i class=format!("hue-{}", line.hue) aria-hidden="true"></i><span title=line.label.clone()>{line.label.clone()}</span><b>{value}</b></li> }
    });
    entries.collect_view()
}

/// The same for those who do not see the lines.
fn table(drawn: &Chart, unit: &str) -> impl IntoView + use<> {
    let heads = drawn.lines.iter().map(|line| view! { <th>{line.label.clone()}</th> }).collect_view();
    let rows = drawn.steps.iter().enumerate().filter_map(|(index, at)| {
        let value = |line: &chart::Line| line.values.get(index).copied().flatten();
        drawn.lines.iter().any(|line| value(line).is_some()).then(|| {
            let cells = drawn.lines.iter().map(|line| {
                view! { <td>{value(line).map(|value| measure(value, unit))}</td> }
            });
            view! { <tr><td>{browser::local_time(*at)}</td>{cells.collect_view()}</tr> }
        })
    });
    view! {
        // A table itself would grow with its columns.
        <div class="unseen"><table>
            <caption>"Values over time"</caption>
            <thead><tr><th>"From"</th>{heads}</tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table></div>
    }
}
